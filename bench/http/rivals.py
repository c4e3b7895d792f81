"""The servers of the comparison, each one process on one core: priz's, plain C, Boost.Beast, nginx and h2o."""

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "echo"))
from processes import LOAD_CORE, PR_SET_PDEATHSIG, SERVER_CORE, Failure, clocks_of, settle  # noqa: E402

START_SECONDS_MAX = 10
BODY = "Hello, World!"


class Files:
    """What is served, the certificate, and a folder for what a server writes."""

    def __init__(self, folder):
        self.folder = folder
        os.chmod(folder, 0o755)  # servers that root starts become somebody else
        self.root = os.path.join(folder, "root")
        os.mkdir(self.root)
        for name, content in (("index.txt", BODY), ("1k.txt", "x" * 1024), ("1m.txt", "x" * 1024 * 1024)):
            with open(os.path.join(self.root, name), "w") as file:
                file.write(content)
        self.certificate, self.key = os.path.join(folder, "certificate"), os.path.join(folder, "key")
        make = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
        make += ["-subj", "/CN=localhost", "-keyout", self.key, "-out", self.certificate]
        subprocess.run(make, check=True, stderr=subprocess.DEVNULL)


def of_ours(program, *more):
    """A program with the arguments that all of bench/http have; it serves HTTP/1 and HTTP/2 on one port, if it can."""

    def command(files, mode, port):
        tls = ["--tls", files.certificate, files.key] if mode == "tls" else []
        return [program, "--port", str(port), "--root", files.root, *tls, *more]

    return command


def nginx(files, mode, port):
    """As its manual tells for speed: no access log, files sent by the kernel and kept open."""
    how = {"text": "", "h2c": "http2", "tls": "ssl http2"}[mode]
    path = os.path.join(files.folder, f"nginx-{mode}.conf")
    with open(path, "w") as file:
        file.write(f"""
daemon off; master_process off; worker_processes 1; pid {files.folder}/nginx-{mode}.pid; error_log stderr crit;
events {{ worker_connections 4096; }}
http {{
  access_log off; sendfile on; tcp_nopush on; tcp_nodelay on; keepalive_requests 1000000000; keepalive_timeout 600;
  open_file_cache max=100 inactive=600s; open_file_cache_valid 600s; default_type text/plain;
  client_body_temp_path {files.folder}; proxy_temp_path {files.folder}; fastcgi_temp_path {files.folder};
  uwsgi_temp_path {files.folder}; scgi_temp_path {files.folder};
  server {{
    listen 127.0.0.1:{port} {how} backlog=4096; root {files.root}; http2_max_concurrent_streams 128;
    ssl_certificate {files.certificate}; ssl_certificate_key {files.key}; ssl_protocols TLSv1.3; ssl_session_cache off;
    location = / {{ return 200 "{BODY}"; }}
  }}
}}
""")
    return ["nginx", "-p", files.folder, "-c", path]


def h2o(files, mode, port):
    """Its own way of answering from memory is Ruby; a small file, which it keeps open, is faster."""
    tls = f", ssl: {{certificate-file: {files.certificate}, key-file: {files.key}}}" if mode == "tls" else ""
    path = os.path.join(files.folder, f"h2o-{mode}.conf")
    with open(path, "w") as file:
        file.write(f"""
num-threads: 1
max-connections: 4096
error-log: {files.folder}/h2o-{mode}.log
listen: {{host: 127.0.0.1, port: {port}{tls}}}
hosts:
  default:
    paths:
      /:
        file.dir: {files.root}
        file.index: [index.txt]
""")
    return ["h2o", "-m", "worker", "-c", path]


def known(build):
    """{name: command of (files, mode, port)}"""
    program = lambda name: os.path.join(build, name)  # noqa: E731
    return {
        "plain_epoll": of_ours(program("plain_http")),
        "priz_uring": of_ours(program("priz_http"), "--backend", "uring"),
        "priz_epoll": of_ours(program("priz_http"), "--backend", "epoll"),
        "beast": of_ours(program("beast_http")),
        "nginx": nginx,
        "h2o": h2o,
    }


def prepare(core):
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)  # also when nobody comes to stop it
    os.sched_setaffinity(0, {core})


class Server:
    """One server in one mode: text, h2c or tls."""

    def __init__(self, name, command, files, mode):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.name = name
        self.child = subprocess.Popen(
            command(files, mode, self.port),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=open(os.path.join(files.folder, f"{name}-{mode}.err"), "w+"),
            preexec_fn=lambda: prepare(SERVER_CORE),
        )
        end = time.monotonic() + START_SECONDS_MAX
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError as error:
                if self.child.poll() is not None or time.monotonic() > end:
                    self.stop()
                    raise Failure(f"{name} does not listen: {error}") from error
                time.sleep(0.02)

    def clock(self):
        """Nanoseconds on the processor, of all its threads, the kernel's included."""
        return clocks_of(self.child.pid)[0]

    def settle(self):
        settle(self.clock)

    def stop(self):
        self.child.terminate()
        try:
            self.child.wait(5)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()
