#!/usr/bin/python3
"""The web clients of the examples, with Python's HTTP server."""

import http.server
import os
import pathlib
import ssl
import subprocess
import tempfile
import threading
import unittest

import programs

CONTENT = bytes(range(256)) * 4000


class Pages(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    seen = []

    def do_GET(self):
        self.seen.append((self.client_address, self.path, dict(self.headers)))
        if self.path == "/slow":
            return self.slow.wait(programs.SECONDS_MAX)
        if self.path == "/mine":
            return self.answer(302, b"", Location="/yours")
        if self.path == "/big":
            return self.big()
        if self.path == "/json":
            return self.answer(200, b'{"name": "priz"}', Content_Type="application/json")
        if self.path == "/absent":
            return self.answer(404, b"no")
        return self.answer(200, self.path.encode())

    def do_POST(self):
        content = self.rfile.read(int(self.headers["Content-Length"]))
        self.seen.append((self.client_address, self.path, content))
        self.answer(200, content, Content_Type=self.headers["Content-Type"])

    def answer(self, status, content, **fields):
        self.send_response(status)
        for name, value in fields.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def big(self):
        """Half of what is left, and then no more."""
        asked = self.headers.get("Range")
        first = int(asked.removeprefix("bytes=").removesuffix("-")) if asked else 0
        self.send_response(206 if asked else 200)
        self.send_header("ETag", '"one"')
        self.send_header("Content-Length", str(len(CONTENT) - first))
        if asked:
            self.send_header("Content-Range", f"bytes {first}-{len(CONTENT) - 1}/{len(CONTENT)}")
        self.end_headers()
        left = len(CONTENT) - first
        self.wfile.write(CONTENT[first : first + (left if left < 100_000 else left // 2)])
        self.close_connection = True

    def log_message(self, *_):
        pass


class Fetch(unittest.TestCase):
    def serve(self, certificate=None):
        Pages.seen = []
        Pages.slow = threading.Event()
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Pages)
        server.daemon_threads = True
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*certificate)
            server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()

        def end():
            Pages.slow.set()
            server.shutdown()
            thread.join()
            server.server_close()

        self.addCleanup(end)
        return f"{'https' if certificate else 'http'}://localhost:{server.server_port}"

    def run_program(self, name, *arguments, **more):
        environment = {key: value for key, value in os.environ.items() if not key.lower().endswith("_proxy")}
        with programs.Program(name, *arguments, env=environment | more) as program:
            printed = program.rest()
            return program.exit_code(), printed

    def test_json_over_https_in_three_lines(self):
        with tempfile.TemporaryDirectory() as folder:
            key, certificate = os.path.join(folder, "key.pem"), os.path.join(folder, "certificate.pem")
            subprocess.run(
                ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1", "-subj",
                 "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", certificate],
                check=True, capture_output=True,
            )
            base = self.serve((certificate, key))
            self.assertEqual(self.run_program("web_json", base + "/json", SSL_CERT_FILE=certificate), (0, '"priz"\n'))
            code, printed = self.run_program("web_json", base + "/absent", SSL_CERT_FILE=certificate)
            self.assertEqual(code, 1)
            self.assertIn("404 Not Found", printed)
        code, printed = self.run_program("web_json", base + "/json")
        self.assertEqual(code, 1, "nobody has signed for this server")
        self.assertIn("not signed by an authority that is trusted", printed)

    def test_a_session_asks_for_everything_on_one_connection(self):
        base = self.serve()
        code, printed = self.run_program("web_session", base)
        self.assertEqual(code, 0, printed)
        lines = printed.splitlines()
        self.assertEqual(lines[0], "200 /search?q=tea+%26+milk")
        self.assertEqual(lines[1], "200 application/x-www-form-urlencoded")
        self.assertEqual(lines[2], f"{base}/yours after 1 redirections")
        self.assertEqual(lines[3], "timed out")
        self.assertEqual([seen[2] for seen in Pages.seen if seen[1] == "/form"], [b"name=Ada"])
        users = [seen[2].get("Authorization") for seen in Pages.seen if seen[1] in ("/mine", "/yours")]
        self.assertEqual(users, ["Basic YWRhOnNlY3JldA=="] * 2)
        self.assertEqual(len({seen[0] for seen in Pages.seen if seen[1] in ("/search?q=tea+%26+milk", "/form")}), 1)

    def test_a_download_goes_on_where_it_was_cut_off(self):
        base = self.serve()
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "big")
            code, printed = self.run_program("web_download", base + "/big", path)
            self.assertEqual(code, 0, printed)
            self.assertEqual(path.read_bytes(), CONTENT)
        self.assertEqual(printed.splitlines()[-1], f"{len(CONTENT)} of {len(CONTENT)}")
        self.assertGreater(len(Pages.seen), 2)


if __name__ == "__main__":
    programs.main()
