#!/usr/bin/python3
"""The web servers of the examples on HTTP/2, with and without TLS: curl, nghttp, h2load, Node, a browser, openssl."""

import json
import os
import re
import signal
import subprocess
import tempfile
import unittest

import http_test
import programs

KNOWN = "--http2-prior-knowledge"
BIG = bytes(range(256)) * 4000

NODE = """
const http2 = require('http2');
const client = http2.connect(process.argv[1], {rejectUnauthorized: false});
const ask = (method, path, body) => new Promise((done, failed) => {
    const r = client.request({':method': method, ':path': path}, {endStream: body === undefined});
    let status, text = '', trailers;
    r.on('response', (head) => status = head[':status']);
    r.on('data', (piece) => text += piece);
    r.on('end', () => done(status + ' ' + text.trim()));
    r.on('error', failed);
    if (body !== undefined) r.end(body);
});
(async () => {
    const told = [await ask('PUT', '/notes/a%20b', 'by node')];
    told.push(...await Promise.all([...Array(50).keys()].map(() => ask('GET', '/notes/a%20b'))));
    told.push(await ask('DELETE', '/notes/a%20b'), await ask('GET', '/notes/a%20b'), await ask('GET', '/countdown'));
    console.log(JSON.stringify(told));
    client.close();
})();
"""

# RFC 8441, frame by frame: node has the stream, and nothing of WebSockets.
NODE_WEBSOCKET = """
const http2 = require('http2');
const client = http2.connect(process.argv[1], {rejectUnauthorized: false});
const masked = (first, bytes) => Buffer.concat([
    Buffer.from([first, 0x80 | bytes.length, 1, 2, 3, 4]), Buffer.from(bytes.map((b, i) => b ^ [1, 2, 3, 4][i % 4]))]);
client.on('remoteSettings', (settings) => {
    const told = [settings.enableConnectProtocol];
    const r = client.request({':method': 'CONNECT', ':protocol': 'websocket', ':path': process.argv[2],
                              'sec-websocket-version': '13'});
    let all = Buffer.alloc(0);
    r.on('response', (head) => { told.push(head[':status']); r.write(masked(0x81, Buffer.from('hello'))); });
    r.on('data', (piece) => {
        all = Buffer.concat([all, piece]);
        if (all.length === 7) r.write(masked(0x88, Buffer.from([3, 232])));
    });
    r.on('end', () => { told.push(all.toString('hex')); r.end(); });
    r.on('close', () => { told.push(r.rstCode); console.log(JSON.stringify(told)); client.close(); });
});
"""


def run(*command, **how):
    how = {"capture_output": True, "timeout": programs.SECONDS_MAX, "check": True} | how
    return subprocess.run(command, **how).stdout.decode()


def make_certificate(folder):
    certificate, key = os.path.join(folder, "certificate"), os.path.join(folder, "key")
    run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
        "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", key, "-out", certificate)
    return certificate, key


class SecureServer(http_test.Server):
    """The example that speaks TLS, with a certificate of the test's own."""

    def __init__(self):
        self.keys = tempfile.TemporaryDirectory()
        self.certificate, key = make_certificate(self.keys.name)
        # http_test.Server puts the endpoint first.
        super().__init__("secure_web", arguments=lambda where: (self.certificate, key, where))

    def url(self, path):
        return f"https://127.0.0.1:{self.port}{path}"

    def __exit__(self, *_):
        super().__exit__()
        self.keys.cleanup()


