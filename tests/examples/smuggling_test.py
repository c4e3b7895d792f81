#!/usr/bin/python3
"""Messages that two programs may read differently, through haproxy to a web server of the examples.

haproxy renames every request that it reads. A request that the server tells of under a name that haproxy did not give
is one that haproxy took for a part of another.
"""

import re
import signal
import socket
import unittest

import http_test
import programs
import proxy_test

RENAME = "http-request set-path /notes/via%[path,regsub(/,-,g)]"
REUSE = "http-reuse always"
HOST = b"Host: 127.0.0.1\r\n"
HIDDEN = b"GET /smuggled HTTP/1.1\r\n" + HOST + b"\r\n"

CODINGS = [
    b"Transfer-Encoding: chunked",
    b"Transfer-Encoding: CHUNKED",
    b"Transfer-Encoding: xchunked",
    b"Transfer-Encoding: chunked, identity",
    b"Transfer-Encoding: identity, chunked",
    b"Transfer-Encoding: gzip, chunked",
    b"Transfer-Encoding: chunked,",
    b"Transfer-Encoding: ,chunked",
    b"Transfer-Encoding: chunked;q=1",
    b"Transfer-Encoding: \"chunked\"",
    b"Transfer-Encoding: chunked\x00",
    b"Transfer-Encoding: \x0bchunked",
    b"Transfer-Encoding: chunked\x0c",
    b"Transfer-Encoding:\tchunked\t",
    b"Transfer-Encoding:chunked",
    b"Transfer-Encoding : chunked",
    b"Transfer-Encoding\t: chunked",
    b"Transfer-Encoding\x00: chunked",
    b" Transfer-Encoding: chunked",
    b"X: y\nTransfer-Encoding: chunked",
    b"X: y\rTransfer-Encoding: chunked",
    b"X: y\r\n Transfer-Encoding: chunked",
    b"Transfer-Encoding:\r\n chunked",
    b"Transfer-Encoding: chu\r\n nked",
    b"Transfer-Encoding\r\n: chunked",
    b"Transfer_Encoding: chunked",
    b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",
    b"Transfer-Encoding: identity\r\nTransfer-Encoding: chunked",
    b"Transfer-Encoding: cow\r\nTransfer-Encoding: chunked",
    b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
    b"Transfer-Encoding: chunked\r\nConnection: Transfer-Encoding",
    b": x\r\nTransfer-Encoding: chunked",
]
LENGTHS = [
    b"Content-Length: 0\r\nContent-Length: %d",
    b"Content-Length: %d\r\nContent-Length: 0",
    b"Content-Length: %d\r\nContent-Length: %d",
    b"Content-Length: 0, %d",
    b"Content-Length: %d, %d",
    b"Content-Length: +%d",
    b"Content-Length: -%d",
    b"Content-Length: 0x%d",
    b"Content-Length: 0%d",
    b"Content-Length: 0 %d",
    b"Content-Length: %d\x0b",
    b"Content-Length: %d\x00",
    b"Content-Length: \r\n %d",
    b"Content-Length: 0\r\n %d",
    b"Content-Length : %d",
    b" Content-Length: %d",
    b"Content_Length: %d",
    b"X: y\nContent-Length: %d",
    b"X: y\rContent-Length: %d",
    b"Content-Length: 1844674407370955161%d",
    b"Content-Length: 18446744073709551616",
    b"Content-Length: ",
    b"Content-Length: %d\r\nConnection: close, Content-Length",
    b"Content-Length: %d\r\nExpect: 100-continue",
    b"Content-Length: %d\r\nUpgrade: h2c\r\nConnection: upgrade",
    b"Content-Length0" + b"a" * 255 + b":\r\nContent-Length: %d",
    b": x\r\nContent-Length: %d",
]
CHUNKS = [
    b"0\r\n\r\n",
    b"0\n\n",
    b"0\n\r\n",
    b"0\r\n\n",
    b"0\r\r\n\r\n",
    b"0x0\r\n\r\n",
    b" 0\r\n\r\n",
    b"0 \r\n\r\n",
    b"+0\r\n\r\n",
    b"-0\r\n\r\n",
    b"00000000000000000000\r\n\r\n",
    b"10000000000000000\r\n\r\n",
    b"0;a=b\r\n\r\n",
    b"0;\n\r\n\r\n",
    b"0;a=\"\r\n\r\n\"\r\n\r\n",
    b"0;\x00\r\n\r\n",
    b"\r\n0\r\n\r\n",
    b"5\r\nhello0\r\n\r\n",
    b"5\nhello\r\n0\r\n\r\n",
    b"5\r\nhello\n0\r\n\r\n",
    b"5\r\nhelloXX0\r\n\r\n",
    b"5;a\nhello\r\n0\r\n\r\n",
    b"0\r\nX: y\r\n\r\n",
    b"0\r\nX: y\n\r\n",
    b"0\r\nContent-Length: 5\r\n\r\n",
    b"0\r\n",
]


