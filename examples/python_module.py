"""priz below an ordinary Python program: one line says which sockets it has.

It prints:
    server got b'Hello, world' from 127.0.0.1
    client got b'HELLO, WORLD'
    timed out
"""

import priz.socket as socket

with socket.create_server(("127.0.0.1", 0)) as listener:
    client = socket.create_connection(listener.getsockname(), timeout=10)
    server, (host, port) = listener.accept()

with client, server:
    client.sendall(b"Hello, world")
    request = server.recv(1024)
    print("server got", request, "from", host)
    server.sendall(request.upper())
    print("client got", client.recv(1024))
    client.settimeout(0.01)
    try:
        client.recv(1024)
    except socket.timeout as why:
        print(why)
