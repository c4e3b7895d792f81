#!/usr/bin/python3
"""New instances take over from old ones, while clients go on connecting."""

import os
import socket
import threading
import unittest

from harness import ServingTest, ask


class Clients:
    """Threads that connect, ask and leave, over and over; each counts what it got."""

    def __init__(self, where, count):
        self.where = where
        self.is_over = threading.Event()
        self.served = [0] * count
        self.failures = []
        self.threads = [threading.Thread(target=self._run, args=(i,)) for i in range(count)]
        for thread in self.threads:
            thread.start()

    def _run(self, which):
        while not self.is_over.is_set() and not self.failures:
            question = b"%d.%d" % (which, self.served[which])
            try:
                with socket.create_connection(self.where, 60) as s:
                    if ask(s, question) != question:
                        raise OSError("a reply was lost")
                self.served[which] += 1
            except OSError as failure:
                self.failures.append(failure)

    def end(self):
        self.is_over.set()
        for thread in self.threads:
            thread.join()


class HandOver(ServingTest):
    def setUp(self):
        super().setUp()
        self.path = f"{self.folder}/handover"

    def instance(self, *more):
        return self.serve("127.0.0.1:0", f"handover={self.path}", *more)

    def test_no_client_is_refused_or_loses_its_reply(self):
        server = self.instance()
        clients = Clients(server.where, 4)
        self.addCleanup(clients.end)
        for _ in range(3):
            before = list(clients.served)
            old, server = server, self.instance()
            self.assertEqual(server.where, old.where)
            self.assertEqual(int(server.ready["MAINPID"]), server.process.pid)
            self.assertEqual(old.status(), 0)
            while not clients.failures and any(now < then + 10 for now, then in zip(clients.served, before)):
                with server.connect() as s:
                    self.assertEqual(ask(s, b"x"), b"x")
        clients.end()
        self.assertEqual(clients.failures, [])
        server.signal()
        self.assertEqual(server.status(), 0)

    def test_the_old_instance_finishes_what_it_has_begun(self):
        old = self.instance()
        s = self.connect(old)
        self.assertEqual(ask(s, b"x"), b"x")
        new = self.instance()
        self.assertEqual(ask(s, b"still the old one"), b"still the old one")
        s.close()
        self.assertEqual(old.status(), 0)
        with new.connect() as other:
            self.assertEqual(ask(other, b"the new one"), b"the new one")

    def test_a_successor_that_fails_leaves_the_old_instance_as_it_was(self):
        old = self.instance()
        with socket.socket(socket.AF_UNIX) as failing:
            failing.connect(self.path)
            data, descriptors, _, _ = socket.recv_fds(failing, 100, 10)
            self.assertEqual(data, b"priz listeners 1\n")
            self.assertEqual(len(descriptors), 1)
            os.close(descriptors[0])
        with old.connect() as s:
            self.assertEqual(ask(s, b"x"), b"x")
        new = self.instance()
        self.assertEqual(old.status(), 0)
        self.assertEqual(new.where, old.where)

    def test_a_path_that_a_killed_instance_left_behind_is_taken(self):
        old = self.instance()
        old.process.kill()
        old.status()
        self.assertTrue(os.path.exists(self.path))
        new = self.instance()
        self.assertNotIn("MAINPID", new.ready)
        with new.connect() as s:
            self.assertEqual(ask(s, b"x"), b"x")

    def test_the_path_is_gone_when_the_last_instance_is(self):
        first = self.instance()
        second = self.instance()
        self.assertEqual(first.status(), 0)
        self.assertTrue(os.path.exists(self.path))
        second.signal()
        self.assertEqual(second.status(), 0)
        self.assertEqual([name for name in os.listdir(self.folder) if name.startswith("handover")], [])


if __name__ == "__main__":
    unittest.main()
