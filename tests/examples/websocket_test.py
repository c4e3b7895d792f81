#!/usr/bin/python3
"""The WebSocket examples, with Python's websockets, Node's ws and a browser at the other end."""

import asyncio
import http.server
import json
import os
import queue
import signal
import subprocess
import tempfile
import threading
import unittest

import http_test
import programs
import short_test

try:
    import websockets
except ImportError:
    websockets = None

NODE_CLIENT = """
const WebSocket = require('ws');
const ws = new WebSocket(process.argv[1], {perMessageDeflate: process.argv[2] === 'deflate'});
const sent = ['', 'hello', 'd\\u00fcnya \\u{1f600}', 'x'.repeat(70000)];
const got = [];
ws.on('open', () => { sent.forEach((m) => ws.send(m)); ws.send(Buffer.from([0, 255])); ws.ping('p'); });
let pongs = 0;
ws.on('pong', (data) => { if (data.toString() === 'p') ++pongs; });
ws.on('message', (data, isBinary) => {
    got.push(isBinary ? [...data] : data.toString());
    if (got.length === 5) setImmediate(() => ws.close(4001, 'done'));
});
ws.on('close', (code) => {
    const same = JSON.stringify(got) === JSON.stringify([...sent, [0, 255]]);
    console.log(JSON.stringify([same, pongs, code]));
});
"""
NODE_SERVER = """
const {WebSocketServer} = require('ws');
const all = new WebSocketServer({host: '127.0.0.1', port: 0, perMessageDeflate: process.argv[1] === 'deflate'});
all.on('connection', (ws) => ws.on('message', (data, isBinary) => ws.send(data, {binary: isBinary})));
all.on('listening', () => console.log(all.address().port));
"""
# Debian keeps its modules there.
NODE_ENVIRONMENT = os.environ | {"NODE_PATH": "/usr/share/nodejs"}
MESSAGES = ["hello", "dünya", "x" * 100_000]


class WebSocket(unittest.TestCase):
    def test_the_echo_server_is_five_lines(self):
        self.assertLessEqual(short_test.lines_of_main("websocket_echo"), 5)

    def test_it_echoes_to_the_clients_of_python(self):
        self.assertIsNotNone(websockets, "python3-websockets is missing")

        async def talk(url):
            async with websockets.connect(url, max_size=None) as ws:
                for message in MESSAGES + [b"\x00\xff", b""]:
                    await ws.send(message)
                    self.assertEqual(await ws.recv(), message)
                await ws.send(iter(["in ", "three ", "fragments"]))
                self.assertEqual(await ws.recv(), "in three fragments")
                await (await ws.ping("p"))
            self.assertEqual(ws.close_code, 1000)

        with http_test.Server("websocket_echo") as server:
            asyncio.run(talk(f"ws://127.0.0.1:{server.port}/"))

    def test_a_server_that_ends_says_so(self):
        async def stay(server):
            async with websockets.connect(f"ws://127.0.0.1:{server.port}/") as ws:
                await ws.send("here")
                await ws.recv()
                server.process.send_signal(signal.SIGTERM)
                await ws.wait_closed()
            self.assertEqual(ws.close_code, 1001)

        with http_test.Server("websocket_echo") as server:
            asyncio.run(stay(server))
            self.assertEqual(server.exit_code(), 0)

    def test_it_echoes_to_the_clients_of_node(self):
        with http_test.Server("websocket_echo") as server:
            for how in "plain", "deflate":
                said = subprocess.run(
                    ["node", "-e", NODE_CLIENT, f"ws://127.0.0.1:{server.port}/", how],
                    capture_output=True, text=True, timeout=programs.SECONDS_MAX, env=NODE_ENVIRONMENT, check=True,
                ).stdout
                self.assertEqual(json.loads(said), [True, 1, 4001])

    def test_the_client_talks_to_the_server_of_python(self):
        async def echo(ws, *_):
            async for message in ws:
                await ws.send(message)

        async def serve():
            async with websockets.serve(echo, "127.0.0.1", 0, max_size=None) as server:
                port = server.sockets[0].getsockname()[1]
                return await asyncio.to_thread(
                    programs.run, "websocket_client", f"ws://127.0.0.1:{port}/", "hello", "dünya", "again")

        code, printed, _ = asyncio.run(serve())
        self.assertEqual((code, printed), (0, "hello\ndünya\nagain\nclosed with 1000\n"))

    def test_the_client_talks_to_the_server_of_node(self):
        for how in "plain", "deflate":
            with subprocess.Popen(["node", "-e", NODE_SERVER, how], stdout=subprocess.PIPE, text=True,
                                  env=NODE_ENVIRONMENT) as server:
                try:
                    port = int(server.stdout.readline())
                    code, printed, _ = programs.run("websocket_client", f"ws://127.0.0.1:{port}/", "one", "x" * 50_000)
                    self.assertEqual((code, printed), (0, "one\n" + "x" * 50_000 + "\nclosed with 1000\n"))
                finally:
                    server.kill()

    def test_a_page_of_another_origin_may_not_connect(self):
        page = """<!doctype html><script>
            const tell = (text) => fetch('/told?' + text);
            const ws = new WebSocket('ws://127.0.0.1:%d/');
            ws.onopen = () => tell('open');
            ws.onerror = () => tell('refused');
        </script>"""
        told = queue.Queue()

        class Pages(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                if self.path.startswith("/told?"):
                    told.put(self.path)
                self.send_response(200)
                self.send_header("Content-Type", "text/html")
                self.end_headers()
                self.wfile.write((page % server.port).encode())

            def log_message(self, *_):
                pass

        with http_test.Server("websocket_echo") as server, tempfile.TemporaryDirectory() as folder:
            other = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Pages)
            threading.Thread(target=other.serve_forever, daemon=True).start()
            browser = subprocess.Popen(
                ["chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                 f"--user-data-dir={folder}/profile", f"http://127.0.0.1:{other.server_port}/page.html"],
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
            try:
                self.assertEqual(told.get(timeout=programs.SECONDS_MAX / 2), "/told?refused")
            finally:
                os.killpg(browser.pid, signal.SIGKILL)
                browser.wait()
                other.shutdown()


if __name__ == "__main__":
    programs.main()
