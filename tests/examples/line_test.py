#!/usr/bin/python3
"""line_server, with Python and with nc."""

import socket
import time
import unittest

import programs

RULER = "-" * 16


def connect(server):
    return socket.create_connection(("127.0.0.1", server.port))


class LineServer(unittest.TestCase):
    def setUp(self):
        self.server = programs.Server("line_server", 0)
        self.enterContext(self.server)

    def stop(self):
        with connect(self.server) as client:
            client.sendall(b"stop\n")

    def test_it_listens_on_all_interfaces(self):
        self.assertIn(f"0.0.0.0:{self.server.port}", self.server.greeting)

    def test_lines_are_printed_stripped_whatever_packets_they_came_in(self):
        with connect(self.server) as client:
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            client.sendall(b"  first  \r\nsec")
            self.assertEqual(self.server.line(), "first")
            client.sendall(b"ond\nthird\n")
            self.assertEqual([self.server.line(), self.server.line()], ["second", "third"])
        self.assertEqual(self.server.line(), RULER)

    def test_a_last_line_without_an_end_is_printed(self):
        with connect(self.server) as client:
            client.sendall(b"unfinished")
        self.assertEqual([self.server.line(), self.server.line()], ["unfinished", RULER])

    def test_disconnect_drops_the_client_and_no_other(self):
        with connect(self.server) as client:
            client.sendall(b"before\r\ndisconnect\r\n")
            self.assertEqual(client.recv(1), b"")
        self.assertEqual([self.server.line(), self.server.line()], ["before", RULER])
        with connect(self.server) as client:
            client.sendall(b"next\n")
            self.assertEqual(self.server.line(), "next")

    def test_stop_ends_the_server(self):
        with connect(self.server) as client:
            client.sendall(b"last\nstop\n")
            self.assertEqual(self.server.rest(), f"last\n{RULER}\n")
        self.assertEqual(self.server.exit_code(), 0)

    def test_a_word_that_begins_like_a_command_is_a_line(self):
        with connect(self.server) as client:
            client.sendall(b"stopped\ndisconnected\n")
            self.assertEqual([self.server.line(), self.server.line()], ["stopped", "disconnected"])

    def test_the_end_of_the_stream_ends_the_client(self):
        connect(self.server).close()
        self.assertEqual(self.server.line(), RULER)
        self.stop()
        self.assertEqual(self.server.rest(), f"{RULER}\n")

    def test_a_reset_ends_the_client_only(self):
        rude = connect(self.server)
        rude.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        rude.close()
        self.stop()
        self.assertIn(RULER, self.server.rest())
        self.assertEqual(self.server.exit_code(), 0)

    def test_a_client_that_is_silent_for_five_seconds_is_dropped(self):
        with connect(self.server) as client:
            begun = time.monotonic()
            client.sendall(b"hello\n")
            self.assertEqual(client.recv(1), b"")
            self.assertGreaterEqual(time.monotonic() - begun, 4.9)
        self.assertEqual([self.server.line(), self.server.line()], ["hello", RULER])

    def test_bytes_that_command_a_terminal_are_not_printed(self):
        with connect(self.server) as client:
            client.sendall("\x1b[31mkırmızı\n".encode())
            self.assertEqual(self.server.line(), ".[31mkırmızı")

    def test_nc_is_understood(self):
        code, _, _ = programs.finish(["nc", "-N", "127.0.0.1", str(self.server.port)], input=b"from nc\nstop\n")
        self.assertEqual((code, self.server.rest()), (0, f"from nc\n{RULER}\n"))


if __name__ == "__main__":
    programs.main()
