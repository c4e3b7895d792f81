"""Runs the tool for the tests of this folder. What is here waits for a line, a byte or an exit, and every wait has an
end. The tool itself waits for time to pass where it is told to; no test depends on how long that takes."""

import json
import os
import selectors
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

TOOL = os.environ["PRIZ_TOOL_PATH"]
PATIENCE = 20  # seconds, for a machine that is busy; a test that needs them has failed


class Output:
    """What a process writes into one pipe, read as it comes."""

    def __init__(self, pipe):
        self.pipe = pipe
        self.data = b""
        self.ended = False

    def _more(self, deadline):
        with selectors.DefaultSelector() as selector:
            selector.register(self.pipe, selectors.EVENT_READ)
            if not selector.select(max(0, deadline - time.monotonic())):
                raise AssertionError(f"nothing more came in time; so far: {self.data!r}")
        part = os.read(self.pipe if isinstance(self.pipe, int) else self.pipe.fileno(), 65536)
        self.data += part
        self.ended = not part

    def until(self, wanted):
        """All up to the first `wanted`, which is taken away."""
        deadline = time.monotonic() + PATIENCE
        while wanted not in self.data:
            if self.ended:
                raise AssertionError(f"it ended without {wanted!r}: {self.data!r}")
            self._more(deadline)
        before, _, self.data = self.data.partition(wanted)
        return before + wanted

    def line(self):
        return self.until(b"\n").decode().rstrip("\n")

    def rest(self):
        deadline = time.monotonic() + PATIENCE
        while not self.ended:
            self._more(deadline)
        data, self.data = self.data, b""
        return data


class Process:
    """A running program with pipes; ended for certain at the end of the test."""

    def __init__(self, test, arguments, **how):
        how = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | how
        self.process = subprocess.Popen(arguments, **how)
        test.addCleanup(self._end)
        self.out = Output(self.process.stdout) if self.process.stdout else None
        self.err = Output(self.process.stderr) if self.process.stderr else None
        self.input = self.process.stdin

    def _end(self):
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            if pipe:
                try:
                    pipe.close()
                except BrokenPipeError:
                    pass

    def signal(self, number):
        self.process.send_signal(number)

    def wait(self):
        return self.process.wait(PATIENCE)


class Server(Process):
    """`priz listen`, once it has said where."""

    def __init__(self, test, *arguments, addresses=1, **how):
        super().__init__(test, [TOOL, "listen", *arguments], **how)
        self.addresses = []
        while len(self.addresses) < addresses:
            transport, where = self._announced()
            self.addresses.append(where)
            if transport in ("tcp", "udp"):
                host, _, port = where.rpartition(":")
                self.port = int(port)
                self.address = (host.strip("[]"), self.port)

    def _announced(self):
        while True:
            line = self.err.line()
            if line.startswith("listening on "):
                return line.split()[2:4]

    def stop(self):
        self.signal(signal.SIGTERM)
        return self.wait()


def run(*arguments, stdin=b"", **how):
    """The tool to its end: (exit code, standard output, standard error)."""
    done = subprocess.run(arguments, input=stdin, capture_output=True, timeout=PATIENCE, **how)
    return done.returncode, done.stdout, done.stderr.decode()


def priz(*arguments, **how):
    return run(TOOL, *arguments, **how)


def events(data):
    return [json.loads(line) for line in data.decode().splitlines()]


def need(program):
    if shutil.which(program) is None:
        raise unittest.SkipTest(f"{program} is not installed")
    return program


class ToolTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="priz-")
        self.addCleanup(shutil.rmtree, self.folder)

    def path(self, name):
        return os.path.join(self.folder, name)


def pattern(size):
    """Bytes among which none that is missing, doubled or out of place goes unseen."""
    return b"".join(number.to_bytes(4, "big") for number in range(size // 4))
