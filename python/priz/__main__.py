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


def fresh_main(**names):
    """The module __main__ of a program: empty but for what an interpreter puts there."""
    main = types.ModuleType("__main__")
    main.__dict__.update(names, __builtins__=builtins, __annotations__={})
    sys.modules["__main__"] = main
    return main


def tell(why):
    """Shows an exception that nobody caught as the interpreter does, without the frames of this file."""
    frames = why.__traceback__
    while frames is not None and frames.tb_frame.f_code.co_filename == __file__:
        frames = frames.tb_next
    sys.excepthook(type(why), why.with_traceback(frames), frames)
    sys.excepthook = lambda *told: None  # it is told; what is left to do is to end with it
    return why


def run(program):
    """Calls `program`; an exception that it does not catch ends the process as it would end it without priz."""
    try:
        program()
    except SystemExit:
        raise
    except BaseException as why:
        raise tell(why)


def set_first_path(path):
    """The first entry of sys.path is where the program is; python3 -P wants none."""
    if not sys.flags.safe_path:
        sys.path[0] = path


def run_code(source, name, main):
    run(lambda: exec(compile(source, name, "exec"), main.__dict__))


def run_file(path):
    place = os.path.abspath(path)
    if os.path.isdir(path) or not path.endswith((".py", ".pyc")) and is_archive(path):
        if not sys.flags.safe_path:
            del sys.path[0]
        sys.path.insert(0, place)
        fresh_main()
        run(lambda: runpy._run_module_as_main("__main__", alter_argv=False))
        return
    set_first_path(os.path.dirname(os.path.realpath(path)))
    if path.endswith(".pyc"):
        loader = importlib.machinery.SourcelessFileLoader("__main__", place)
        source = loader.get_code("__main__")
    else:
        loader = importlib.machinery.SourceFileLoader("__main__", place)
        source = loader.get_data(place)
    main = fresh_main(__file__=place, __loader__=loader, __cached__=None)
    run(lambda: exec(source if path.endswith(".pyc") else compile(source, place, "exec"), main.__dict__))


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
    if first not in ("-m", "-c", "-") and not os.path.exists(first):
        fail(f"can't open file {first!r}: no such file")
    stand_in()
    sys.argv[:] = arguments
    builtin = importlib.machinery.BuiltinImporter
    if first == "-m":
        sys.argv[:] = ["-m", *rest[1:]]
        set_first_path(os.getcwd())
        fresh_main()
        run(lambda: runpy._run_module_as_main(rest[0]))
    elif first == "-c":
        sys.argv[:] = ["-c", *rest[1:]]
        set_first_path("")
        run_code(rest[0], "<string>", fresh_main(__loader__=builtin))
    elif first == "-":
        set_first_path("")
        run_code(sys.stdin.buffer.read(), "<stdin>", fresh_main(__loader__=builtin))
    else:
        run_file(first)


if __name__ == "__main__":
    main(sys.argv[1:])