def head(method, fields, version=b"HTTP/1.1"):
    return method + b" /a " + version + b"\r\n" + HOST + fields + b"\r\n\r\n"


def messages():
    """Each with a request behind it, or in it."""
    for method in b"PUT", b"POST", b"GET":
        for coding in CODINGS:
            content = b"0\r\n\r\n" + HIDDEN
            yield head(method, coding) + content
            yield head(method, b"Content-Length: %d\r\n" % len(content) + coding) + content
            yield head(method, coding + b"\r\nContent-Length: 5") + content
        for length in LENGTHS:
            count = length.count(b"%d")
            yield head(method, length % ((len(HIDDEN),) * count)) + HIDDEN
        for chunks in CHUNKS:
            yield head(method, b"Transfer-Encoding: chunked") + chunks + HIDDEN
        yield head(method, b"Transfer-Encoding: chunked", b"HTTP/1.0") + b"0\r\n\r\n" + HIDDEN
        yield head(method, b"Content-Length: 0").replace(b"\r\n", b"\n") + HIDDEN
        yield head(method, b"Content-Length: 0\r\n").replace(b"\r\n\r\n", b"\r\n\n") + HIDDEN
        yield method + b" /a\r\n" + HIDDEN
        yield method + b" http://127.0.0.1/a HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % len(HIDDEN) + HIDDEN


class Smuggling(unittest.TestCase):
    def seen_through_haproxy(self, front):
        """The connections and the targets of the requests that the server told of."""
        with http_test.Server("web_notes") as server:
            with proxy_test.Haproxy(server.port, front=f"{RENAME}\n    {front}", back=REUSE) as proxy:
                for message in messages():
                    with socket.create_connection(("127.0.0.1", proxy.port), programs.SECONDS_MAX) as s:
                        s.sendall(message)
                        s.shutdown(socket.SHUT_WR)
                        try:
                            programs.receive_all(s)
                        except ConnectionResetError:
                            pass  # haproxy has had enough
                # Whoever comes next, on the connections that are kept, is answered what it asked.
                for i in range(10):
                    self.assertEqual(http_test.curl(f"http://127.0.0.1:{proxy.port}/notes/other{i}"),
                                     b"there is no such note\n")
            http_test.curl(server.url("/not/through/haproxy"))
            server.process.send_signal(signal.SIGTERM)
            return re.findall(r"^(\S*) \S+ (\S+) \d+$", server.rest(), re.MULTILINE)

    def test_the_server_sees_no_request_that_haproxy_did_not(self):
        for front in "", "option accept-invalid-http-request":
            with self.subTest(front=front):
                seen = self.seen_through_haproxy(front)
                targets = [target for _, target in seen]
                self.assertEqual([t for t in targets if not t.startswith("/notes/via-")], ["/not/through/haproxy"])
                # The connections are kept, and used by others; without that, nobody would be hurt.
                self.assertLess(len({connection for connection, _ in seen}), len(seen) / 3)
                # haproxy lets some of the messages through, and reads a second request in some.
                self.assertGreater(targets.count("/notes/via-a"), 20)
                self.assertGreater(targets.count("/notes/via-smuggled"), 5)


if __name__ == "__main__":
    programs.main()
