"""CPython as the other side of a test: it does what it is told, and says what came of it.

Each command is Python's own, ended by a NUL byte. An expression is answered with its repr(), a statement with None,
what raises with `raises` and the exception's name; each answer is a line. What a command names is there for the next.
"""

import array
import os
import select
import socket
import struct
import sys


def pattern(size):
    """Bytes of which no stretch is like another: what is lost, doubled or swapped shows."""
    return (bytes(range(251)) * (size // 251 + 1))[:size]


def receive_all(stream):
    parts = []
    while part := stream.recv(65536):
        parts.append(part)
    return b"".join(parts)


def commands():
    text = b""
    while part := os.read(0, 65536):
        *whole, text = (text + part).split(b"\0")
        yield from whole


def answer(command, names):
    try:
        try:
            code = compile(command, "<test>", "eval")
        except SyntaxError:
            exec(compile(command, "<test>", "exec"), names)
            return "None"
        return repr(eval(code, names))
    except Exception as error:
        return f"raises {type(error).__name__}"


socket.setdefaulttimeout(30)  # so that nothing lasts for ever, whatever the other side does
for one in commands():
    print(answer(one.decode(), globals()), flush=True)
