"""Runs the programs of examples/ for the tests, and ends every one that it started."""

import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import unittest

EXAMPLES = pathlib.Path(os.environ["PRIZ_EXAMPLES_DIR"])
SECONDS_MAX = 80  # for one test; less than ctest allows, so that a hanging test still ends what it started
SKIPPED = 77


class Program:
    """A running program of examples/. Within `with`; killed at its end."""

    def __init__(self, name, *arguments, **popen):
        self.process = subprocess.Popen(
            [EXAMPLES / name, *map(str, arguments)],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, **popen
        )

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def line(self):
        """The next line that it prints."""
        line = self.process.stdout.readline()
        if not line:
            raise AssertionError(f"it ended, exit {self.process.wait()}, instead of printing a line")
        return line.decode().rstrip("\n")

    def rest(self):
        """All that it prints until it ends, by itself."""
        return self.process.stdout.read().decode()

    def interrupt(self):
        self.process.send_signal(signal.SIGINT)

    def exit_code(self):
        return self.process.wait()


class Server(Program):
    """A server of examples/; it says where it listens, perhaps after complaints, in a line that ends in the port."""

    def __init__(self, name, *arguments, **popen):
        super().__init__(name, *arguments, **popen)
        said = None
        while not said:
            self.greeting = self.line()
            said = re.search(r":(\d+)(?: dinleniyor...)?$", self.greeting)
        self.port = int(said[1])


def run(name, *arguments, **options):
    """Runs a program of examples/ to its end: (exit code, what it printed, its complaints)."""
    return finish([EXAMPLES / name, *map(str, arguments)], **options)


def finish(command, input=b"", **options):
    done = subprocess.run(command, input=input, capture_output=True, **options)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def receive_all(s):
    """All that `s` gives until the end of the stream."""
    return b"".join(iter(lambda: s.recv(65536), b""))


def listener(family=socket.AF_INET, kind=socket.SOCK_STREAM):
    s = socket.socket(family, kind)
    s.bind(("::1" if family == socket.AF_INET6 else "127.0.0.1", 0))
    if kind == socket.SOCK_STREAM:
        s.listen()
    return s


def port_without_server():
    """A socket that keeps its port from everyone else without listening; the port is getsockname()[1]."""
    s = socket.socket()
    s.bind(("127.0.0.1", 0))
    return s


def _too_long(*_):
    raise TimeoutError(f"not done after {SECONDS_MAX} seconds")


def main():
    """As unittest.main(), for one method of any class, or all; exits 77 when everything was skipped."""
    signal.signal(signal.SIGALRM, _too_long)
    signal.alarm(SECONDS_MAX)
    loader = unittest.TestLoader()
    if len(sys.argv) > 1:
        loader.testMethodPrefix = sys.argv[1]
    tests = loader.loadTestsFromModule(sys.modules["__main__"])
    outcome = unittest.TextTestRunner(verbosity=2).run(tests)
    if not outcome.wasSuccessful() or outcome.testsRun == 0:
        sys.exit(1)
    for _, reason in outcome.skipped:
        print(f"skipped: {reason}")
    sys.exit(SKIPPED if len(outcome.skipped) == outcome.testsRun else 0)
