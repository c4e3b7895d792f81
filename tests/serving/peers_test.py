#!/usr/bin/python3
"""Peers that reset their connections at every stage of them, and more of them than an accept queue holds."""

import os
import re
import select
import signal
import socket
import struct
import unittest

from harness import ServingTest, ask

AT_ONCE = struct.pack("ii", 1, 0)  # SO_LINGER: close by a reset


def reset(s):
    s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
    s.close()


class Peers(ServingTest):
    def held(self, server):
        """The server does nothing until go_on(): what the kernel does for it goes on."""
        server.signal(signal.SIGSTOP)
        os.waitpid(server.process.pid, os.WUNTRACED)

    def go_on(self, server):
        server.signal(signal.SIGCONT)

    def assert_serves(self, server):
        with server.connect() as s:
            self.assertEqual(ask(s, b"well"), b"well")

    def end(self, server):
        """How many connections were accepted, and how many of their handlers failed."""
        server.signal()
        self.assertEqual(server.status(), 0)
        return tuple(map(int, re.search(r"accepted (\d+) failed (\d+)", server.output()).groups()))

    def test_a_reset_before_the_accept(self):
        server = self.serve("127.0.0.1:0")
        self.held(server)
        for _ in range(5):
            reset(server.connect())
        self.go_on(server)
        self.assert_serves(server)
        self.assertEqual(self.end(server), (6, 5))

    def test_a_reset_after_the_accept(self):
        server = self.serve("127.0.0.1:0")
        for _ in range(5):
            s = server.connect()
            self.assertEqual(ask(s, b"x"), b"x")
            reset(s)
        self.assert_serves(server)
        self.assertEqual(self.end(server), (6, 5))

    def test_a_reset_behind_bytes_that_were_not_received_yet(self):
        server = self.serve("127.0.0.1:0")
        for _ in range(5):
            s = server.connect()
            self.assertEqual(ask(s, b"x"), b"x")
            self.held(server)
            s.sendall(b"half a question")
            reset(s)
            self.go_on(server)
        self.assert_serves(server)
        self.assertEqual(self.end(server), (6, 5))

    def leaves_in_a_reply(self, leave):
        """What the server had to say of peers that leave while it sends to them."""
        server = self.serve("127.0.0.1:0")
        for _ in range(5):
            s = server.connect()
            s.sendall(b"flood")
            self.assertTrue(s.recv(1000))
            leave(s)
        self.assert_serves(server)
        server.signal()
        self.assertEqual(server.status(), 0)
        output = server.output()
        self.assertIn("accepted 6 failed 5 ", output)
        return re.findall("^failure: (.*)$", output, re.MULTILINE)

    def test_a_reset_in_the_middle_of_a_reply(self):
        self.assertEqual(self.leaves_in_a_reply(reset), ["Connection reset by peer"])

    def test_an_end_in_the_middle_of_a_reply(self):
        def end(s):
            # A close with bytes that were not received is a reset; behind an end the server sees a broken pipe in it.
            s.shutdown(socket.SHUT_WR)
            s.close()

        self.assertEqual(self.leaves_in_a_reply(end), ["Broken pipe"])

    def test_an_accept_queue_that_is_full_makes_the_others_wait(self):
        server = self.serve("127.0.0.1:0", "backlog=2")
        self.held(server)
        connections = []
        for _ in range(6):
            s = socket.socket()
            self.addCleanup(s.close)
            s.setblocking(False)
            s.connect_ex(server.where)
            connections.append(s)
        _, made, _ = select.select([], connections, [], 0)
        self.assertEqual(made, connections[:3], "the queue is not full")
        self.go_on(server)
        for s in connections:
            s.settimeout(60)
            select.select([], [s], [], 60)
            self.assertEqual(ask(s, b"x"), b"x")
            s.close()
        self.assertEqual(self.end(server), (6, 0))


if __name__ == "__main__":
    unittest.main()
