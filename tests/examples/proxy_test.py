#!/usr/bin/python3
"""The web servers of the examples behind haproxy: whose a request is, and that haproxy and the server see the same."""

import os
import socket
import subprocess
import tempfile
import unittest

import http_test
import programs

HAPROXY = "/usr/sbin/haproxy"

CONFIGURATION = """
global
    maxconn 100
defaults
    mode {mode}
    timeout connect 10s
    timeout client 60s
    timeout server 60s
frontend client
    bind fd@{listener}
    {front}
    default_backend web
backend web
    {back}
    server web 127.0.0.1:{port} {line}
"""


class Haproxy:
    """haproxy before a server at 127.0.0.1. It is given its listener, so that it is reached from the beginning."""

    def __init__(self, port, mode="http", front="", back="", line=""):
        self.folder = tempfile.TemporaryDirectory()
        listener = programs.listener()
        self.port = listener.getsockname()[1]
        path = os.path.join(self.folder.name, "haproxy.cfg")
        with open(path, "w") as file:
            file.write(CONFIGURATION.format(mode=mode, front=front, back=back, line=line, port=port,
                                            listener=listener.fileno()))
        self.process = subprocess.Popen([HAPROXY, "-db", "-f", path], pass_fds=[listener.fileno()],
                                        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        listener.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.process.stderr.close()
        self.folder.cleanup()


class Proxy(unittest.TestCase):
    def ask(self, how, fields=(), **haproxy):
        """What the server says of a client, which is at 127.0.0.2: its own port is `PORT` in the text."""
        with http_test.Server("web_behind_proxy", how) as server, Haproxy(server.port, **haproxy) as proxy, \
                socket.create_connection(("127.0.0.1", proxy.port), programs.SECONDS_MAX, ("127.0.0.2", 0)) as s:
            lines = ["GET / HTTP/1.1", f"Host: 127.0.0.1:{proxy.port}", "Connection: close", *fields]
            s.sendall("\r\n".join([*lines, "", ""]).encode())
            answer = programs.receive_all(s).decode()
            return answer.partition("\r\n\r\n")[2].replace(f":{s.getsockname()[1]},", ":PORT,")

    def test_the_proxy_protocol_says_whose_a_connection_is(self):
        spoofed = ["Forwarded: for=192.0.2.1", "X-Forwarded-For: 192.0.2.1"]
        for line in "send-proxy", "send-proxy-v2", "send-proxy-v2 proxy-v2-options crc32c,unique-id":
            for mode in "tcp", "http":
                with self.subTest(line=line, mode=mode):
                    self.assertEqual(self.ask("proxy-protocol", spoofed, mode=mode, line=line),
                                     "You are 127.0.0.2:PORT, by http.\n")

    def test_a_server_that_waits_for_the_protocol_gets_nothing_else(self):
        self.assertEqual(self.ask("proxy-protocol", mode="tcp"), "")

    def test_forwarded_says_whose_a_request_is(self):
        spoofed = ["Forwarded: for=192.0.2.1;proto=https"]
        front = 'http-request add-header Forwarded "for=\\"%[src]:%[src_port]\\";proto=http"'
        self.assertEqual(self.ask("forwarded", spoofed, front=front), "You are 127.0.0.2:PORT, by http.\n")

    def test_x_forwarded_for_says_whose_a_request_is(self):
        self.assertEqual(self.ask("x-forwarded-for", ["X-Forwarded-For: 192.0.2.1"], back="option forwardfor"),
                         "You are 127.0.0.2:0, by http.\n")


if __name__ == "__main__":
    programs.main()
