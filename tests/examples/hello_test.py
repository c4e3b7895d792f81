#!/usr/bin/python3
"""hello_server, with Python, curl and a browser."""

import shutil
import socket
import subprocess
import tempfile
import unittest

import programs

GREETING = "Merhaba dünya!"


class HelloServer(unittest.TestCase):
    def setUp(self):
        self.server = programs.Server("hello_server")
        self.enterContext(self.server)
        self.where = self.server.greeting.removesuffix(" dinleniyor...")
        self.host = self.where.rpartition(":")[0]

    def test_it_says_where_it_listens(self):
        self.assertRegex(self.server.greeting, r"^\d+\.\d+\.\d+\.\d+:\d+ dinleniyor\.\.\.$")

    def test_it_listens_on_the_address_of_the_hosts_name(self):
        try:
            expected = socket.gethostbyname(socket.gethostname())
        except socket.gaierror:
            self.skipTest("this host's name has no address")
        self.assertEqual(self.host, expected)

    def test_it_prints_who_came_and_what_was_sent(self):
        with socket.create_connection((self.host, self.server.port)) as client:
            port = client.getsockname()[1]
            client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nX-Trial: \x1b[2J\r\n\r\n")
            answer = programs.receive_all(client)
        mine = client_host(self.host)
        self.assertEqual(self.server.line(), f"{mine}:{port} bağlandı")
        self.assertEqual([self.server.line() for _ in range(3)], ["GET / HTTP/1.1", "Host: x", "X-Trial: .[2J"])
        self.assertTrue(answer.startswith(b"HTTP/1.1 200 OK\r\n"))

    def test_curl_gets_the_greeting_in_utf8(self):
        code, page, _ = programs.finish(["curl", "-sS", "--noproxy", "*", "-w", "\n%{http_code} %{content_type}", f"http://{self.where}/"])
        self.assertEqual(code, 0)
        self.assertIn(GREETING, page)
        self.assertEqual(page.splitlines()[-1].lower(), "200 text/html; charset=utf-8")

    def test_web_client_gets_the_greeting(self):
        code, answer, _ = programs.run("web_client", self.host, self.server.port)
        self.assertEqual(code, 0)
        self.assertIn(GREETING, answer)

    def test_a_silent_client_does_not_hold_up_another(self):
        with socket.create_connection((self.host, self.server.port)):
            code, page, _ = programs.finish(["curl", "-sS", "--noproxy", "*", f"http://{self.where}/"])
            self.assertEqual(code, 0)
            self.assertIn(GREETING, page)

    def test_ctrl_c_ends_it(self):
        with socket.create_connection((self.host, self.server.port)):
            self.server.line()
            self.server.interrupt()
            self.assertEqual(self.server.exit_code(), 0)

    def test_a_browser_shows_the_greeting(self):
        browser = shutil.which("chromium")
        if browser is None:
            self.skipTest("chromium is not installed (tools/setup test installs it)")
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
            command = [
                browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
                "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-proxy-server",
                "--disable-dev-shm-usage", f"--user-data-dir={profile}", "--dump-dom", f"http://{self.where}/",
            ]
            with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
                try:
                    page = process.communicate(timeout=60)[0].decode()
                finally:
                    process.kill()
        self.assertIn(f"<p>{GREETING}</p>", page)


def client_host(server_host):
    """The address a local client of that server comes from."""
    return "127.0.0.1" if server_host.startswith("127.") else server_host


if __name__ == "__main__":
    programs.main()
