"""What look-ups do where the name server never answers: they end in time, and a signal ends them at once.

    lookups_test.py    with the package on the path

The machine's settings are laid over by others, in a namespace from which nobody can be reached; without the right to make
one the tests are skipped (exit status 77).
"""

import os
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest

SETTINGS = {
    "/etc/hosts": "127.0.0.1 localhost\n::1 localhost\n",
    "/etc/nsswitch.conf": "hosts: files dns\n",
    "/etc/resolv.conf": "nameserver 127.0.0.1\noptions timeout:20 attempts:2\n",
}
INSIDE = "--inside"


class Stopped(Exception):
    """What the handler of SIGALRM raises."""


class SilentServer(unittest.TestCase):
    """A name server that takes questions and answers none; each of its look-ups would take forty seconds."""

    def setUp(self):
        def stop(*_):
            raise Stopped

        self.addCleanup(signal.signal, signal.SIGALRM, signal.signal(signal.SIGALRM, stop))
        self.addCleanup(signal.setitimer, signal.ITIMER_REAL, 0)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(self.listener.close)
        self.port = self.listener.getsockname()[1]

    def stopped(self, call, *arguments, **names):
        """The call has to end with the handler's exception, and long before a look-up would."""
        begin = time.monotonic()
        with self.assertRaises(Stopped):
            signal.setitimer(signal.ITIMER_REAL, 0.2)
            call(*arguments, **names)
        self.assertLess(time.monotonic() - begin, 15)

    def test_a_signal_ends_every_look_up(self):
        self.stopped(socket.getaddrinfo, "silent.test", 80)
        self.stopped(socket.gethostbyname, "silent.test")
        self.stopped(socket.gethostbyname_ex, "silent.test")
        self.stopped(socket.gethostbyaddr, "192.0.2.1")
        self.stopped(socket.getnameinfo, ("192.0.2.1", 80), 0)

    def test_a_signal_ends_a_look_up_within_a_look_up(self):
        socket.sethostname("silent.test")  # the namespace's own; NI_NOFQDN asks for its domain
        self.stopped(socket.getnameinfo, ("127.0.0.1", 80), socket.NI_NOFQDN)

    def test_a_signal_ends_verbs_that_look_up(self):
        for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
            with socket.socket(socket.AF_INET, kind) as sock:
                self.stopped(sock.connect, ("silent.test", 80))
                self.stopped(sock.bind, ("silent.test", 0))
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            self.stopped(sock.sendto, b"x", ("silent.test", 80))
            self.stopped(sock.sendmsg, [b"x"], [], 0, ("silent.test", 80))

    def test_a_signal_ends_connecting_whichever_name_is_looked_up(self):
        self.stopped(priz.create_connection, ("silent.test", 80))
        self.stopped(priz.create_connection, ("localhost", self.port), 60, ("silent.test", 0))

    def test_the_timeout_of_a_socket_covers_the_look_up(self):
        with socket.socket() as sock:
            sock.settimeout(0.3)
            begin = time.monotonic()
            with self.assertRaises(TimeoutError):
                sock.connect(("silent.test", 80))
            self.assertLess(time.monotonic() - begin, 15)
        with self.assertRaises(TimeoutError):
            priz.create_connection(("silent.test", 80), 0.3)


def in_namespace():
    """This program again, under settings of its own; the status to end with."""
    if os.geteuid() != 0:
        return 77
    with tempfile.TemporaryDirectory() as folder:
        lay = []
        for number, (path, content) in enumerate(SETTINGS.items()):
            own = pathlib.Path(folder, str(number))
            own.write_text(content)
            lay.append(f"mount --bind {own} {path}")
        script = " && ".join([*lay, "ip link set lo up", 'exec "$@"'])
        namespace = ["unshare", "--mount", "--net", "--uts", "sh", "-c", script, "sh"]
        if subprocess.run([*namespace, "true"], capture_output=True).returncode != 0:
            return 77
        command = [sys.executable, "-m", "priz", __file__, INSIDE, *sys.argv[1:]]
        return subprocess.run([*namespace, *command]).returncode


if __name__ == "__main__":
    if INSIDE not in sys.argv:
        sys.exit(in_namespace())
    sys.argv.remove(INSIDE)
    import priz

    silent = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    silent.bind(("127.0.0.1", 53))
    unittest.main()
