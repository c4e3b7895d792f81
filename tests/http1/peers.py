#!/usr/bin/python3
"""Sends the requests of messages.txt to nginx, Node and Python's http.server, and holds what they do otherwise to the
differences that stand there.

    peers.py [--show] [PEER...]

A peer does otherwise where it answers another number of requests well than priz reads. Each such difference is a line
below the message, `nginx reads 1 @lf`: how many, and the note of the table's end that explains it. Where the numbers
agree, Node and Python also tell the method, the target and a hash of the content of each request; where these are not
what priz reads, that is a difference too, of the same number. Fields are not compared. The differences are those of certain versions, which the table names; a peer of
another version, or one that is not there, is left out, as the last line says.
"""

import hashlib
import os
import re
import shutil
import socket
import socketserver
import subprocess
import sys
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from http.server import BaseHTTPRequestHandler
from pathlib import Path

TABLE = Path(__file__).resolve().parent / "messages.txt"
TIMEOUT = 10

NGINX_CONF = """
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 256; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    server {{ listen unix:{path}; location / {{ return 200 "ok"; }} }}
}}
"""

NODE_SERVER = """
const {createHash} = require('crypto');
const told = (request, hash) => `${request.method} ${request.url} ${hash.digest('hex')}`;
const server = require('http').createServer((request, response) => {
    const hash = createHash('sha256');
    request.on('data', piece => hash.update(piece));
    request.on('end', () => response.setHeader('X-Read', told(request, hash)).end('ok'));
});
server.on('connect', (request, socket) => {
    const read = told(request, createHash('sha256'));
    socket.end(`HTTP/1.1 200 OK\\r\\nX-Read: ${read}\\r\\n\\r\\n`);
});
server.listen(process.argv[1], () => console.log('ready'));
"""


def unescape(text):
    def one(match):
        if match[1]:
            return unescape(match[1]) * int(match[2])
        code = match[3]
        return bytes([int(code[1:], 16)]) if code[0] == "x" else {"r": b"\r", "n": b"\n", "t": b"\t", "0": b"\0"}.get(code, code.encode())

    out, at = b"", 0
    for match in re.finditer(r"\\\{(.*?)\*(\d+)\}|\\(x[0-9a-f]{2}|.)", text):
        out += text[at : match.start()].encode() + one(match)
        at = match.end()
    return out + text[at:].encode()


class Case:
    def __init__(self, line, message):
        self.line, self.message, self.reading, self.differences = line, unescape(message), "", {}

    def read_by_priz(self):
        """How many messages are read to their end."""
        return len(re.findall(r"(?:^| \| )reads ", self.reading))

    def told_by_priz(self):
        """Method, target and content of each, as Node and Python tell them; nothing where the table has them shortened."""
        told = []
        for reading in self.reading.split(" | "):
            if "…" in reading:
                return None
            if match := re.match(r"reads (\S+) (\S+) (?:origin|absolute|authority|asterisk) .*?(?: content=(.*?))?(?: trailers .*)?$", reading):
                content = hashlib.sha256(unescape(match[3] or "")).hexdigest()
                told.append(f"{match[1]} {match[2]} {content}".encode())
        return told


def read_table():
    cases, versions, notes = [], {}, set()
    skip = False
    for number, line in enumerate(TABLE.read_text().splitlines(), 1):
        if match := re.match(r"# (nginx|node|python) (\S+)$", line):
            versions[match[1]] = match[2]
        elif match := re.match(r"# (@\w+) ", line):
            notes.add(match[1])
        elif line.startswith("        "):
            peer, _, count, note = line.split()
            cases[-1].differences[peer] = (int(count), note)
        elif line.startswith("    ") and not skip:
            cases[-1].reading = line.strip()
        elif line.startswith("request "):
            skip = False
            cases.append(Case(number, line.removeprefix("request ")))
        elif line and not line.startswith(("#", " ")):
            skip = True
    return cases, versions, notes


class Handler(BaseHTTPRequestHandler):
    """A server as the module's documentation shows it, for every method, which reads the content that it is told of."""

    protocol_version = "HTTP/1.1"

    def __getattr__(self, name):
        if not name.startswith("do_"):
            raise AttributeError(name)
        return self.answer

    def answer(self):
        content = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.send_response(200)
        self.send_header("X-Read", f"{self.command} {self.path} {hashlib.sha256(content).hexdigest()}")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args):
        pass

    def address_string(self):
        return ""


