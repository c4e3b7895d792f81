#!/usr/bin/python3
"""The programs of the recipes, with curl, Python, Node and OpenSSL at the other end."""

import asyncio
import concurrent.futures
import contextlib
import http.client
import http.server
import json
import os
import pathlib
import signal
import socket
import socketserver
import ssl
import subprocess
import tempfile
import threading
import unittest

import http2_test
import http_test
import programs

try:
    import websockets
except ImportError:
    websockets = None

CODE = ["-w", " %{http_code}"]
CONTENT = bytes(range(256)) * 4000

NODE_PLAIN_HTTP2 = """
const server = require('http2').createServer();
server.on('stream', (stream, head) => { stream.respond({':status': 200}); stream.end('you asked for ' + head[':path']); });
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
"""


class Pages(http.server.BaseHTTPRequestHandler):
    """Tells what it was asked; some pages are answered when all of those who are expected have come."""

    protocol_version = "HTTP/1.1"
    all_are_here = threading.Barrier(3)

    def do_GET(self):
        if self.path.startswith("/hop/"):
            left = int(self.path.removeprefix("/hop/"))
            if left > 0:
                return self.answer(302, b"", Location=f"/hop/{left - 1}")
        if self.path == "/login":
            return self.answer(302, b"", **{"Location": "/cookies", "Set-Cookie": "id=7; Path=/; HttpOnly"})
        if self.path == "/cookies":
            return self.answer(200, str(self.headers["Cookie"]).encode(), **{"Set-Cookie": "seen=1"})
        if self.path.startswith("/together/"):
            self.all_are_here.wait(programs.SECONDS_MAX)
        self.answer(200, self.path.encode())

    def do_PUT(self):
        self.answer(201, str(self.content() == CONTENT).encode())

    def do_POST(self):
        told = {"type": self.headers["Content-Type"], "accepts": self.headers["Accept"], "told": json.loads(self.content())}
        self.answer(422 if self.path == "/refuse" else 500 if self.path == "/fail" else 200, json.dumps(told).encode())

    def content(self):
        return self.rfile.read(int(self.headers["Content-Length"]))

    def answer(self, status, content, **fields):
        self.send_response(status)
        for name, value in fields.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def address_string(self):
        return "somebody"

    def log_message(self, *_):
        pass


