"""Counts what the same work costs through priz and in plain C.

    count.py instructions IN_PRIZ IN_C     user-space instructions of one send and one recv_into, under callgrind
    count.py system_calls IN_PRIZ IN_C     every system call of whole programs, under strace
    count.py header_lines COMPILER INCLUDE lines that a program with <priz/socket.hpp> gives the compiler

Instructions and system calls are the difference between two lengths of the same run, so that what a program does once
(loading, set-up) cancels out; system calls made once are compared too, name by name, but for those that load libraries.
"""

import collections
import os
import re
import subprocess
import sys
import tempfile

MOST_INSTRUCTIONS_A_PAIR = 60
MOST_HEADER_LINES = 45_000  # <chrono> alone has 46,000 in C++23
SHORT, LONG = 100, 300
WORK = ["pairs", "sessions", "datagrams", "timed", "connections", "timed_connections"]
SOCKET_CALLS = """accept accept4 bind close connect fcntl getpeername getsockname getsockopt ioctl listen poll ppoll
    recvfrom recvmsg sendto sendmsg setsockopt shutdown socket socketpair""".split()


def instructions(program, what, times):
    with tempfile.TemporaryDirectory() as folder:
        command = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={folder}/out", program, what, str(times)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    return int(re.search(r"Collected : (\d+)", done.stderr).group(1))


def instructions_each(program, what):
    return (instructions(program, what, LONG) - instructions(program, what, SHORT)) / (LONG - SHORT)


def system_calls(program, what, times):
    with tempfile.TemporaryDirectory() as folder:
        log = os.path.join(folder, "log")
        subprocess.run(["strace", "-f", "-o", log, program, what, str(times)], check=True)
        with open(log) as lines:
            names = re.findall(r"^\d+ +(\w+)\(", lines.read(), re.MULTILINE)
    return collections.Counter(names)


def check_instructions(in_priz, in_c):
    priz, c = instructions_each(in_priz, "pairs"), instructions_each(in_c, "pairs")
    print(f"send + recv_into: {priz:.1f} instructions, plain C {c:.1f}, allowed {MOST_INSTRUCTIONS_A_PAIR}")
    return priz <= MOST_INSTRUCTIONS_A_PAIR


def check_system_calls(in_priz, in_c):
    good = True
    for what in WORK:
        short = system_calls(in_priz, what, SHORT), system_calls(in_c, what, SHORT)
        long = system_calls(in_priz, what, LONG), system_calls(in_c, what, LONG)
        priz, c = long[0] - short[0], long[1] - short[1]
        print(f"{what}: priz {dict(priz)}, plain C {dict(c)}")
        good &= priz == c and sum(priz.values()) > 0
        for name in SOCKET_CALLS:
            # Closing the files of libraries is the loader's.
            if name != "close" and short[0][name] != short[1][name]:
                print(f"  {name}: priz {short[0][name]}, plain C {short[1][name]}")
                good = False
    return good


def check_header_lines(compiler, include):
    command = [compiler, "-std=c++23", "-x", "c++", f"-I{include}", "-E", "-"]
    program = b"#include <priz/socket.hpp>\n"
    lines = subprocess.run(command, input=program, capture_output=True, check=True).stdout.count(b"\n")
    print(f"<priz/socket.hpp>: {lines} lines, allowed {MOST_HEADER_LINES}")
    return 1_000 < lines <= MOST_HEADER_LINES


if __name__ == "__main__":
    check = {"instructions": check_instructions, "system_calls": check_system_calls,
             "header_lines": check_header_lines}[sys.argv[1]]
    sys.exit(0 if check(sys.argv[2], sys.argv[3]) else 1)