class Http2(unittest.TestCase):
    def test_curl_knows_that_it_is_spoken(self):
        with http_test.Server("web_notes") as server:
            note = server.url("/notes/first")
            self.assertEqual(http_test.curl(KNOWN, "-T", "-", note, given=b"a note"), b"stored\n")
            status = "\n%{http_code} %{http_version}"
            self.assertEqual(http_test.curl(KNOWN, "-w", status, note), b"a note\n200 2")
            self.assertEqual(http_test.curl(KNOWN, "-w", status, "-I", "-o", "/dev/null", note), b"\n200 2")
            self.assertEqual(http_test.curl(KNOWN, "-w", status, "-X", "DELETE", note), b"\n204 2")
            self.assertEqual(http_test.curl(KNOWN, "-w", status, note), b"there is no such note\n\n404 2")
            # The limit is told while the content is still coming.
            self.assertEqual(http_test.curl(KNOWN, "-w", status, "-T", "-", note, given=BIG)[-6:], b"\n413 2")
            self.assertEqual(http_test.curl(KNOWN, server.url("/countdown")), b"data: 3\n\ndata: 2\n\ndata: 1\n\n")
            # "Upgrade: h2c" was given up; who asks for it is answered in HTTP/1.1.
            self.assertEqual(http_test.curl("--http2", "-w", status, note)[-8:], b"\n404 1.1")

    def test_curl_agrees_on_it_in_the_handshake(self):
        with SecureServer() as server:
            for how, version in ("--http2", b"2"), ("--http1.1", b"1.1"):
                given = ["--cacert", server.certificate, how, "-w", "%{http_version}"]
                self.assertEqual(http_test.curl(*given, "-T", "-", server.url("/count"), given=BIG),
                                 b"1024000\n" + version)

    def test_files_arrive_whole(self):
        with tempfile.TemporaryDirectory() as folder:
            for name, content in ("big", BIG), ("small", b"x"), ("empty", b""):
                with open(os.path.join(folder, name), "wb") as file:
                    file.write(content)
            with http_test.Server("web_notes", folder) as server:
                for name, content in ("big", BIG), ("small", b"x"), ("empty", b""):
                    self.assertEqual(http_test.curl(KNOWN, server.url(f"/files/{name}")), content)
                part = http_test.curl(KNOWN, "-r", "1000-500999", server.url("/files/big"))
                self.assertEqual(part, BIG[1000:501000])

    def test_nghttp_sends_and_receives(self):
        with http_test.Server("web_notes") as server, tempfile.NamedTemporaryFile() as file:
            file.write(b"by nghttp")
            file.flush()
            self.assertEqual(run("nghttp", "-H", ":method: PUT", "-d", file.name, server.url("/notes/n")), "stored\n")
            said = run("nghttp", "-nv", "-m", "5", server.url("/notes/n"))
            self.assertEqual(len(re.findall(r":status: 200", said)), 5)
            self.assertEqual(re.findall(r"GOAWAY|RST_STREAM", said.replace("send GOAWAY", "")), [])

    def test_h2load_finds_no_fault(self):
        with SecureServer() as secure, http_test.Server("hello_web") as plain:
            # The first one's log goes into a pipe that nobody reads until the end.
            for url, count in (secure.url("/"), 500), (plain.url("/"), 5000):
                said = run("h2load", "-n", str(count), "-c", "4", "-m", "32", url)
                self.assertIn(f"{count} done, {count} succeeded, 0 failed, 0 errored, 0 timeout", said)

    def test_node_asks_side_by_side(self):
        with http_test.Server("web_notes") as server:
            told = json.loads(run("node", "-e", NODE, server.url("")))
        self.assertEqual(told[0], "201 stored")
        self.assertEqual(told[1:51], ["200 by node"] * 50)
        self.assertEqual(told[51:], ["204 ", "404 there is no such note", "200 data: 3\n\ndata: 2\n\ndata: 1"])

    def test_node_has_a_websocket_on_a_stream(self):
        with SecureServer() as secure, http_test.Server("websocket_echo") as plain:
            for url, path in (secure.url(""), "/echo"), (plain.url(""), "/"):
                told = json.loads(run("node", "-e", NODE_WEBSOCKET, url, path))
                self.assertEqual(told, [True, 200, "810568656c6c6f" + "880203e8", 0])

    def test_a_browser_has_page_events_and_websocket_on_one_connection(self):
        with SecureServer() as server, tempfile.TemporaryDirectory() as folder:
            browser = subprocess.Popen(
                ["chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                 "--ignore-certificate-errors", f"--user-data-dir={folder}/profile", server.url("/")],
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
            try:
                log = [server.line()]
                while not log[-1].startswith("GET /told?"):
                    log.append(server.line())
            finally:
                os.killpg(browser.pid, signal.SIGKILL)
                browser.wait()
        self.assertEqual(log[-1], "GET /told?h2%20event%203%20echo%20hello%20closed%201000 HTTP/2 204")
        for line in "GET / HTTP/2 200", "GET /echo HTTP/2 200":
            self.assertIn(line, log)

    def test_openssl_sees_which_protocol_was_agreed_on(self):
        with SecureServer() as server:
            for offered, agreed in ("h2,http/1.1", "ALPN protocol: h2"), ("http/1.1", "ALPN protocol: http/1.1"):
                said = run("openssl", "s_client", "-connect", f"127.0.0.1:{server.port}", "-alpn", offered, input=b"")
                self.assertIn(agreed, said)

    def test_a_server_that_drains_says_goodbye(self):
        with http_test.Server("web_notes") as server:
            with subprocess.Popen(["nghttp", "-nv", "-t", "20", server.url("/countdown")], stdout=subprocess.PIPE) as child:
                said = child.stdout.read().decode()
            self.assertIn(":status: 200", said)
            server.process.send_signal(signal.SIGTERM)
            self.assertEqual(server.exit_code(), 0)


if __name__ == "__main__":
    programs.main()
