#!/usr/bin/python3
"""`priz listen --hello`, asked by curl and by hand."""

import socket
import unittest

from harness import PATIENCE, Server, ToolTest, need, priz, run

BROWSER = (
    "GET / HTTP/1.1\r\nHost: localhost:1\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64)\r\n"
    "Accept: text/html,*/*;q=0.8\r\nAccept-Language: tr\r\nConnection: keep-alive\r\n\r\n"
).encode()
BODY = "Merhaba dünya!\n".encode()


class Hello(ToolTest):
    def setUp(self):
        super().setUp()
        self.server = Server(self, "--hello", "127.0.0.1:0")

    def ask(self, *parts):
        with socket.create_connection(self.server.address, PATIENCE) as s:
            for part in parts:
                s.sendall(part)
            answer = b""
            while data := s.recv(4096):
                answer += data
        head, _, body = answer.partition(b"\r\n\r\n")
        status, *lines = head.decode().split("\r\n")
        return status, {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}, body

    def test_curl_shows_the_page(self):
        code, out, err = run(need("curl"), "-sS", f"http://127.0.0.1:{self.server.port}/")
        self.assertEqual((code, out, err), (0, BODY, ""))

    def test_curl_sees_only_the_head_with_head(self):
        code, out, _ = run(need("curl"), "-sSI", f"http://127.0.0.1:{self.server.port}/")
        self.assertEqual(code, 0)
        self.assertIn(f"Content-Length: {len(BODY)}", out.decode())

    def test_a_browser_gets_a_whole_answer_in_utf_8(self):
        status, headers, body = self.ask(BROWSER)
        self.assertEqual((status, body), ("HTTP/1.1 200 OK", BODY))
        self.assertEqual(headers["content-type"], "text/plain; charset=utf-8")
        self.assertEqual(int(headers["content-length"]), len(body))
        self.assertEqual(headers["connection"], "close")
        self.assertIn("date", headers)

    def test_the_request_is_printed(self):
        self.ask(BROWSER)
        shown = self.server.out.until(b"\n\n")
        self.assertEqual(shown.replace(b"\n", b"\r\n"), BROWSER)

    def test_a_head_may_come_byte_by_byte(self):
        status, _, body = self.ask(*(bytes([byte]) for byte in BROWSER))
        self.assertEqual((status, body), ("HTTP/1.1 200 OK", BODY))

    def test_a_silent_connection_holds_up_nobody(self):
        with socket.create_connection(self.server.address, PATIENCE):
            self.assertEqual(self.ask(BROWSER)[2], BODY)

    def test_a_body_does_not_destroy_the_answer(self):
        status, headers, _ = self.ask(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n", b"x" * 1000000)
        self.assertEqual(status, "HTTP/1.1 405 Method Not Allowed")
        self.assertEqual(headers["allow"], "GET, HEAD")

    def test_what_is_no_request_is_refused(self):
        for request, code in {
            b"GET / HTTP/1.1\r\n\r\n": 400,  # no Host
            b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n": 400,
            b"GET /\r\n\r\n": 400,
            b"GET / HTML/1.0\r\nHost: a\r\n\r\n": 400,
            b"GET / HTTP/1.1\r\nHost : a\r\n\r\n": 400,
            b"GET /\x01 HTTP/1.1\r\nHost: a\r\n\r\n": 400,
            b"GET / HTTP/2.0\r\nHost: a\r\n\r\n": 505,
            b"GET / HTTP/1.0\r\n\r\n": 200,
            b"\r\nGET / HTTP/1.1\nHost: a\n\n": 200,
            b"GET /" + b"x" * 9000 + b" HTTP/1.1\r\n": 431,
            b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * 101: 431,
        }.items():
            with self.subTest(request[:40]):
                self.assertEqual(self.ask(request)[0].split()[1], str(code))

    def test_datagrams_cannot_speak_http(self):
        code, _, err = priz("listen", "--hello", "udp://127.0.0.1:0")
        self.assertEqual(code, 2)
        self.assertIn("no datagrams", err)


if __name__ == "__main__":
    unittest.main()
