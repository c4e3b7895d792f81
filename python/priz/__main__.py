"""Runs an unmodified Python program on priz's sockets.

usage: python3 -m priz PROGRAM [ARGUMENT ...]
       python3 -m priz -m MODULE [ARGUMENT ...]
       python3 -m priz -c CODE [ARGUMENT ...]

    python3 -m priz server.py 8080
    python3 -m priz -m http.server --bind 127.0.0.1 8080

PROGRAM is what python3 itself would run: a file, a folder or a zip archive with a __main__.py, or - for standard
input. The program sees the same arguments, the same first entry of sys.path and the same __main__ as without priz;
`import socket`, and whatever imports it, gets priz's. Python programs that it starts as processes of their own are not
changed by this.

  -h, --help     this text
  -V, --version  the version of priz
"""

import builtins
import importlib.machinery
import importlib.util
import os
import runpy
import sys
import types

import priz
from priz import _socket


class SocketFinder:
    """Finds priz's file where the module `socket` is asked for, and the same module where `priz.socket` is."""

    @staticmethod
    def find_spec(name, path=None, target=None):
        if name == "socket":
            return importlib.util.spec_from_file_location(name, os.path.join(os.path.dirname(__file__), "socket.py"))
        return importlib.machinery.ModuleSpec(name, SocketFinder) if name == "priz.socket" else None

    @staticmethod
    def create_module(spec):
        import socket

        spec.loader_state = socket.__spec__
        return socket

    @staticmethod
    def exec_module(module):
        module.__spec__ = module.__spec__.loader_state


def stand_in():
    """From now on `socket` and `_socket` are priz's in this process."""
    sys.modules["_socket"] = _socket
    sys.modules.pop("socket", None)
    sys.meta_path.insert(0, SocketFinder)


def run_code(code, **names):
    """Runs compiled code as the program that this process is."""
    main = types.ModuleType("__main__")
    main.__dict__.update(names, __builtins__=builtins, __spec__=None)
    sys.modules["__main__"] = main
    try:
        exec(code, main.__dict__)
    except (SystemExit, KeyboardInterrupt):
        raise
    except BaseException as why:
        # The program's own frames are told, as if nothing were around them.
        why = why.with_traceback(why.__traceback__.tb_next)
        sys.excepthook(type(why), why, why.__traceback__)
        sys.exit(1)


def run_file(path):
    if path == "-":
        sys.path[0] = ""
        run_code(compile(sys.stdin.read(), "<stdin>", "exec"))
    elif os.path.isdir(path) or not path.endswith((".py", ".pyc")) and is_archive(path):
        del sys.path[0]
        runpy.run_path(path, run_name="__main__")
    else:
        sys.path[0] = os.path.dirname(os.path.realpath(path))
        kind = importlib.machinery.SourcelessFileLoader if path.endswith(".pyc") else None
        loader = (kind or importlib.machinery.SourceFileLoader)("__main__", path)
        code = loader.get_code("__main__") if kind else compile(loader.get_data(path), path, "exec")
        run_code(code, __file__=path, __loader__=loader, __cached__=None)


def is_archive(path):
    import zipfile

    return zipfile.is_zipfile(path)


def version():
    import importlib.metadata

    return importlib.metadata.version("priz")


def fail(words):
    print(f"python3 -m priz: {words}", file=sys.stderr)
    sys.exit(2)


def main(arguments):
    if not arguments or arguments[0] in ("-h", "--help"):
        print(__doc__.strip())
        sys.exit(0 if arguments else 2)
    first, *rest = arguments
    if first in ("-V", "--version"):
        print(f"priz {version()}")
        return
    if first in ("-m", "-c") and not rest:
        fail(f"{first} needs {'a module' if first == '-m' else 'code'}; see --help")
    if first.startswith("-") and first not in ("-m", "-c", "-"):
        fail(f"there is no option {first}; options of Python itself go before -m priz")
    stand_in()
    if first == "-m":
        sys.argv[:] = [sys.argv[0], *rest[1:]]
        sys.path[0] = os.getcwd()
        runpy.run_module(rest[0], run_name="__main__", alter_sys=True)
    elif first == "-c":
        sys.argv[:] = ["-c", *rest[1:]]
        sys.path[0] = ""
        run_code(compile(rest[0], "<string>", "exec"))
    else:
        if first != "-" and not os.path.exists(first):
            fail(f"can't open file {first!r}: no such file")
        sys.argv[:] = arguments
        run_file(first)


if __name__ == "__main__":
    main(sys.argv[1:])
