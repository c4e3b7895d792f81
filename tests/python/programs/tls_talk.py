"""A TLS server and a client that trusts it; the certificate's file is the argument, its key is in it."""

import socket
import ssl
import sys
import threading

certificate = sys.argv[1]
server_side = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
server_side.load_cert_chain(certificate)
client_side = ssl.create_default_context(cafile=certificate)
listener = socket.create_server(("127.0.0.1", 0))


def serve():
    connection, _ = listener.accept()
    with server_side.wrap_socket(connection, server_side=True) as tls:
        tls.sendall(tls.recv(100).upper())
        tls.unwrap()


thread = threading.Thread(target=serve)
thread.start()
with client_side.wrap_socket(socket.create_connection(listener.getsockname(), 10), server_hostname="localhost") as tls:
    tls.settimeout(10)
    tls.sendall(b"encrypted")
    print(tls.recv(100).decode(), tls.version(), isinstance(tls, socket.socket))
    tls.unwrap()
thread.join()
listener.close()
