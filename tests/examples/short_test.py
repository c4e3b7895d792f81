#!/usr/bin/python3
"""The short forms that the README shows."""

import pathlib
import re
import socket
import unittest

import programs

SOURCES = pathlib.Path(__file__).parents[2] / "examples"


def lines_of_main(name):
    """How many lines of code main() has: its last `return 0;` and lines of nothing but braces do not count."""
    text = (SOURCES / f"{name}.cpp").read_text()
    body = re.search(r"^int main\(.*?\{\n(.*?)^\}", text, re.DOTALL | re.MULTILINE)[1]
    lines = [line.split("//")[0].strip() for line in body.splitlines()]
    return len([line for line in lines if line not in ("", "{", "}", "return 0;")])


class Short(unittest.TestCase):
    def test_they_are_short(self):
        for name in "short_echo_server", "short_echo_client":
            self.assertLessEqual(lines_of_main(name), 6, name)

    def test_the_echo_client_and_the_echo_server_understand_each_other(self):
        with programs.Server("short_echo_server", 0) as server:
            for _ in range(3):
                code, printed, _ = programs.run("short_echo_client", server.port)
                self.assertEqual((code, printed), (0, "Hello, world\n"))

    def test_the_echo_server_survives_a_reset(self):
        with programs.Server("short_echo_server", 0) as server:
            rude = socket.create_connection(("127.0.0.1", server.port))
            rude.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            rude.sendall(b"x" * 10_000)
            rude.close()
            with socket.create_connection(("127.0.0.1", server.port)) as client:
                client.sendall(b"x" * 100_000)
                client.shutdown(socket.SHUT_WR)
                self.assertEqual(programs.receive_all(client), b"x" * 100_000)

    def test_connecting_by_name_is_one_call(self):
        with programs.listener() as server:
            code, printed, _ = programs.run("short_connect", "localhost", server.getsockname()[1])
            self.assertEqual((code, printed), (0, f"connected to 127.0.0.1:{server.getsockname()[1]}\n"))

    def test_a_udp_request_is_repeated_until_it_is_answered(self):
        with programs.listener(kind=socket.SOCK_DGRAM) as server:
            with programs.Program("short_udp_request", server.getsockname()[1]) as client:
                for _ in range(2):
                    self.assertEqual(server.recvfrom(100)[0], b"what time is it?")
                request, where = server.recvfrom(100)
                server.sendto(b"late", where)
                self.assertEqual(client.rest(), "late\n")
                self.assertEqual(client.exit_code(), 0)

    def test_a_udp_request_that_nobody_answers_ends(self):
        with programs.listener(kind=socket.SOCK_DGRAM) as server:
            with programs.Program("short_udp_request", server.getsockname()[1]) as client:
                self.assertIn("no answer", client.rest())
                self.assertEqual(client.exit_code(), 1)


if __name__ == "__main__":
    programs.main()
