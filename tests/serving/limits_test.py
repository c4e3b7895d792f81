#!/usr/bin/python3
"""More connections than are served at a time, and more than there are descriptors."""

import resource
import unittest

from harness import ServingTest, ask


def descriptors(count):
    """For a child: this many descriptors and no more."""
    return lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (count, count))


class Limits(ServingTest):
    def test_beyond_connections_max_the_backlog_holds_the_rest(self):
        server = self.serve("127.0.0.1:0", "max=2")
        connections = [self.connect(server) for _ in range(20)]
        for s in connections:
            s.sendall(b"x")
        for s in connections:
            self.assertEqual(s.recv(1), b"x")
            s.close()
        server.signal()
        self.assertEqual(server.status(), 0)

    def test_a_server_without_descriptors_goes_on_when_it_has_some(self):
        server = self.serve("127.0.0.1:0", preexec_fn=descriptors(24))
        connections = [self.connect(server) for _ in range(100)]
        for s in connections:
            s.sendall(b"x")
        for s in connections:
            self.assertEqual(s.recv(1), b"x")
            s.close()
        last = self.connect(server)
        self.assertEqual(ask(last, b"well"), b"well")
        last.close()
        server.signal()
        self.assertEqual(server.status(), 0)
        self.assertRegex(server.output(), r"shortages [1-9]\d* accept tcp .*too many open files")

    def test_a_server_without_descriptors_can_be_ended(self):
        server = self.serve("127.0.0.1:0", preexec_fn=descriptors(16))
        connections = [self.connect(server) for _ in range(30)]
        self.assertEqual(ask(connections[0], b"x"), b"x")
        server.signal()
        self.assertEqual(server.heard()["STOPPING"], "1")
        server.signal()
        self.assertEqual(server.status(), 0)


if __name__ == "__main__":
    unittest.main()
