"""Greets whoever connects, a browser for example, until Ctrl-C."""

import socket

s = socket.socket()
s.bind(("localhost", 0))
s.listen(5)
ip, port = s.getsockname()
print(f"{ip}:{port} dinleniyor...", flush=True)
try:
    while True:
        client, (ip, port) = s.accept()
        with client:
            print(f"{ip}:{port} bağlandı", flush=True)
            request = client.recv(4096).decode()
            print(request.splitlines()[0], flush=True)
            body = "Merhaba dünya!".encode()
            client.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n"
                           b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
except KeyboardInterrupt:
    print("bitti", flush=True)
