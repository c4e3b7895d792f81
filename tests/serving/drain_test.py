#!/usr/bin/python3
"""SIGTERM and SIGINT: the first drains, the second cancels."""

import signal
import socket
import unittest

from harness import ServingTest, ask


class Drain(ServingTest):
    def drained(self, number=signal.SIGTERM, **more):
        """A server that drains, and a connection that it had before."""
        server = self.serve("127.0.0.1:0", *more.get("arguments", ()))
        s = self.connect(server)
        self.assertEqual(ask(s, b"before"), b"before")
        server.signal(number)
        self.assertEqual(server.heard()["STOPPING"], "1")
        return server, s

    def test_a_reply_in_flight_completes_and_the_server_exits(self):
        server, s = self.drained()
        self.assertEqual(ask(s, b"after"), b"after")
        s.close()
        self.assertEqual(server.status(), 0)

    def test_sigint_drains_as_well(self):
        server, s = self.drained(signal.SIGINT)
        s.close()
        self.assertEqual(server.status(), 0)

    def test_a_second_signal_ends_what_is_left(self):
        server, s = self.drained(arguments=["drain=3600"])
        server.signal()
        self.assertEqual(s.recv(1), b"")
        self.assertEqual(server.status(), 0)

    def test_the_limit_ends_what_is_left(self):
        server, s = self.drained(arguments=["drain=0"])
        self.assertEqual(s.recv(1), b"")
        self.assertEqual(server.status(), 0)

    def test_a_handler_that_fails_ends_its_connection_only(self):
        server = self.serve("127.0.0.1:0")
        failing, other = self.connect(server), self.connect(server)
        failing.sendall(b"fail")
        self.assertEqual(failing.recv(1), b"")
        self.assertEqual(ask(other, b"well"), b"well")
        other.close()
        server.signal()
        self.assertEqual(server.status(), 0)
        self.assertIn("failed 1 ", server.output())


class Threads(ServingTest):
    def test_one_signal_drains_every_thread(self):
        with socket.socket() as place:
            # Holds the port, so that the threads share it.
            place.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            place.bind(("127.0.0.1", 0))
            server = self.serve(f"127.0.0.1:{place.getsockname()[1]}", "threads=3")
            for _ in range(2):
                self.assertEqual(server.heard()["READY"], "1")
            connections = [self.connect(server) for _ in range(30)]
            for s in connections:
                self.assertEqual(ask(s, b"before"), b"before")
            server.signal()
            for _ in range(3):
                self.assertEqual(server.heard()["STOPPING"], "1")
            for s in connections:
                self.assertEqual(ask(s, b"after"), b"after")
                s.close()
            self.assertEqual(server.status(), 0)


if __name__ == "__main__":
    unittest.main()
