#!/usr/bin/python3
"""The examples that await, against Python's sockets and each other."""

import os
import re
import signal
import socket
import tempfile
import unittest

import programs
import short_test


class Server(programs.Program):
    """The echo server at a free port, which it tells its service manager: this test."""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory()
        path = os.path.join(self.folder.name, "notify")
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
            manager.bind(path)
            manager.settimeout(programs.SECONDS_MAX / 2)
            environment = os.environ | {"NOTIFY_SOCKET": path}
            super().__init__("async_echo_server", "127.0.0.1:0", env=environment)
            said = manager.recv(1000).decode()
        self.port = int(re.search(r"^STATUS=Serving at 127\.0\.0\.1:(\d+)$", said, re.MULTILINE)[1])

    def __exit__(self, *_):
        super().__exit__()
        self.folder.cleanup()


class Async(unittest.TestCase):
    def test_they_are_short(self):
        self.assertLessEqual(short_test.lines_of_main("simulated_echo"), 6)
        source = (short_test.SOURCES / "async_echo_server.cpp").read_text()
        body = source[source.index("io::task<> echo") :].splitlines()
        self.assertLessEqual(len([line for line in body if line not in ("", "}")]), 6)

    def test_many_clients_at_once_each_hear_their_own(self):
        with Server() as server:
            clients = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(50)]
            for i, client in enumerate(clients):
                client.sendall(b"%d" % i * 1000)
            for i, client in reversed(list(enumerate(clients))):
                client.shutdown(socket.SHUT_WR)
                self.assertEqual(programs.receive_all(client), b"%d" % i * 1000)
                client.close()
            code, printed, _ = programs.run("async_echo_client", f"localhost:{server.port}")
            self.assertEqual((code, printed), (0, "Hello, world\n"))
            server.process.send_signal(signal.SIGTERM)
            self.assertEqual(server.exit_code(), 0)


if __name__ == "__main__":
    programs.main()
