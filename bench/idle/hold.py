"""What connections take that say nothing: memory of the server's, and of the kernel's beyond the socket.

    python3 bench/idle/hold.py [BUILD] [--connections 100000] [--echo 1000] [--servers a,b]

BUILD is where the programs are: build/bench/bench. A process may have only so many descriptors (`ulimit -Hn`), so that as
many servers of a kind stand side by side, and as many clients, as are needed. When all connections are made the memory is
looked at; then some of them, chosen at random, are sent 64 bytes and have them back.

User space is what the servers have to themselves (/proc/PID/smaps_rollup, before and after). The kernel's is counted by
its own account of objects (/proc/slabinfo, which root may read), for both ends of the connections: `beyond` is what is
more than with a server that accepts and does nothing else. Whatever else the machine does is counted too.
"""

import argparse
import collections
import json
import math
import os
import random
import resource
import signal
import socket
import struct
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir, "echo"))
from processes import LOAD_CORE, Failure, Process, Server

SPARE = 100  # descriptors that a process has besides its connections
MESSAGE = b"x" * 64
SECONDS_MAX = 120
BASE = "accept_only"


def descriptors_max():
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
    return limit


def accept_only():
    """A server that keeps what it accepts and does nothing else."""
    descriptors_max()
    kept = []
    with socket.create_server(("127.0.0.1", 0), backlog=4096) as listener:
        print("listening", listener.getsockname()[1], flush=True)
        while True:
            kept.append(listener.accept()[0])


def hold(port, count):
    """A client: makes the connections, then sends on as many as each line of its standard input says."""
    descriptors_max()
    # A reset at the end leaves nothing behind.
    ends_at_once = struct.pack("ii", 1, 0)
    connections = []
    for _ in range(count):
        made = socket.create_connection(("127.0.0.1", port), SECONDS_MAX)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, ends_at_once)
        connections.append(made)
    print("held", flush=True)
    for line in sys.stdin:
        chosen = random.sample(connections, int(line))
        begin = time.perf_counter()
        for one in chosen:
            one.sendall(MESSAGE)
        echoed = sum(one.recv(len(MESSAGE), socket.MSG_WAITALL) == MESSAGE for one in chosen)
        print(json.dumps({"echoed": echoed, "seconds": time.perf_counter() - begin}), flush=True)


class Holder(Process):
    def __init__(self, port, count):
        super().__init__([sys.executable, os.path.abspath(__file__), "--hold", str(port), str(count)], LOAD_CORE)

    def echo(self, count):
        self.child.stdin.write(f"{count}\n".encode())
        self.child.stdin.flush()
        return json.loads(self.line(SECONDS_MAX))


def kernel_objects():
    """{kind: bytes of the kernel's objects}"""
    with open("/proc/slabinfo") as file:
        rows = [line.split() for line in file if not line.startswith(("#", "slabinfo"))]
    return collections.Counter({row[0]: int(row[1]) * int(row[3]) for row in rows})


def private_bytes(pid):
    with open(f"/proc/{pid}/smaps_rollup") as file:
        return sum(int(line.split()[1]) * 1024 for line in file if line.startswith("Private_"))


def open_descriptors(pid):
    """Their number, which the folder's size says since Linux 6.2: to list them would make objects of the kernel's."""
    folder = f"/proc/{pid}/fd"
    return os.stat(folder).st_size or len(os.listdir(folder))


def wait_until_accepted(server, count):
    end = time.monotonic() + SECONDS_MAX
    while open_descriptors(server.child.pid) < count:
        if time.monotonic() > end:
            raise Failure(f"{server.child.args[0]} has not accepted {count} connections")
        time.sleep(0.05)
    server.settle()


