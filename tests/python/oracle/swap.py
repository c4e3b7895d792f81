"""The interpreter that the tests run in: Debian's, with priz's modules in the place of its own.

A throw-away virtual environment (a link, a pyvenv.cfg, a .pth file) puts a finder in front of sys.meta_path while
`site` runs, so that it is asked before a module built into the interpreter, as Debian's _socket is, and also in the
children that tests start, even with -I or -E (only -S escapes).
"""

import importlib.machinery
import os
import subprocess


class HarnessError(Exception):
    """The oracle itself could not do its work."""


def find_module(directory, name="_socket"):
    """The file that provides a module in this directory."""
    spec = importlib.machinery.PathFinder.find_spec(name, [directory])
    if spec is None or not spec.origin:
        raise HarnessError(f"no {name} module in {directory}")
    return os.path.realpath(spec.origin)


def make_env(root, python, modules):
    """A minimal venv whose site-packages redirect `modules`, names with their folders; returns its python."""
    base = subprocess.check_output(
        [python, "-c", "import sys; print(sys._base_executable or sys.executable); print('%d.%d' % sys.version_info[:2])"],
        text=True).split()
    site = os.path.join(root, "lib", "python" + base[1], "site-packages")
    os.makedirs(site)
    os.mkdir(os.path.join(root, "bin"))
    exe = os.path.join(root, "bin", "python")
    os.symlink(os.path.realpath(base[0]), exe)
    with open(os.path.join(root, "pyvenv.cfg"), "w") as f:
        f.write(f"home = {os.path.dirname(base[0])}\ninclude-system-site-packages = false\n")
    if modules:
        with open(os.path.join(site, "oracle.pth"), "w") as f:
            f.write("import oracle_swap\n")
        with open(os.path.join(site, "oracle_swap.py"), "w") as f:
            f.write(SWAP.format(modules=modules))
    for name, folder in modules.items():
        code = f"import {name}; print({name}.__file__, flush=True)"
        probe = subprocess.run([exe, "-I", "-c", code], capture_output=True, text=True)
        if os.path.realpath(probe.stdout.strip()) != find_module(folder, name):
            raise HarnessError(f"the swap does not work: {probe.stdout}{probe.stderr}")
    return exe


SWAP = """\
import sys
from importlib.machinery import PathFinder
modules = {modules!r}
class OracleFinder:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name in modules:
            return PathFinder.find_spec(name, [modules[name]])
assert "_socket" not in sys.modules, "_socket was imported before the oracle's swap"
sys.meta_path.insert(0, OracleFinder)
"""
