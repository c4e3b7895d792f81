"""An echo server of socketserver, a thread a client, and clients of it; over TCP, UDP and Unix sockets."""

import os
import socket
import socketserver
import tempfile
import threading


class Line(socketserver.StreamRequestHandler):
    def handle(self):
        for line in self.rfile:
            self.wfile.write(line.upper())


class Datagram(socketserver.BaseRequestHandler):
    def handle(self):
        data, sock = self.request
        sock.sendto(data.upper(), self.client_address)


def served(server, ask):
    with server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}).start()
        try:
            return ask(server.server_address)
        finally:
            server.shutdown()


def ask_line(sock):
    with sock, sock.makefile("rwb") as file:
        file.write(b"hello\n")
        file.flush()
        return file.readline().decode().strip()


def ask_unix(path):
    sock = socket.socket(socket.AF_UNIX)
    sock.connect(path)
    return ask_line(sock)


def ask_datagram(address):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.sendto(b"datagram", address)
        return sock.recv(100).decode()


print(served(socketserver.ThreadingTCPServer(("127.0.0.1", 0), Line), lambda at: ask_line(socket.create_connection(at))))
print(served(socketserver.ThreadingUDPServer(("127.0.0.1", 0), Datagram), ask_datagram))
with tempfile.TemporaryDirectory() as folder:
    print(served(socketserver.ThreadingUnixStreamServer(os.path.join(folder, "socket"), Line), ask_unix))