class PythonServer(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request, address):
        pass


def start_python(folder, path):
    server = PythonServer(path, Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.shutdown


def start_nginx(folder, path):
    conf = Path(folder) / "nginx.conf"
    conf.write_text(NGINX_CONF.format(folder=folder, path=path))
    # Before it has read its configuration it writes to the file that it was built with.
    process = subprocess.Popen([shutil.which("nginx", path=SEARCH), "-e", f"{folder}/error.log", "-c", str(conf)])
    while not connects(path):
        if process.poll() is not None:
            raise SystemExit("nginx ended at once")
    return lambda: (process.terminate(), process.wait())


def start_node(folder, path):
    process = subprocess.Popen(["node", "-e", NODE_SERVER, path], stdout=subprocess.PIPE)
    process.stdout.readline()
    return lambda: (process.terminate(), process.wait(), process.stdout.close())


def connects(path):
    with socket.socket(socket.AF_UNIX) as s:
        return s.connect_ex(path) == 0


SEARCH = os.environ.get("PATH", "") + ":/usr/sbin"
PEERS = {"nginx": start_nginx, "node": start_node, "python": start_python}


def version_of(peer):
    """What is there, as the table writes it: 1.22 of nginx, 20 of Node, 3.11 of Python."""
    if peer == "python":
        return f"{sys.version_info[0]}.{sys.version_info[1]}"
    program = shutil.which(peer, path=SEARCH)
    if program is None:
        return None
    said = subprocess.run([program, "-v"], capture_output=True, text=True)
    pattern = r"nginx/(\d+\.\d+)" if peer == "nginx" else r"v(\d+)"
    match = re.search(pattern, said.stdout + said.stderr)
    return match and match[1]


def answers(path, message):
    """The statuses that come back until the peer closes, and what it tells of each request that it read."""
    with socket.socket(socket.AF_UNIX) as s:
        s.settimeout(TIMEOUT)
        s.connect(path)
        received = b""
        # It may close before it has read everything; what it answered is read even so.
        with suppress(ConnectionError):
            s.sendall(message)
            s.shutdown(socket.SHUT_WR)
        with suppress(ConnectionError):
            while piece := s.recv(65536):
                received += piece
    return [int(status) for status in re.findall(rb"HTTP/1\.[01] (\d{3})", received)], re.findall(rb"X-Read: (.*)\r\n", received)


def differences(cases, peer):
    with tempfile.TemporaryDirectory() as folder:
        path = folder + "/socket"
        stop = PEERS[peer](folder, path)
        try:
            with ThreadPoolExecutor(8) as pool:
                seen = list(pool.map(lambda case: answers(path, case.message), cases))
        finally:
            stop()
    found, compared = {}, 0
    for case, (statuses, told) in zip(cases, seen):
        count, right = sum(200 <= status < 400 for status in statuses), case.told_by_priz()
        tells = count == case.read_by_priz() and told and right is not None
        if tells:
            compared += len(told)
        if count != case.read_by_priz() or (tells and told != right):
            found[case.line] = (count, [*statuses, *told])
    return found, compared


def check(cases, notes, peer, show):
    faults = 0
    found, compared = differences(cases, peer)
    for case in cases:
        told = case.differences.get(peer)
        count, statuses = found.get(case.line, (None, None))
        if show and count is not None:
            print(f"{case.line} {peer} {count} {statuses} {case.message[:90]!r} priz: {case.reading}")
        elif (told and told[0]) != count or (told and told[1] not in notes):
            faults += 1
            print(f"messages.txt:{case.line}: {peer} reads {count}, answers {statuses}; the table has {told}")
    print(f"{peer}: {len(cases)} messages, {len(found)} read otherwise, {faults} of them unexplained; {compared} requests compared in all")
    return faults


def main(arguments):
    show = "--show" in arguments
    wanted = [each for each in arguments if each in PEERS] or list(PEERS)
    cases, versions, notes = read_table()
    faults = run = 0
    left_out = []
    for peer in wanted:
        there = version_of(peer)
        if there is None or (there != versions.get(peer) and not show):
            left_out.append(f"{peer} (there: {there or 'none'}; the table has {versions.get(peer)})")
            continue
        run += 1
        faults += check(cases, notes, peer, show)
    if left_out:
        print("NOT COMPARED:", ", ".join(left_out))
    return 1 if faults else 0 if run else 77


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
