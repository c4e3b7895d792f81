"""Prints the greeting of a server on this machine."""

import socket
import sys

s = socket.socket()
s.connect(("127.0.0.1", int(sys.argv[1])))
print(s.recv(1024).decode())
s.close()