class UnixServer(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True


@contextlib.contextmanager
def running(server):
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextlib.contextmanager
def pages(context=None):
    """Python's server: its origin."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Pages)
    server.daemon_threads = True
    if context:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    with running(server):
        yield f"http{'s' if context else ''}://127.0.0.1:{server.server_port}"


def end_of(name, *arguments):
    """How a client ends where the environment names no proxies: (exit code, what it printed, its complaints)."""
    environment = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    return programs.run(name, *arguments, env=environment)


def run(name, *arguments):
    """What a client prints that ends well."""
    code, printed, complaint = end_of(name, *arguments)
    assert code == 0, complaint
    return printed


def secure_server(name, certificate, key, *more):
    return http_test.Server(name, arguments=lambda where: (certificate, key, *more, where))


class Clients(unittest.TestCase):
    def test_a_file_is_uploaded_whole(self):
        with pages() as origin, tempfile.NamedTemporaryFile() as file:
            file.write(CONTENT)
            file.flush()
            self.assertEqual(run("recipe_upload", origin + "/", file.name), "201 True\n")

    def test_json_is_sent(self):
        with pages() as origin:
            sent = '{"name": "d\\u00fcnya"}'
            told = {"type": "application/json", "accepts": "application/json", "told": {"name": "dünya"}}
            self.assertEqual(json.loads(run("recipe_send_json", origin + "/", sent)), told)
            code, printed, _ = end_of("recipe_send_json", origin + "/refuse", "1")
            self.assertEqual((code, printed.partition("{")[0]), (3, "not taken: "))
            code, _, complaint = end_of("recipe_send_json", origin + "/fail", "1")
            self.assertEqual(code, 1)
            self.assertIn("500", complaint)

    def test_a_private_authority_is_trusted_and_a_certificate_shown(self):
        with tempfile.TemporaryDirectory() as folder:
            certificate, key = http2_test.make_certificate(folder)
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate, key)
            with pages(context) as origin:
                self.assertEqual(run("recipe_private_authority", origin + "/page", certificate), "/page")
                other = pathlib.Path(folder, "other")
                other.mkdir()
                code, _, complaint = end_of("recipe_private_authority", origin + "/page", http2_test.make_certificate(other)[0])
                self.assertEqual(code, 1)
                self.assertIn("not signed by an authority that is trusted", complaint)

    def test_a_server_that_wants_a_certificate_is_shown_one(self):
        with tempfile.TemporaryDirectory() as folder:
            certificate, key = http2_test.make_certificate(folder)
            context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=certificate)
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_cert_chain(certificate, key)
            with pages(context) as origin:
                self.assertEqual(run("recipe_private_authority", origin + "/page", certificate, certificate, key), "/page")
                self.assertEqual(end_of("recipe_private_authority", origin + "/page", certificate)[0], 1)

    def test_a_proxy_is_asked_for_everything_but_what_is_near(self):
        with pages() as origin:
            # Nobody has that name: who gets an answer has asked the proxy, which tells what it was asked for.
            self.assertEqual(run("recipe_proxy", origin, "http://page.invalid/x"), "http://page.invalid/x")
            near = origin.replace("127.0.0.1", "localhost")
            self.assertEqual(run("recipe_proxy", origin, near + "/x"), "/x")

    def test_a_unix_socket_is_asked(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "socket")
            with running(UnixServer(path, Pages)):
                self.assertEqual(run("recipe_unix_socket", path, "http://localhost/page"), "/page")

    def test_a_server_of_ours_listens_at_a_unix_socket(self):
        with tempfile.TemporaryDirectory() as folder:
            path, notify = os.path.join(folder, "socket"), os.path.join(folder, "notify")
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
                manager.bind(notify)
                with programs.Program("hello_web", "unix:" + path, env=os.environ | {"NOTIFY_SOCKET": notify}):
                    self.assertIn(b"READY=1", manager.recv(1000))
                    self.assertEqual(http_test.curl("--unix-socket", path, "http://localhost/greet/Ada"), b"Hello, Ada")

    def test_pages_are_fetched_side_by_side(self):
        with pages() as origin:
            urls = [f"{origin}/together/{i}" for i in range(Pages.all_are_here.parties)]
            self.assertEqual(run("recipe_side_by_side", *urls), "".join(f"11 {url}\n" for url in urls))

    def test_cookies_are_told_again(self):
        with pages() as origin:
            self.assertEqual(run("recipe_cookies", origin + "/login", origin + "/cookies"),
                             "200 id=7\n200 id=7; seen=1\nid=7 for 127.0.0.1/\nseen=1 for 127.0.0.1/\n")

    def test_redirections_are_shown_and_followed(self):
        with pages() as origin:
            self.assertEqual(run("recipe_redirects", origin + "/hop/2"),
                             f"302 to /hop/1\npassed {origin}/hop/2\npassed {origin}/hop/1\n200 at {origin}/hop/0\n")
            code, printed, complaint = end_of("recipe_redirects", origin + "/hop/4")
            self.assertEqual((code, printed), (1, "302 to /hop/3\n"))
            self.assertIn("redirect", complaint)

    def test_http2_is_spoken_without_tls(self):
        with subprocess.Popen(["node", "-e", NODE_PLAIN_HTTP2], stdout=subprocess.PIPE, text=True) as server:
            try:
                origin = f"http://127.0.0.1:{int(server.stdout.readline())}"
                self.assertEqual(run("recipe_plain_http2", origin + "/page"), "HTTP/2 200 you asked for /page\n")
            finally:
                server.kill()


class Servers(unittest.TestCase):
    def test_json_is_answered(self):
        with http_test.Server("recipe_answer_json") as server:
            ask = ["-w", " %{content_type} %{http_code}", server.url("/greet"), "--data-binary"]
            self.assertEqual(http_test.curl(*ask, '{"name": "dünya"}'), '{"greeting":"Hello, dünya"} application/json 200'.encode())
            for text in "{", "[]", '{"name": 1}':
                self.assertTrue(http_test.curl(*ask, text).endswith(b" 400"), text)

    def test_queries_and_forms_are_read(self):
        with http_test.Server("recipe_form") as server:
            found = http_test.curl("--get", "--data-urlencode", "q=tea & dünya", server.url("/search"))
            self.assertEqual(found, "You look for tea & dünya.\n".encode())
            self.assertEqual(http_test.curl(server.url("/search")), b"You look for nothing.\n")
            filled = ["--data-urlencode", "name=Ada & Co", "--data-urlencode", "x=1=2"]
            self.assertEqual(http_test.curl(*filled, server.url("/form")), b"name: Ada & Co\nx: 1=2\n")
            self.assertEqual(http_test.curl(*CODE, "--data", "x=%", server.url("/form")), b"that is no form\n 400")
            self.assertEqual(http_test.curl(*CODE, server.url("/search?q=%"))[-4:], b" 400")

    def test_a_form_with_files_is_taken(self):
        with http_test.Server("recipe_upload_form") as server, tempfile.NamedTemporaryFile() as file:
            file.write(CONTENT)
            file.flush()
            said = http_test.curl("-F", "who=dünya", "-F", f"photo=@{file.name};filename=a \"b\".jpg", "-F", "empty=", server.url("/"))
            name, size = said.decode().splitlines()[1].removeprefix("photo: ").rsplit(", ", 1)
            self.assertIn(name, ('a "b".jpg', "a %22b%22.jpg"))  # curl changed its mind
            self.assertEqual(size, f"{len(CONTENT)} bytes")
            self.assertEqual(said.decode().splitlines()[::2], ["who: dünya", "empty: "])
            self.assertTrue(http_test.curl(*CODE, "-d", "a=b", server.url("/")).endswith(b" 415"))

    def test_many_threads_serve_one_port(self):
        with socket.socket() as kept:
            kept.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            kept.bind(("127.0.0.1", 0))
            where = "127.0.0.1:%d" % kept.getsockname()[1]
            with http_test.Server("recipe_threads", arguments=lambda _: (where,)) as server:
                def visit(_):
                    return int(http_test.curl(server.url("/")).removeprefix(b"You are visitor "))

                with concurrent.futures.ThreadPoolExecutor(8) as pool:
                    self.assertEqual(sorted(pool.map(visit, range(40))), list(range(1, 41)))
                server.process.send_signal(signal.SIGTERM)
                self.assertEqual(server.exit_code(), 0)

    def test_what_is_large_is_refused(self):
        with http_test.Server("recipe_limits") as server:
            put = [*CODE, "-T", "-", server.url("/")]
            self.assertEqual(http_test.curl(*put, given=b"x" * 100_000), b"100000 bytes\n 200")
            self.assertEqual(http_test.curl(*put, given=b"x" * 100_001)[-4:], b" 413")
            large = [part for i in range(3) for part in ("-H", f"X-{i}: {'x' * 6000}")]
            self.assertEqual(http_test.curl(*CODE, *large, server.url("/"))[-4:], b" 431")

    def test_what_is_slow_is_refused(self):
        with http_test.Server("recipe_limits", 0.05) as server:
            for part in "PUT / HTTP/1.1\r\nHost: lo", "PUT / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\nx":
                with socket.create_connection(("127.0.0.1", server.port), programs.SECONDS_MAX) as s:
                    s.sendall(part.encode())
                    self.assertEqual(programs.receive_all(s).split(b" ")[1], b"408")

    def test_what_one_says_all_hear(self):
        self.assertIsNotNone(websockets, "python3-websockets is missing")

        async def talk(url):
            async with websockets.connect(url) as ada:
                # Who hears what it says itself is a member.
                await ada.send("ada")
                self.assertEqual(await ada.recv(), "ada")
                async with websockets.connect(url) as bob:
                    await bob.send("bob")
                    self.assertEqual([await ada.recv(), await bob.recv()], ["bob"] * 2)
                    await ada.send("hello")
                    self.assertEqual([await ada.recv(), await bob.recv()], ["hello"] * 2)
                await ada.send("alone")
                self.assertEqual(await ada.recv(), "alone")

        with http_test.Server("recipe_broadcast") as server:
            asyncio.run(talk(f"ws://127.0.0.1:{server.port}/"))

    def test_strangers_are_not_served(self):
        with tempfile.TemporaryDirectory() as folder:
            certificate, key = http2_test.make_certificate(folder)
            with secure_server("recipe_client_certificates", certificate, key, certificate) as server:
                ask = ["curl", "-q", "--silent", "--cacert", certificate, f"https://127.0.0.1:{server.port}/"]
                mine = ["--cert", certificate, "--key", key]

                def asked(*more):
                    return subprocess.run([*ask, *more], capture_output=True, timeout=programs.SECONDS_MAX)

                self.assertEqual(asked(*mine).stdout, b"You are one of us.\n")
                self.assertNotEqual(asked().returncode, 0)
                self.assertNotEqual(asked(*mine, "--tls-max", "1.2").returncode, 0)

    def test_a_certificate_is_replaced_while_it_is_used(self):
        def shown(context, port, keeps):
            s = context.wrap_socket(socket.create_connection(("127.0.0.1", port), programs.SECONDS_MAX))
            keeps.append(s)
            return s.getpeercert(True)

        with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as ends:
            certificate, key = http2_test.make_certificate(folder)
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            server = ends.enter_context(secure_server("recipe_reload_certificate", certificate, key))
            keeps = []
            ends.callback(lambda: [s.close() for s in keeps])

            def replace():
                http2_test.make_certificate(folder)
                return ssl.PEM_cert_to_DER_cert(pathlib.Path(certificate).read_text())

            first = ssl.PEM_cert_to_DER_cert(pathlib.Path(certificate).read_text())
            self.assertEqual(shown(context, server.port, keeps), first)
            second = replace()
            server.process.send_signal(signal.SIGHUP)
            self.assertEqual(server.line(), "reloaded")
            self.assertEqual(shown(context, server.port, keeps), second)
            self.assertNotEqual(first, second)
            # A file that is none leaves everything as it was.
            pathlib.Path(certificate).write_text("no certificate")
            server.process.send_signal(signal.SIGHUP)
            self.assertNotEqual(server.line(), "reloaded")
            self.assertEqual(shown(context, server.port, keeps), second)
            for s in keeps:
                s.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                self.assertTrue(programs.receive_all(s).endswith(b"Hello, World!"))

    def test_everybody_is_sent_to_https(self):
        with http2_test.SecureServer() as secure:
            origin = f"https://127.0.0.1:{secure.port}"
            with http_test.Server("recipe_to_https", arguments=lambda where: (origin, where)) as server:
                shown = ["-o", os.devnull, "-w", "%{http_code} %{redirect_url}"]
                for more in [], ["-H", "Host: www.example.org"]:
                    told = http_test.curl(*shown, *more, server.url("/a%20b?q=1"))
                    self.assertEqual(told, f"308 {origin}/a%20b?q=1".encode())
                follow = ["--location", "--cacert", secure.certificate, "-X", "PUT", "--data", "12345"]
                self.assertEqual(http_test.curl(*follow, server.url("/count")), b"5\n")


if __name__ == "__main__":
    programs.main()
