#!/usr/bin/python3
"""Proves from the compiled library that system calls are made through the doors and nowhere else.

    tools/check_doors.py LIBRARY.a

Every object file of the archive is asked for the C library's functions that it wants. Those that enter the kernel
for input and output may be wanted by a door's object only: in the room core that is src/core/sys.cpp.
"""

import subprocess
import sys

import source_text

DOORS = {"sys.cpp.o"}
CALLS = set(
    """
    accept accept4 bind close connect dup dup2 dup3 epoll_create epoll_create1 epoll_ctl epoll_pwait epoll_pwait2
    epoll_wait eventfd fcntl fcntl64 fstat fstat64 getpeername getsockname getsockopt ioctl listen lseek lseek64 open
    open64 openat openat64 pipe pipe2 poll ppoll pread pread64 preadv pselect pwrite pwrite64 read readv recv recvfrom
    recvmmsg recvmsg select send sendfile sendfile64 sendmmsg sendmsg sendto sethostname setsockopt shutdown socket
    socketpair splice timerfd_create write writev
    """.split()
)


def wanted(archive):
    """(object file, symbol) for each undefined symbol in the archive."""
    listing = subprocess.run(["nm", "-A", "-u", archive], check=True, capture_output=True, text=True).stdout
    for line in listing.splitlines():
        where, _, symbol = line.rpartition(" U ")
        if symbol:
            yield where.rstrip().rstrip(":").split(":")[-1], symbol.split("@")[0]


def fortified(symbol):
    """The plain name behind the checked form that _FORTIFY_SOURCE puts in its place."""
    return symbol[2 : -len("_chk")] if symbol.startswith("__") and symbol.endswith("_chk") else symbol


def check(archive):
    return [
        f"{unit}: wants {symbol}(); call priz::sys::{fortified(symbol)}()"
        for unit, symbol in wanted(archive)
        if unit not in DOORS and fortified(symbol) in CALLS
    ]


if __name__ == "__main__":
    sys.exit(source_text.report(check(sys.argv[1]), "every system call goes through a door"))
