#!/usr/bin/python3
"""web_client, with Python's HTTP server and with a server that looks closely."""

import http.server
import socket
import threading
import unittest

import programs


class Page(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        body = f"the page {self.path}\n".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class WebClient(unittest.TestCase):
    def fetch(self, server, *arguments):
        """What the client sends, and what it prints when told `answer`."""
        with programs.Program("web_client", *arguments) as client:
            with server.accept()[0] as connection:
                request = programs.receive_all(connection)  # to the end: the client has shut its side
                connection.sendall(b"HTTP/1.1 200 OK\r\n\r\nfine")
            return request, client.rest(), client.exit_code()

    def test_pythons_web_server_answers_it(self):
        with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page) as server:
            thread = threading.Thread(target=server.serve_forever)
            thread.start()
            code, printed, _ = programs.run("web_client", "127.0.0.1", server.server_port, "/some/where?x=1")
            server.shutdown()
            thread.join()
        self.assertEqual(code, 0)
        self.assertTrue(printed.startswith("HTTP/1.1 200 OK\r\n"))
        self.assertTrue(printed.endswith("\r\n\r\nthe page /some/where?x=1\n"))

    def test_the_request_is_right_to_the_byte_and_then_half_closed(self):
        with programs.listener() as server:
            port = server.getsockname()[1]
            request, printed, code = self.fetch(server, "localhost", port, "/a")
        self.assertEqual(request, f"GET /a HTTP/1.1\r\nHost: localhost:{port}\r\nConnection: close\r\n\r\n".encode())
        self.assertEqual((printed, code), ("HTTP/1.1 200 OK\r\n\r\nfine", 0))

    def test_an_ipv6_host_stands_in_brackets(self):
        with programs.listener(socket.AF_INET6) as server:
            port = server.getsockname()[1]
            request, _, code = self.fetch(server, "::1", port)
        self.assertIn(f"\r\nHost: [::1]:{port}\r\n".encode(), request)
        self.assertEqual(code, 0)

    def test_a_header_cannot_be_smuggled_in(self):
        for arguments in ("localhost", 80, "/a b"), ("localhost", 80, "/\r\nX: y"), ("local\nhost", 80):
            code, _, complaints = programs.run("web_client", *arguments)
            self.assertEqual(code, 2, complaints)

    def test_without_a_server_it_says_so(self):
        with programs.port_without_server() as nobody:
            code, _, complaints = programs.run("web_client", "127.0.0.1", nobody.getsockname()[1])
            self.assertEqual(code, 1)
            self.assertIn("connection refused", complaints)


if __name__ == "__main__":
    programs.main()
