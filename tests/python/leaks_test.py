"""Sockets that are made, used and dropped by the ten thousand leave nothing behind: no descriptor and no memory.

    leaks_test.py [ROUNDS]    on whatever `socket` the interpreter has; 100,000 rounds unless told

Each way of using sockets is run a few thousand times to warm up, then ROUNDS times. The number of open descriptors has to
be what it was, and so has the memory: Python's own count of blocks, and what the C library has given out.
"""

import array
import ctypes
import gc
import os
import socket
import struct
import sys
import tempfile
import warnings

try:
    import priz
except ImportError:
    priz = None

warnings.simplefilter("ignore", ResourceWarning)

WARM_UP = 2000
BLOCKS_MAX = 200  # caches of the interpreter's own breathe a little
BYTES_MAX = 256 * 1024


class Allocated(ctypes.Structure):
    """mallinfo2(3)"""

    _fields_ = [(name, ctypes.c_size_t) for name in (
        "arena", "ordblks", "smblks", "hblks", "hblkhd", "usmblks", "fsmblks", "uordblks", "fordblks", "keepcost")]


mallinfo = ctypes.CDLL(None).mallinfo2
mallinfo.restype = Allocated


def in_use():
    """(open descriptors, blocks of Python's, bytes of the C library's)"""
    gc.collect()
    allocated = mallinfo()
    return len(os.listdir("/proc/self/fd")), sys.getallocatedblocks(), allocated.uordblks + allocated.hblkhd


def refused(call, *arguments):
    try:
        call(*arguments)
    except (OSError, ValueError, TypeError, OverflowError, UnicodeError):
        return
    raise AssertionError(f"{call} took {arguments}")


def make_and_close():
    socket.socket().close()


def make_and_drop():
    socket.socket()


def pair_and_talk():
    here, there = socket.socketpair()
    here.sendall(b"x" * 100)
    there.recv(5000)
    there.send(bytearray(10))
    here.recv_into(bytearray(10))
    here.close()  # the other one is dropped


def message_with_descriptor():
    here, there = socket.socketpair()
    here.sendmsg([b"x", b"y"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [here.fileno()]))])
    _, [(_, _, data)], _, _ = there.recvmsg(10, socket.CMSG_SPACE(4))
    os.close(struct.unpack("i", data)[0])
    there.sendmsg([b"x"])
    here.recvmsg_into([bytearray(10)])


def file_on_socket():
    here, there = socket.socketpair()
    with here.makefile("rwb") as file, there.makefile("r") as text:
        file.write(b"line\n")
        file.flush()
        text.readline()
    here.close()
    there.close()


def descriptors_handed_on():
    here, there = socket.socketpair()
    again = socket.socket(fileno=here.detach())
    again.dup().close()
    os.close(there.detach())


def datagrams():
    here = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    here.bind(("127.0.0.1", 0))
    here.sendto(b"x", here.getsockname())
    here.recvfrom(10)
    here.sendto(b"x", here.getsockname())
    here.recvfrom_into(bytearray(10))


def failures():
    here, there = socket.socketpair()
    here.settimeout(0)
    refused(here.recv, 10)
    refused(here.recv, -1)
    refused(here.recvmsg, 10000)
    refused(here.send, "text")
    refused(here.connect, 5)
    refused(here.connect, "/nonexistent")
    refused(here.settimeout, -1)
    refused(here.setsockopt, 1, 2, "text")
    refused(here.sendmsg, [b"x", 5])
    refused(here.getsockopt, 1, 9999)
    there.close()
    refused(here.sendall, b"x")
    refused(socket.socket, 77)
    refused(socket.socket, 2, 1, 0, 999999)
    tcp = socket.socket()
    refused(tcp.bind, ("127.0.0.1", 70000))
    refused(tcp.connect, ("127.0.0.1\0", 1))
    refused(tcp.connect, ("127.0.0.1", 1))
    refused(tcp.getpeername)


def names():
    socket.getaddrinfo("127.0.0.1", 80)
    socket.getnameinfo(("127.0.0.1", 80), socket.NI_NUMERICHOST | socket.NI_NUMERICSERV)
    refused(socket.getaddrinfo, "127.0.0.1", "no such service")
    refused(socket.inet_aton, "x")
    socket.inet_ntop(socket.AF_INET6, socket.inet_pton(socket.AF_INET6, "::1"))
    socket.if_nameindex()


def timeouts():
    here, there = socket.socketpair()
    here.settimeout(1e-6)
    refused(here.recv, 10)
    refused(here.recv_into, bytearray(10))
    refused(here.recvmsg, 10)


def duplicates():
    here, there = socket.socketpair()
    socket.fromfd(here.fileno(), socket.AF_UNIX, socket.SOCK_STREAM).close()


def hosts():
    socket.gethostbyname("localhost")
    socket.getaddrinfo("localhost", "http")
    socket.gethostbyaddr("127.0.0.1")


class Connections:
    """TCP connections to a listener of this process."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))

    def __call__(self):
        client = socket.create_connection(self.listener.getsockname(), timeout=10)
        server, _ = self.listener.accept()
        client.send(b"x")
        server.recv(1)
        # A reset leaves no connection behind that would use up the ports.
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.close()


class ConnectionsByName:
    """priz's own way to connect, where the interpreter has it."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]

    def __call__(self):
        client = priz.create_connection(("localhost", self.port), 10)
        self.listener.accept()[0].close()
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.close()
        refused(priz.create_connection, ("localhost", 70000))
        refused(priz.create_connection, ("localhost\0", 1))


class Files:
    """Files sent over a socket."""

    def __init__(self):
        self.file = tempfile.TemporaryFile()
        self.file.write(b"x" * 1000)
        self.file.flush()

    def __call__(self):
        here, there = socket.socketpair()
        here.sendfile(self.file)
        there.recv(1000)


def grown(use, rounds):
    for _ in range(WARM_UP):
        use()
    before = in_use()
    for _ in range(rounds):
        use()
    return [now - then for now, then in zip(in_use(), before)]


def leak_descriptor():
    os.dup(0)


def leak_memory(kept=[]):
    kept.append(bytearray(1000))


def notices(leak):
    """Whether this program would notice: by a leak of its own."""
    descriptors, blocks, size = grown(leak, 1000)
    return descriptors != 0 or blocks > BLOCKS_MAX or size > BYTES_MAX


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    ways = [make_and_close, make_and_drop, pair_and_talk, message_with_descriptor, file_on_socket, descriptors_handed_on,
            datagrams, failures, timeouts, duplicates, names, hosts, Connections(), Files()]
    if priz is not None:
        ways.append(ConnectionsByName())
    wrong = [leak.__name__ for leak in (leak_descriptor, leak_memory) if not notices(leak)]
    for leak in wrong:
        print(f"a {leak} is not noticed")
    for use in ways:
        name = getattr(use, "__name__", type(use).__name__)
        descriptors, blocks, size = grown(use, rounds)
        leaks = descriptors != 0 or blocks > BLOCKS_MAX or size > BYTES_MAX
        wrong += [name] * leaks
        print(f"{'LEAKS' if leaks else 'clean'} {name}: {descriptors} descriptors, {blocks} blocks, {size} bytes more",
              flush=True)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
