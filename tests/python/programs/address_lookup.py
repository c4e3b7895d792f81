"""Prints the addresses of a host's web server, and this machine's name."""

import socket
import sys

for result in socket.getaddrinfo(sys.argv[1], "www"):
    print(result)
print(socket.gethostname())
