"""Echoes what clients send, on every address that the machine has for the port; serves them all at once."""

import selectors
import socket
import sys

selector = selectors.DefaultSelector()
port = sys.argv[1]
for family, kind, proto, _, address in socket.getaddrinfo(None, port, socket.AF_UNSPEC, socket.SOCK_STREAM, 0,
                                                          socket.AI_PASSIVE):
    try:
        listener = socket.socket(family, kind, proto)
        if family == socket.AF_INET6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1" if family == socket.AF_INET else "::1", int(port)))
        listener.listen(1)
    except OSError:
        continue
    if port == "0":
        port = listener.getsockname()[1]  # the other family gets the same one
    selector.register(listener, selectors.EVENT_READ)
if not selector.get_map():
    print("could not open socket")
    sys.exit(1)
print("port", port, flush=True)
while True:
    for key, _ in selector.select():
        if key.data is None:
            connection, address = key.fileobj.accept()
            print("Connected by", address[0], flush=True)
            selector.register(connection, selectors.EVENT_READ, address)
        else:
            data = key.fileobj.recv(1024)
            if data:
                key.fileobj.sendall(data)
            else:
                selector.unregister(key.fileobj)
                key.fileobj.close()
