#!/usr/bin/python3
"""The protocol of systemd, spoken by this script: sockets that are passed, and states that are told."""

import os
import socket
import subprocess
import unittest

from harness import SERVER, ServingTest, ask

PASS_AS_THIRD = """
import os, sys
os.dup2(int(sys.argv[1]), 3)
os.environ["LISTEN_PID"] = str(os.getpid())
os.execv(sys.argv[2], sys.argv[2:])
"""


class Passed(ServingTest):
    def test_a_socket_that_is_passed_is_served(self):
        with socket.create_server(("127.0.0.1", 0)) as listening:
            where = listening.getsockname()
            environment = os.environ | {"LISTEN_FDS": "1", "LISTEN_FDNAMES": "web"}
            process = subprocess.Popen(
                ["/usr/bin/python3", "-c", PASS_AS_THIRD, str(listening.fileno()), SERVER, "passed"],
                pass_fds=[listening.fileno()], env=environment, stdout=subprocess.PIPE)
            self.addCleanup(process.stdout.close)
            self.addCleanup(process.kill)
            self.assertEqual(process.stdout.readline(), b"passed 1 web\n")
            with socket.create_connection(where, 60) as s:
                self.assertEqual(ask(s, b"x"), b"x")
                with open(f"/proc/{process.pid}/fdinfo/3") as info:
                    flags = next(int(line.split()[1], 8) for line in info if line.startswith("flags"))
                self.assertTrue(flags & os.O_CLOEXEC)
            process.terminate()
            self.assertEqual(process.wait(60), 0)
            # It stopped accepting; the socket is still the manager's, and listens.
            socket.create_connection(where, 60).close()


class Notified(ServingTest):
    def told(self, notify):
        server = self.serve("127.0.0.1:0", notify=notify)
        self.assertEqual(server.ready["STATUS"], "Serving at 127.0.0.1:%d" % server.where[1])
        server.signal()
        self.assertEqual(server.heard(), {"STOPPING": "1"})
        self.assertEqual(server.status(), 0)

    def test_at_a_path(self):
        self.told(f"{self.folder}/notify")

    def test_at_an_abstract_name(self):
        self.told(f"@priz-serving-{os.getpid()}")

    def test_a_manager_that_is_gone_does_not_keep_the_server_from_serving(self):
        server = self.serve("127.0.0.1:0")
        server.manager.close()
        with server.connect() as s:
            self.assertEqual(ask(s, b"x"), b"x")
        server.signal()
        self.assertEqual(server.status(), 0)


if __name__ == "__main__":
    unittest.main()
