"""Thanks one client for connecting."""

import socket

s = socket.socket()
s.bind(("", 0))
s.listen(5)
print("port", s.getsockname()[1], flush=True)
connection, address = s.accept()
print("Got connection from", address[0], flush=True)
connection.send(b"Thank you for connecting")
connection.close()
s.close()
