"""Sends a greeting and prints what comes back, on whichever address of the host answers."""

import socket
import sys

s = None
for family, kind, proto, _, address in socket.getaddrinfo(sys.argv[1], sys.argv[2], socket.AF_UNSPEC, socket.SOCK_STREAM):
    try:
        s = socket.socket(family, kind, proto)
        s.connect(address)
        break
    except OSError:
        s.close()
        s = None
if s is None:
    print("could not open socket")
    sys.exit(1)
with s:
    s.sendall(b"Hello, world")
    data = b""
    while len(data) < 12:
        data += s.recv(1024)
print("Received", repr(data))
