"""The server of this folder as a process, and the service manager that started it. Nothing here waits for time to
pass: it waits for a datagram, a byte or an exit, and every wait has an end."""

import itertools
import os
import re
import signal
import socket
import subprocess
import tempfile
import unittest

SERVER = os.environ["SERVER"]
PATIENCE = 60  # seconds, for a machine that is busy; a test that needs them has failed


class Server:
    """A server that is ready, as its manager knows it."""

    def __init__(self, test, *arguments, notify, **how):
        self.manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        test.addCleanup(self.manager.close)
        self.manager.settimeout(PATIENCE)
        self.manager.bind(notify.replace("@", "\0", 1))
        environment = os.environ | {"NOTIFY_SOCKET": notify}
        self.process = subprocess.Popen([SERVER, *arguments], stdout=subprocess.PIPE, env=environment, **how)
        test.addCleanup(self._end)
        self.ready = self.heard()
        test.assertEqual(self.ready["READY"], "1")
        self.where = ("127.0.0.1", int(re.search(r":(\d+)$", self.ready["STATUS"])[1]))

    def _end(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()

    def heard(self):
        """What the manager is told next, as a dictionary."""
        return dict(line.split("=", 1) for line in self.manager.recv(4096).decode().splitlines())

    def connect(self):
        return socket.create_connection(self.where, PATIENCE)

    def signal(self, number=signal.SIGTERM):
        self.process.send_signal(number)

    def status(self):
        return self.process.wait(PATIENCE)

    def output(self):
        return self.process.stdout.read().decode()


class ServingTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.numbers = itertools.count()

    def serve(self, *arguments, **how):
        how.setdefault("notify", f"{self.folder}/notify{next(self.numbers)}")
        return Server(self, *arguments, **how)

    def connect(self, server):
        s = server.connect()
        self.addCleanup(s.close)
        return s


def ask(s, question):
    s.sendall(question)
    return s.recv(len(question))
