"""Small programs that print the same, complain the same and end the same with CPython's sockets and with priz's.

    same_programs_test.py PACKAGE_FOLDER [unittest's arguments]

Each is run by `python3` and by `python3 -m priz`, from the same folder; output, complaints and exit status have to be equal.
"""

import os
import re
import signal
import subprocess
import sys
import tempfile
import unittest
import zipfile

from waiting import until_process_waits

PACKAGE = os.path.abspath(sys.argv.pop(1))
ENVIRONMENT = {**os.environ, "PYTHONPATH": PACKAGE}


def run(command, folder, stdin=None, interrupt_after=None):
    """(status, output, complaints); with `interrupt_after` SIGINT is sent when that line was printed and it waits."""
    process = subprocess.Popen(command, cwd=folder, env=ENVIRONMENT, text=True, stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if interrupt_after is not None:
        assert process.stdout.readline() == interrupt_after + "\n"
        until_process_waits(process.pid)
        process.send_signal(signal.SIGINT)
    try:
        output, complaints = process.communicate(stdin, timeout=60)
    finally:
        process.kill()
    return process.returncode, output, complaints


class SamePrograms(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = os.path.realpath(folder.name)

    def write(self, name, content):
        path = os.path.join(self.folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as file:
            file.write(content)
        return name

    def same(self, *arguments, options=(), **more):
        """Runs both; returns what they have in common."""
        stock = run([sys.executable, *options, *arguments], self.folder, **more)
        priz = run([sys.executable, *options, "-m", "priz", *arguments], self.folder, **more)
        self.assertEqual(stock, priz)
        return stock

    # Ends.

    def test_daemon_threads_in_calls_end_with_the_program(self):
        program = self.write("daemons.py", """
import socket, threading
started = threading.Barrier(6)
a, b = socket.socketpair()
def talk():
    started.wait()
    while True:
        a.send(b"x" * 100)
        b.recv(100)
def wait():
    started.wait()
    socket.create_server(("127.0.0.1", 0)).accept()
for target in (talk, talk, talk, talk, wait):
    threading.Thread(target=target, daemon=True).start()
started.wait()
print("end")
""")
        for _ in range(5):
            self.assertEqual(self.same(program), (0, "end\n", ""))

    def test_an_exception_a_syntax_error_and_an_exit_status(self):
        for code in ("def f():\n    raise ValueError('broken')\n\nf()\n", "print(1\n", "x = = 2\n", "import sys\nsys.exit(5)\n",
                     "raise SystemExit('told')\n", "import atexit\natexit.register(print, 'bye')\n1 / 0\n",
                     "raise ExceptionGroup('all', [ValueError(1), OSError(2, 'x')])\n",
                     "try:\n    1 / 0\nexcept Exception as why:\n    raise KeyError('second') from why\n"):
            self.same(self.write("program.py", code))
            self.same("-c", code)
            self.same("-", stdin=code)

    def test_ctrl_c(self):
        code = "import socket\na, b = socket.socketpair()\nprint('waiting', flush=True)\na.recv(1)\n"
        status, _, complaints = self.same(self.write("waits.py", code), interrupt_after="waiting")
        self.assertEqual(status, -signal.SIGINT)
        self.assertEqual(complaints.count("File "), 1)

    def test_a_module_that_raises_and_one_that_is_not_there(self):
        self.write("shop/__init__.py", "")
        self.write("shop/__main__.py", "import sys\nprint(sys.argv[1:], __name__, __package__, __spec__.name)\n1 / 0\n")
        self.write("alone.py", "print(__file__)\nraise KeyError('alone')\n")
        for module in ("shop", "alone", "nowhere", "nowhere.inside", "json"):
            self.same("-m", module, "argument")

    def test_a_folder_and_an_archive(self):
        self.write("program/__main__.py", "import sys, helper\nprint(sys.argv, sys.path[0], __file__, __name__)\n")
        self.write("program/helper.py", "")
        self.write("empty/nothing.py", "")
        with zipfile.ZipFile(os.path.join(self.folder, "program.pyz"), "w") as archive:
            archive.writestr("__main__.py", "import sys\nprint(sys.argv, sys.path[0], __name__)\n1 / 0\n")
        for path in ("program", "program.pyz"):
            self.same(path, "argument")
        self.assertNotEqual(self.same("program")[0], 2)

    # What a program sees.

    def test_safe_path_is_left_alone(self):
        self.write("beside.py", "")
        self.write("mods/elsewhere.py", "print('elsewhere')")
        program = self.write("asks.py", "import sys\nprint(sys.path)\nimport elsewhere\nimport beside\n")
        before = ENVIRONMENT["PYTHONPATH"]
        self.addCleanup(ENVIRONMENT.__setitem__, "PYTHONPATH", before)
        ENVIRONMENT["PYTHONPATH"] = os.path.join(self.folder, "mods") + ":" + before
        self.same(program, options=["-P"])
        self.same("-c", "import sys; print(sys.path)", options=["-P"])
        self.same(program)

    def test_main_is_there_until_the_last_thread_ends(self):
        code = """
import atexit, pickle, sys, threading
class Pickled:
    pass
main = threading.main_thread()
def after():
    main.join()
    print(len(pickle.dumps(Pickled())) > 10, sys.modules["__main__"].__name__, sys.argv)
threading.Thread(target=after).start()
atexit.register(lambda: print(hasattr(sys.modules["__main__"], "Pickled")))
"""
        self.same(self.write("threads.py", code), "argument")
        self.same("-m", "threads", "argument")

    def test_a_process_that_is_spawned_knows_the_program(self):
        self.same(self.write("spawns.py", """
import multiprocessing
def double(number):
    return 2 * number
if __name__ == "__main__":
    multiprocessing.set_start_method("spawn")
    with multiprocessing.Pool(1) as pool:
        print(pool.map(double, range(3)))
"""))

    # Sockets whose methods meet code of the program's own.

    def test_an_audit_hook_that_changes_what_is_sent(self):
        self.same(self.write("audits.py", """
import socket, sys
buffers = [b"x"]
changes = [lambda: buffers.append(b"y"), lambda: buffers.extend([b"x"] * 4000),
           lambda: buffers.__setitem__(slice(None), [12345678])]
def audit(event, arguments):
    if event == "socket.sendmsg":
        change()
sys.addaudithook(audit)
a, b = socket.socketpair()
for change in changes:
    buffers[:] = [b"x"]
    try:
        print(a.sendmsg(buffers), b.recv(10))
    except (OSError, TypeError) as why:
        print(type(why).__name__, why)
"""))

    def test_an_audit_hook_that_closes_the_socket(self):
        self.same(self.write("closes.py", """
import socket, sys
def audit(event, arguments):
    if event.startswith("socket.") and event != "socket.__new__" and hasattr(arguments[0], "close"):
        arguments[0].close()
sys.addaudithook(audit)
for call in (lambda s: s.bind(("127.0.0.1", 0)), lambda s: s.connect(("127.0.0.1", 1)),
             lambda s: s.sendto(b"x", ("127.0.0.1", 1)), lambda s: s.sendmsg([b"x"])):
    try:
        call(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
    except OSError as why:
        print(why)
"""))

    def test_numbers_and_buffers_that_are_objects_with_methods(self):
        self.same(self.write("objects.py", """
import socket
a, b = socket.socketpair()
class Number:
    def __index__(self):
        a.close()
        return 5
try:
    print(a.recv(Number()))
except OSError as why:
    print(why)
a, b = socket.socketpair()
print(b.send(memoryview(b"abcdef")[::1]), a.recv(10))
for wrong in (memoryview(b"abcdef")[::2], 5, "text", None):
    try:
        b.send(wrong)
    except (TypeError, BufferError) as why:
        print(type(why).__name__, why)
"""))

    def test_a_warning_for_a_socket_that_was_not_closed(self):
        status, _, complaints = self.same(self.write("forgets.py", """
import socket
s = socket.socket()
del s
"""), options=["-X", "dev"])
        self.assertRegex(complaints, "ResourceWarning: unclosed <socket.socket fd=")

    def test_representations_pickles_and_enumerations(self):
        self.same(self.write("shows.py", """
import copy, pickle, socket
a, b = socket.socketpair()
listener = socket.create_server(("127.0.0.1", 0))
print(a, socket.socket(), listener.getsockname()[0])
a.close()
print(a)
for doing in (pickle.dumps, copy.copy):
    try:
        doing(b)
    except TypeError as why:
        print(why)
for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
    print(pickle.loads(pickle.dumps([socket.AF_INET, socket.SOCK_STREAM, socket.MSG_PEEK | socket.MSG_OOB], protocol)))
print(socket.AddressFamily(2), repr(socket.AF_INET), socket.MsgFlag(3), socket.AI_PASSIVE | socket.AI_CANONNAME)
print(b.family, repr(b.family), b.type, b.makefile("rb"), socket.SocketIO.__mro__)
print(socket.socket.__mro__, socket.socket.__name__, socket.SocketType, socket.error, socket.timeout, socket.gaierror)
"""))


class Surface(unittest.TestCase):
    """The names of the module `socket`."""

    SHOW = """
import inspect, socket
def signature(thing):
    try:
        return str(inspect.signature(thing))
    except (TypeError, ValueError):
        return ""
def kind(thing):
    return "method" if callable(thing) else type(thing).__name__
own = [n for n in dir(socket) if inspect.isfunction(getattr(socket, n)) and n != "__getattr__"]
print(sorted(socket.__all__))
print([(n, signature(getattr(socket, n)).replace("priz.", "")) for n in sorted(own) if n[0] != "_"])
print([(n, kind(getattr(socket.socket, n))) for n in sorted(dir(socket.socket)) if n[0] != "_"])
print([(n, kind(getattr(socket.SocketIO, n))) for n in sorted(dir(socket.SocketIO)) if n[0] != "_"])
print([(n, int(v)) for n, v in sorted(vars(socket).items()) if isinstance(v, int)])
print([(e.__name__, sorted(e.__members__)) for e in
       (socket.AddressFamily, socket.SocketKind, socket.MsgFlag, socket.AddressInfo)])
print([hasattr(socket, n) for n in ("selectors", "array", "os", "io", "sys", "errno", "IntEnum", "_LOCALHOST_V6")])
print(signature(socket.socket))
"""

    def test_it_has_the_standard_module_s_names_values_and_signatures(self):
        stock, priz = (re.sub(r"<object object at 0x\w+>", "default", run([sys.executable, *options, "-c", self.SHOW], "/")[1])
                       for options in ([], ["-m", "priz"]))
        self.assertEqual(stock.splitlines(), priz.splitlines())
        self.assertEqual(len(stock.splitlines()), 8)


if __name__ == "__main__":
    unittest.main()