def share(total, parts):
    """`total` in so many parts, as even as may be"""
    return [total // parts + (i < total % parts) for i in range(parts)]


def measure(command, connections, processes, echoes):
    """Bytes a connection of the server's and of each kind of the kernel's; what came back of the echoes."""
    servers, holders = [], []
    try:
        for _ in range(processes):
            servers.append(Server(command))
        for server in servers:  # what the first connection brings
            with socket.create_connection(("127.0.0.1", server.port)) as first:
                first.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                wait_until_accepted(server, 1)
        time.sleep(0.5)
        user = [private_bytes(server.child.pid) for server in servers]
        kernel = kernel_objects()
        parts = share(connections, processes)
        for server, count in zip(servers, parts):
            holders.append(Holder(server.port, count))
        for server, holder, count in zip(servers, holders, parts):
            holder.line(SECONDS_MAX)
            wait_until_accepted(server, count)
        time.sleep(0.5)
        more = kernel_objects()
        more.subtract(kernel)
        grown = sum(private_bytes(server.child.pid) - before for server, before in zip(servers, user))
        back = [holder.echo(count) for holder, count in zip(holders, share(echoes, processes))] if echoes else []
    finally:
        for process in holders + servers:
            process.stop()
    return {"user": grown / connections, "kernel": {kind: size / connections for kind, size in more.items()},
            "echoed": sum(each["echoed"] for each in back), "seconds": sum(each["seconds"] for each in back)}


def known_servers(build):
    commands = {f"priz_{backend}": [os.path.join(build, "priz_echo"), "--backend", backend]
                for backend in ("uring", "epoll")}
    for name in ("plain_epoll", "plain_uring_poll", "libuv_echo", "asio_coroutines"):
        commands[name] = [os.path.join(build, name)]
    return {name: command for name, command in commands.items() if os.path.exists(command[0])}


def parse_args():
    title, rest = __doc__.split("\n", 1)
    p = argparse.ArgumentParser(description=title, epilog=rest, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("build", nargs="?", default="build/bench/bench")
    p.add_argument("--connections", type=int, default=100_000)
    p.add_argument("--echo", type=int, default=1000, help="so many of them are sent something")
    p.add_argument("--servers", help="only these")
    p.add_argument("--hold", nargs=2, type=int, help=argparse.SUPPRESS)
    p.add_argument("--accept-only", action="store_true", help=argparse.SUPPRESS)
    p.add_argument("--port", help=argparse.SUPPRESS)
    return p.parse_args()


def main(opt):
    servers = known_servers(opt.build)
    if opt.servers:
        chosen = opt.servers.split(",")
        if unknown := [name for name in chosen if name not in servers]:
            raise Failure(f"--servers: no server is called {', '.join(unknown)}; known here: {', '.join(servers)}")
        servers = {name: servers[name] for name in chosen}
    if not servers:
        raise Failure(f"no servers in {opt.build}")
    processes = math.ceil(opt.connections / (descriptors_max() - SPARE))
    print(f"{opt.connections} connections, {processes} servers of each kind; bytes a connection", flush=True)
    print(f"{'':18}{'user':>8}{'kernel':>9}{'beyond':>9}   echoed")
    base = measure([sys.executable, os.path.abspath(__file__), "--accept-only"], opt.connections, processes, 0)["kernel"]
    print(f"{BASE:18}{'':8}{sum(base.values()):9.0f}", flush=True)
    failed = False
    for name, command in servers.items():
        result = measure(command, opt.connections, processes, opt.echo)
        beyond = {kind: size - base.get(kind, 0) for kind, size in result["kernel"].items()}
        most = sorted(beyond.items(), key=lambda row: -abs(row[1]))
        kinds = ", ".join(f"{kind} {size:.0f}" for kind, size in most if abs(size) >= 4)
        print(f"{name:18}{result['user']:8.0f}{sum(result['kernel'].values()):9.0f}{sum(beyond.values()):9.0f}"
              f"   {result['echoed']} of {opt.echo} in {result['seconds'] * 1000:.0f} ms   ({kinds})", flush=True)
        failed |= result["echoed"] != opt.echo
    return 1 if failed else 0


if __name__ == "__main__":
    options = parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        if options.accept_only:
            accept_only()
        elif options.hold:
            hold(*options.hold)
        else:
            sys.exit(main(options))
    except Failure as failure:
        sys.exit(f"hold.py: {failure}")
