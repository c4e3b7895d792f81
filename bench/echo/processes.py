"""The processes of a comparison: servers, and the loads on them, each on its own core; none outlives the comparison."""

import ctypes
import glob
import json
import os
import select
import signal
import subprocess
import time

SERVER_CORE, LOAD_CORE = 0, 1
START_SECONDS_MAX = 20
PR_SET_PDEATHSIG = 1


class Failure(Exception):
    """A server or its load does not do what it should."""


def clocks_of(pid):
    """Nanoseconds on the processor, and waiting for it while another had it, of all threads, the kernel's included."""
    sums = [0, 0]
    for path in glob.glob(f"/proc/{pid}/task/*/schedstat"):
        with open(path) as file:
            ran, waited, _ = map(int, file.read().split())
        sums[0] += ran
        sums[1] += waited
    return sums


def settle(clock):
    """Waits until a server does nothing any more: until its time on the processor stands still."""
    end = time.monotonic() + START_SECONDS_MAX
    before = None
    while before != (before := clock()) and time.monotonic() < end:
        time.sleep(0.02)


class Process:
    """A child on one core, whose standard output is read line by line, within a time."""

    def __init__(self, command, core):
        self.pending = b""

        def prepare():
            ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)  # also when nobody comes to stop it
            os.sched_setaffinity(0, {core})

        self.child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, preexec_fn=prepare)

    def line(self, seconds_max):
        end = time.monotonic() + seconds_max
        while b"\n" not in self.pending:
            left = end - time.monotonic()
            if left <= 0 or not select.select([self.child.stdout], [], [], left)[0]:
                raise Failure(f"nothing from {self.child.args[0]} within {seconds_max:.0f} s")
            more = os.read(self.child.stdout.fileno(), 65536)
            if not more:
                raise Failure(f"{self.child.args[0]} ended with {self.child.wait()}")
            self.pending += more
        line, _, self.pending = self.pending.partition(b"\n")
        return line.decode()

    def stop(self):
        self.child.terminate()
        try:
            self.child.wait(5)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()
        for end in (self.child.stdin, self.child.stdout):
            try:
                end.close()
            except BrokenPipeError:  # a line that nobody took
                pass


class Server(Process):
    def __init__(self, command):
        super().__init__([*command, "--port", "0"], SERVER_CORE)
        try:
            self.port = int(self.line(START_SECONDS_MAX).removeprefix("listening "))
        except (Failure, ValueError):
            self.stop()
            raise Failure(f"{command[0]} does not listen") from None

    def clocks(self):
        return clocks_of(self.child.pid)

    def settle(self):
        settle(lambda: self.clocks()[0])


class Load(Process):
    """The connections to one server; a slice at a time."""

    def __init__(self, program, server, config):
        self.server = server
        arguments = ["--port", str(server.port), *config.arguments(), "--slices", "--spin"]
        super().__init__([program, *arguments], LOAD_CORE)

    def connected(self):
        self.line(START_SECONDS_MAX + 60)
        self.server.settle()

    def slice(self, seconds):
        ran, waited = self.server.clocks()
        try:
            self.child.stdin.write(f"{seconds}\n".encode())
            self.child.stdin.flush()
        except BrokenPipeError:
            raise Failure(f"the load ended with {self.child.wait()}") from None
        result = json.loads(self.line(seconds + 30))
        ran_after, waited_after = self.server.clocks()
        result["cpu_ns"] = (ran_after - ran) / result["messages"]
        result["rate"] = result["messages"] / result["seconds"]
        result["waited"] = (waited_after - waited) / 1e9 / result["seconds"]
        return result
