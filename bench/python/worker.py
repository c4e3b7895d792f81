"""Runs one workload at a time, as often as it is asked to, on whichever `socket` the process has.

It reads the names of workloads, a line each, and answers each with the nanoseconds that one call took. What is not the call itself,
such as emptying the other end, happens between the measurements.
"""

import random
import sys
from time import perf_counter_ns

if sys.argv[1:] == ["package"]:
    import priz.socket as socket
else:
    import socket

SMALL, LARGE = 64, 65536

# Where large blocks of memory begin within a page decides how fast they are copied: not the same in every process.
PADDING = bytes(random.randrange(1024, 8192))


def tcp_pair():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        client = socket.create_connection(listener.getsockname())
        server = listener.accept()[0]
    for each in (client, server):
        each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        each.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
        each.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
    return client, server


def repeat(rounds, count, before, call, after):
    """The time of `call`, called `count` times in a row in each round."""
    spent = 0
    for _ in range(rounds):
        before()
        begin = perf_counter_ns()
        for _ in range(count):
            call()
        spent += perf_counter_ns() - begin
        after()
    return spent / (rounds * count)


def nothing():
    pass


def drain(sock, size):
    def run():
        left = size
        while left:
            left -= len(sock.recv(left))
    return run


def sending(pair, size, count, make_call):
    here, there = pair()
    call = make_call(here, b"x" * size)
    return lambda rounds: repeat(rounds, count, nothing, call, drain(there, size * count))


def receiving(pair, size, count, make_call):
    here, there = pair()
    data = b"x" * size

    def before():
        for _ in range(count):
            here.sendall(data)
        # Loopback delivers at once; whether all of it has is asked without taking it.
        while len(there.recv(size * count, socket.MSG_PEEK)) < size * count:
            pass

    return lambda rounds: repeat(rounds, count, before, make_call(there, size), nothing)


def with_timeout(pair):
    def make():
        here, there = pair()
        here.settimeout(10)
        there.settimeout(10)
        return here, there
    return make


def exactly(size, receive):
    """A call that takes `size` bytes, however many receives that is."""
    def run():
        left = size
        while left:
            left -= receive(left)
    return run


def recv_call(sock, size):
    return (lambda: sock.recv(size)) if size == SMALL else exactly(size, lambda left: len(sock.recv(left)))


def recv_into_call(sock, size):
    memory = memoryview(bytearray(size))
    return (lambda: sock.recv_into(memory)) if size == SMALL else exactly(
        size, lambda left: sock.recv_into(memory, left))


def connecting(rounds):
    spent = 0
    with socket.create_server(("127.0.0.1", 0), backlog=128) as listener:
        address = listener.getsockname()
        for _ in range(rounds):
            client = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            begin = perf_counter_ns()
            client.connect(address)
            spent += perf_counter_ns() - begin
            listener.accept()[0].close()
            client.close()
    return spent / rounds


def accepting(rounds):
    spent = 0
    with socket.create_server(("127.0.0.1", 0), backlog=128) as listener:
        address = listener.getsockname()
        for _ in range(rounds):
            client = socket.create_connection(address)
            begin = perf_counter_ns()
            connection, _ = listener.accept()
            spent += perf_counter_ns() - begin
            connection.close()
            client.close()
    return spent / rounds


def create_connection(rounds):
    spent = 0
    with socket.create_server(("127.0.0.1", 0), backlog=128) as listener:
        port = listener.getsockname()[1]
        for _ in range(rounds):
            begin = perf_counter_ns()
            client = socket.create_connection(("localhost", port))
            spent += perf_counter_ns() - begin
            listener.accept()[0].close()
            client.close()
    return spent / rounds


def making(rounds):
    begin = perf_counter_ns()
    for _ in range(rounds):
        socket.socket(socket.AF_INET, socket.SOCK_STREAM).close()
    return (perf_counter_ns() - begin) / rounds


def datagrams():
    here = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    there = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    here.bind(("127.0.0.1", 0))
    there.bind(("127.0.0.1", 0))
    return here, there


def sendto(rounds):
    here, there = datagrams()
    address, data = there.getsockname(), b"x" * SMALL
    return repeat(rounds, 16, nothing, lambda: here.sendto(data, address), lambda: [there.recv(99) for _ in range(16)])


def recvfrom(rounds):
    here, there = datagrams()
    address, data = there.getsockname(), b"x" * SMALL
    return repeat(rounds, 16, lambda: [here.sendto(data, address) for _ in range(16)], lambda: there.recvfrom(2048),
                  nothing)


def workloads():
    """{name: (how often a slice repeats it, what to run)}"""
    unix, tcp = socket.socketpair, tcp_pair
    found = {
        "socket": (200, making),
        "connect": (60, connecting),
        "accept": (60, accepting),
        "create_connection by name": (40, create_connection),
        "sendto 64 B": (20, sendto),
        "recvfrom 64 B": (20, recvfrom),
    }
    for label, pair in (("unix", unix), ("tcp", tcp), ("tcp, timeout", with_timeout(tcp))):
        for size, count, rounds in ((SMALL, 32, 20), (LARGE, 1, 50)):
            title = f"{'64 B' if size == SMALL else '64 KiB'} {label}"
            found |= {
                f"send {title}": (rounds, sending(pair, size, count, lambda s, data: lambda: s.send(data))),
                f"sendall {title}": (rounds, sending(pair, size, count, lambda s, data: lambda: s.sendall(data))),
                f"sendmsg {title}": (rounds, sending(pair, size, count, lambda s, data: lambda: s.sendmsg([data]))),
                f"recv {title}": (rounds, receiving(pair, size, count, recv_call)),
                f"recv_into {title}": (rounds, receiving(pair, size, count, recv_into_call)),
            }
    return found


def main():
    known = workloads()
    print("\t".join(known), flush=True)
    for line in sys.stdin:
        rounds, run = known[line.rstrip("\n")]
        print(run(rounds), flush=True)


if __name__ == "__main__":
    main()
