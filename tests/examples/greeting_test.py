#!/usr/bin/python3
"""greeting_server and greeting_client, with each other, with Python and with nc."""

import socket
import unittest

import programs

GREETING = "Thank you for connecting"


class Greeting(unittest.TestCase):
    def test_the_client_prints_what_the_server_says(self):
        with programs.Server("greeting_server", 0) as server:
            code, printed, _ = programs.run("greeting_client", "localhost", server.port)
            self.assertEqual((code, printed), (0, GREETING + "\n"))
            self.assertRegex(server.line(), r"^Got connection from 127\.0\.0\.1:\d+$")

    def test_python_is_greeted_and_left(self):
        with programs.Server("greeting_server", 0) as server:
            with socket.create_connection(("127.0.0.1", server.port)) as client:
                self.assertEqual(programs.receive_all(client).decode(), GREETING)
                self.assertEqual(server.line(), f"Got connection from 127.0.0.1:{client.getsockname()[1]}")

    def test_nc_is_greeted(self):
        with programs.Server("greeting_server", 0) as server:
            code, printed, _ = programs.finish(["nc", "-d", "127.0.0.1", str(server.port)])
            self.assertEqual((code, printed), (0, GREETING))

    def test_the_client_reads_a_greeting_in_pieces(self):
        with programs.listener() as server:
            with programs.Program("greeting_client", "127.0.0.1", server.getsockname()[1]) as client:
                with server.accept()[0] as connection:
                    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    for word in b"Thank ", b"you":
                        connection.sendall(word)
                self.assertEqual(client.rest(), "Thank you\n")

    def test_without_a_server_the_client_says_so(self):
        with programs.port_without_server() as nobody:
            code, _, complaints = programs.run("greeting_client", "127.0.0.1", nobody.getsockname()[1])
            self.assertEqual(code, 1)
            self.assertIn("connection refused", complaints)


if __name__ == "__main__":
    programs.main()
