#!/usr/bin/python3
"""Parts of files, from a web server of the examples and from nginx: both send the same."""

import http.client
import os
import socket
import subprocess
import tempfile
import unittest

import http_test
import programs

NGINX = "/usr/sbin/nginx"
CONFIGURATION = """
daemon off;
master_process off;
pid FOLDER/nginx.pid;
error_log FOLDER/error.log;
events { worker_connections 16; }
http {
    access_log off;
    default_type application/octet-stream;
    client_body_temp_path FOLDER/body;
    proxy_temp_path FOLDER/proxy;
    fastcgi_temp_path FOLDER/fastcgi;
    uwsgi_temp_path FOLDER/uwsgi;
    scgi_temp_path FOLDER/scgi;
    server { listen unix:FOLDER/socket; root FOLDER; }
}
"""
SIZE = 200_000
SAME = ["0-0", "5-", "-7", "0-1,4-5", "-1,0-0", "0-99999,150000-,-1", "10-20, 30-40 ,50-60", "0-9,5-14,12-13",
        f"0-0,{SIZE}-", f"{SIZE}-", f"{SIZE}-,{SIZE + 5}-", "0-150000,100000-", "0-,0-", "199990-300000,0-4"]


class Nginx:
    def __init__(self, folder):
        conf = os.path.join(folder, "nginx.conf")
        with open(conf, "w") as file:
            file.write(CONFIGURATION.replace("FOLDER", folder))
        self.path = os.path.join(folder, "socket")
        self.process = subprocess.Popen([NGINX, "-e", os.path.join(folder, "error.log"), "-c", conf],
                                        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)

    def __enter__(self):
        return self

    def connect(self):
        """As soon as it listens."""
        while self.process.poll() is None:
            s = socket.socket(socket.AF_UNIX)
            try:
                s.connect(self.path)
                return s
            except (FileNotFoundError, ConnectionRefusedError):
                s.close()
        raise AssertionError("nginx ended")

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()


def parts(s, path, ranges):
    """The status, and each part: its type, its place, its bytes."""
    connection = http.client.HTTPConnection("127.0.0.1")
    connection.sock = s
    connection.request("GET", path, headers={"Range": "bytes=" + ranges})
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    kind = answer.headers["Content-Type"]
    if not kind.startswith("multipart/byteranges; boundary="):
        whole = content if answer.status < 300 else b""
        return answer.status, [(answer.headers["Content-Range"], whole)]
    delimiter = b"\r\n--" + kind.partition("boundary=")[2].encode()
    before, *between, end = (b"\r\n" + content.removeprefix(b"\r\n")).split(delimiter)
    assert (before, end) == (b"", b"--\r\n"), (before, end)
    found = []
    for part in between:
        head, _, some = part.partition(b"\r\n\r\n")
        fields = dict(line.split(b": ") for line in head.split(b"\r\n")[1:])
        found.append((fields[b"Content-Type"], fields[b"Content-Range"], some))
    return answer.status, found


class Ranges(unittest.TestCase):
    def test_nginx_sends_the_same_parts(self):
        with tempfile.TemporaryDirectory() as folder:
            with open(os.path.join(folder, "data.bin"), "wb") as file:
                file.write(os.urandom(SIZE))
            with http_test.Server("web_notes", folder) as server, Nginx(folder) as nginx:
                for ranges in SAME:
                    with self.subTest(ranges):
                        ours = socket.create_connection(("127.0.0.1", server.port), programs.SECONDS_MAX)
                        self.assertEqual(parts(ours, "/files/data.bin", ranges),
                                         parts(nginx.connect(), "/data.bin", ranges))


if __name__ == "__main__":
    programs.main()
