"""Connecting by name with one timeout for everything, and an error that says what became of each attempt.

It prints:
    connected to 127.0.0.1
    [Errno 111] connect tcp …-> 127.0.0.1:…: connection refused
"""

import socket

import priz

listener = socket.create_server(("127.0.0.1", 0))
host, port = listener.getsockname()
with priz.create_connection(("localhost", port), timeout=5) as s:
    print("connected to", s.getpeername()[0])
listener.close()
try:
    priz.create_connection((host, port), timeout=5)
except ConnectionRefusedError as why:
    print(why)
