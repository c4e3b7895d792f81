"""Counts what an echo of 64 bytes costs a server on priz's runtime.

    echo.py instructions SERVER     user-space instructions a message, under callgrind
    echo.py system_calls SERVER     system calls a message, under strace
    echo.py allocations SERVER      allocations of memory, in all messages but the first ones
    echo.py memory SERVER           bytes a connection that waits for its next message

The first two are the difference between two lengths of the same run. With several connections the messages of a round are all
there when the server looks: it stands at a gate meanwhile (echo_in_priz.cpp), whose own cost is subtracted.
"""

import contextlib
import os
import re
import resource
import socket
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
import io_uring

SHORT, LONG = {1: 100, 32: 40, 0: 40}, {1: 1100, 32: 240, 0: 240}  # rounds, by connections
SECONDS_MAX = 60
ATTEMPTS_MAX = 3
MESSAGE = bytes(range(64))

# What a message may cost: (backend, connections) to a number. What costs less than FLOOR of it was not counted.
FLOOR = 0.9
INSTRUCTIONS_MAX = {("uring", 1): 230, ("uring", 32): 170, ("epoll", 1): 230, ("epoll", 32): 170,
                    ("uring-ring", 1): 397, ("uring-ring", 32): 346}
CALLS_MAX = {("uring", 1): 3.01, ("uring", 32): 2.10, ("epoll", 1): 3.01, ("epoll", 32): 2.10,
             ("uring-ring", 1): 2.01, ("uring-ring", 32): 1.10,
             ("uring-deferred", 1): 1.02, ("uring-deferred", 32): 0.068}

BYTES_MAX = {"uring": 384, "epoll": 384}
FEW_AND_MANY = (1000, 5000)  # connections


def is_here(backend):
    """Only what the kernel has not is left out."""
    why = "" if backend == "epoll" else io_uring.refusal(receive=backend in ("uring-ring", "uring-deferred"))
    if why:
        print(f"{backend}: not counted: {why}")
    return not why


def raise_descriptor_limit():
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


class Load:
    """A server under a tool that counts, its connections, and the gate."""

    def __init__(self, command, connections, stack):
        self.server = stack.enter_context(
            subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0))
        stack.callback(self.server.kill)
        port = int(self.server.stdout.readline())
        self.gate, *self.streams = [self.connect(port, stack) for _ in range(connections + 1)]

    @staticmethod
    def connect(port, stack):
        made = stack.enter_context(socket.create_connection(("127.0.0.1", port), SECONDS_MAX))
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return made

    def round(self, is_gated):
        if is_gated:
            self.gate.sendall(b"?")
            self.gate.recv(1)
        for stream in self.streams:
            stream.sendall(MESSAGE)
        if is_gated:
            self.server.stdin.write(b"!")
        for stream in self.streams:
            back = b""
            while len(back) < len(MESSAGE):
                back += stream.recv(len(MESSAGE) - len(back))
            if back != MESSAGE:
                sys.exit("what came back is not what was sent")

    def end(self):
        """What the server, and what counted it, have to say."""
        for stream in [self.gate, *self.streams]:
            stream.close()
        said, counted = self.server.communicate(timeout=SECONDS_MAX)
        if self.server.returncode != 0:
            sys.exit(f"the server ended with {self.server.returncode}: {counted.decode()}")
        return [int(number) for number in said.split()], counted.decode()


def run(prefix, server, backend, connections, rounds):
    """`rounds` of messages between gates. One connection needs none of them to find each message alone."""
    with contextlib.ExitStack() as stack:
        load = Load([*prefix, server, backend, str(connections)], connections, stack)
        for each in range(-3, rounds + 1):
            load.round(is_gated=connections != 1 or each < 0 or each == rounds)
        return load.end()


def instructions(server, backend, connections, rounds):
    with tempfile.TemporaryDirectory() as folder:
        prefix = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={folder}/out"]
        counted = run(prefix, server, backend, connections, rounds)[1]
    return int(re.search(r"Collected : (\d+)", counted).group(1))


def system_calls(server, backend, connections, rounds):
    with tempfile.TemporaryDirectory() as folder:
        log = os.path.join(folder, "log")
        run(["strace", "-f", "-o", log], server, backend, connections, rounds)
        with open(log) as lines:
            # Those of the gate's standing still are not the runtime's.
            return sum(1 for line in lines if not re.match(r"\d+ +read\(0,", line))


def each_message(count, server, backend, connections):
    """What a message adds to `count`, and each round's gate, which is there for the counting alone."""
    def a_round(of):
        more = count(server, backend, of, LONG[of]) - count(server, backend, of, SHORT[of])
        return more / (LONG[of] - SHORT[of])
    gate = a_round(0) if connections != 1 else 0
    return (a_round(connections) - gate) / connections


def check_costs(count, most, server):
    good = True
    for (backend, connections), allowed in most.items():
        if not is_here(backend):
            continue
        # A busy machine may wake the server once more than needed now and then, and never once less.
        for _ in range(ATTEMPTS_MAX):
            found = each_message(count, server, backend, connections)
            if found <= allowed:
                break
        least = FLOOR * allowed
        print(f"{backend}, {connections} connections: {found:.2f} {count.__name__} a message, "
              f"allowed {least:.2f} to {allowed}")
        good &= least <= found <= allowed
    return good


def check_allocations(server):
    good = True
    for backend, connections in CALLS_MAX:
        if not is_here(backend):
            continue
        found, _, in_all = run([], server, backend, connections, SHORT[connections])[0]
        print(f"{backend}, {connections} connections: {found} allocations in {SHORT[connections]} rounds, {in_all} in all")
        good &= found == 0 < in_all  # a program that begins allocates: none at all would mean that nothing is counted
    return good


def check_memory(server):
    """What more connections make in memory that the program holds; each has echoed, and waits again."""
    good = True
    for backend, most in BYTES_MAX.items():
        if not is_here(backend):
            continue
        few, many = (run([], server, backend, count, 1)[0][1] for count in FEW_AND_MANY)
        found = (many - few) / (FEW_AND_MANY[1] - FEW_AND_MANY[0])
        print(f"{backend}: {found:.1f} bytes a connection, allowed {most}")
        good &= 0 < found <= most
    return good


def main(what, server):
    if what == "instructions":
        return check_costs(instructions, INSTRUCTIONS_MAX, server)
    if what == "system_calls":
        return check_costs(system_calls, CALLS_MAX, server)
    if what == "memory":
        return check_memory(server)
    return check_allocations(server)


if __name__ == "__main__":
    raise_descriptor_limit()
    sys.exit(0 if main(*sys.argv[1:]) else 1)
