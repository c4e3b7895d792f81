#!/usr/bin/python3
"""The web servers of the examples, asked by curl, by Python and by Node, side by side and badly behaved."""

import concurrent.futures
import http.client
import os
import re
import signal
import socket
import subprocess
import tempfile
import unittest

import programs
import short_test


class Server(programs.Program):
    """A server at a free port, which it tells its service manager: this test."""

    def __init__(self, name, *more, arguments=lambda where: (where,)):
        self.folder = tempfile.TemporaryDirectory()
        path = os.path.join(self.folder.name, "notify")
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
            manager.bind(path)
            manager.settimeout(programs.SECONDS_MAX / 2)
            super().__init__(name, *arguments("127.0.0.1:0"), *more, env=os.environ | {"NOTIFY_SOCKET": path})
            said = manager.recv(1000).decode()
        self.port = int(re.search(r"^STATUS=Serving at 127\.0\.0\.1:(\d+)$", said, re.MULTILINE)[1])

    def url(self, path):
        return f"http://127.0.0.1:{self.port}{path}"

    def __exit__(self, *_):
        super().__exit__()
        self.folder.cleanup()


def curl(*arguments, given=b""):
    ran = subprocess.run(
        ["curl", "-q", "--silent", "--show-error", "--max-time", str(programs.SECONDS_MAX), *arguments],
        input=given, capture_output=True, timeout=2 * programs.SECONDS_MAX,
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


NODE = """
const http = require('http');
const agent = new http.Agent({keepAlive: true, maxSockets: 1});
const ask = (method, path, body) => new Promise((done, failed) => {
    const r = http.request({port: process.argv[1], host: '127.0.0.1', method, path, agent}, (answer) => {
        let text = '';
        answer.on('data', (piece) => text += piece);
        answer.on('end', () => done(answer.statusCode + ' ' + text.trim()));
    });
    r.on('error', failed);
    r.end(body);
});
(async () => {
    console.log(await ask('PUT', '/notes/a%20b', 'by node'));
    console.log(await ask('GET', '/notes/a%20b'));
    console.log(await ask('DELETE', '/notes/a%20b'));
    console.log(await ask('GET', '/notes/a%20b'));
    console.log(await ask('GET', '/countdown'));
})();
"""


class Web(unittest.TestCase):
    def test_two_routes_are_six_lines(self):
        self.assertLessEqual(short_test.lines_of_main("hello_web"), 6)

    def test_a_server_with_two_routes_answers_and_drains(self):
        with Server("hello_web") as server:
            self.assertEqual(curl(server.url("/")), b"Hello, World!")
            self.assertEqual(curl(server.url("/greet/d%C3%BCnya")), "Hello, dünya".encode())
            idle = socket.create_connection(("127.0.0.1", server.port), programs.SECONDS_MAX)
            server.process.send_signal(signal.SIGTERM)
            self.assertEqual(idle.recv(1), b"")
            self.assertEqual(server.exit_code(), 0)

    def test_an_address_that_is_none_is_told_and_no_more(self):
        code, printed, complaint = programs.run("hello_web", "no port here")
        self.assertEqual((code, printed), (1, ""))
        self.assertIn("no port here", complaint)
        with programs.listener() as taken:
            code, _, complaint = programs.run("web_notes", "127.0.0.1:%d" % taken.getsockname()[1])
        self.assertEqual(code, 1)
        self.assertIn("address already in use", complaint.lower())

    def test_curl_stores_reads_and_removes(self):
        with Server("web_notes") as server:
            place = server.url("/notes/first")
            code = ["--write-out", "%{http_code}"]
            self.assertEqual(curl(*code, "-T", "-", place, given=b"in chunks"), b"stored\n201")
            self.assertEqual(curl(place), b"in chunks")
            # Long enough for curl to wait for 100 (Continue).
            text = b"x" * 99_000
            self.assertEqual(curl(*code, "-X", "PUT", "-H", "Expect: 100-continue", "--data-binary", "@-", place, given=text),
                             b"stored\n200")
            self.assertEqual(curl(place), text)
            self.assertEqual(curl(*code, "-T", "-", place, given=text + text), b"Content Too Large413")
            self.assertEqual(curl(*code, "--head", "--output", os.devnull, place), b"200")
            self.assertEqual(curl(*code, "-X", "DELETE", place), b"204")
            self.assertEqual(curl(*code, place), b"there is no such note\n404")
            self.assertEqual(curl(server.url("/countdown")), b"data: 3\n\ndata: 2\n\ndata: 1\n\n")
            self.assertEqual(curl("--http1.0", server.url("/countdown")), b"data: 3\n\ndata: 2\n\ndata: 1\n\n")

    def test_python_asks_many_times_on_one_connection(self):
        with Server("web_notes") as server:
            connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=programs.SECONDS_MAX)
            port = None
            for i in range(20):
                connection.request("PUT", "/notes/n", body=iter([b"%d" % i, b" times"]), encode_chunked=True,
                                   headers={"Transfer-Encoding": "chunked"})
                self.assertIn(connection.getresponse().read(), b"stored\n")
                connection.request("GET", "/notes/n")
                self.assertEqual(connection.getresponse().read(), b"%d times" % i)
                port = port or connection.sock.getsockname()
                self.assertEqual(connection.sock.getsockname(), port)
            connection.close()

    def test_node_keeps_its_connection(self):
        with Server("web_notes") as server:
            said = subprocess.run(["node", "-e", NODE, str(server.port)], capture_output=True, text=True,
                                  timeout=programs.SECONDS_MAX, check=True).stdout
            self.assertEqual(said, "201 stored\n200 by node\n204 \n404 there is no such note\n"
                                   "200 data: 3\n\ndata: 2\n\ndata: 1\n")

    def test_files_are_sent_whole_and_in_parts(self):
        with tempfile.TemporaryDirectory() as folder:
            content = os.urandom(3_000_000)
            with open(os.path.join(folder, "big.bin"), "wb") as file:
                file.write(content)
            with open(os.path.join(folder, "page.html"), "wb") as file:
                file.write(b"<p>page</p>")
            with Server("web_notes", folder) as server:
                self.assertEqual(curl(server.url("/files/big.bin")), content)
                self.assertEqual(curl("-r", "1000000-1999999", server.url("/files/big.bin")), content[1000000:2000000])
                self.assertEqual(curl("--write-out", "%{content_type}", server.url("/files/page.html")),
                                 b"<p>page</p>text/html; charset=utf-8")
                kept = os.path.join(folder, "kept")
                with open(kept, "wb") as file:
                    file.write(content[:1234567])
                curl("-C", "-", "-o", kept, server.url("/files/big.bin"))
                with open(kept, "rb") as file:
                    self.assertEqual(file.read(), content)
                self.assertEqual(curl("--path-as-is", "--write-out", "%{http_code}", server.url("/files/../../etc/passwd")),
                                 b"Not Found404")

    def test_many_clients_at_once(self):
        with Server("web_notes") as server:
            def use(i):
                connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=programs.SECONDS_MAX)
                text = b"%d" % i * 1000
                connection.request("PUT", f"/notes/{i}", body=text)
                connection.getresponse().read()
                connection.request("GET", f"/notes/{i}")
                return connection.getresponse().read() == text

            with concurrent.futures.ThreadPoolExecutor(20) as pool:
                self.assertTrue(all(pool.map(use, range(100))))


if __name__ == "__main__":
    programs.main()
