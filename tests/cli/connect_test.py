#!/usr/bin/python3
"""`priz connect` against nc, socat and Python's sockets."""

import os
import re
import signal
import socket
import subprocess
import threading
import unittest

from harness import PATIENCE, TOOL, Output, Process, ToolTest, events, need, pattern, priz

BIG = pattern(10_000_000)


class Peer:
    """A listening Python socket; `serve` runs once, in a thread, on the first connection."""

    def __init__(self, test, serve, family=socket.AF_INET, kind=socket.SOCK_STREAM, where=("127.0.0.1", 0)):
        self.listener = socket.socket(family, kind)
        self.listener.settimeout(PATIENCE)
        self.listener.bind(where)
        self.listener.listen()
        self.address = ":".join(map(str, where[:1])) if isinstance(where, str) else None
        if family == socket.AF_INET:
            self.address = "%s:%d" % self.listener.getsockname()
        self.thread = threading.Thread(target=self._run, args=(serve,), daemon=True)
        self.thread.start()
        test.addCleanup(self._end)

    def _run(self, serve):
        connection, _ = self.listener.accept()
        with connection:
            connection.settimeout(PATIENCE)
            serve(connection)

    def _end(self):
        self.thread.join(PATIENCE)
        self.listener.close()


def all_of(s):
    data = b""
    while part := s.recv(65536):
        data += part
    return data


class Streams(ToolTest):
    def test_ten_megabytes_each_way_at_once(self):
        got = []

        def serve(s):
            s.sendall(BIG)  # the peer reads nothing before all of it is sent
            s.shutdown(socket.SHUT_WR)
            got.append(all_of(s))

        peer = Peer(self, serve)
        code, out, err = priz("connect", peer.address, stdin=BIG)
        peer.thread.join(PATIENCE)
        self.assertEqual((code, out == BIG, got[0] == BIG), (0, True, True), err)

    def test_to_nc_and_from_nc(self):
        server = Process(self, [need("nc"), "-N", "-v", "-l", "-U", self.path("s")], stdin=subprocess.PIPE)
        server.err.until(b"Listening on")
        client = Process(self, [TOOL, "connect", f"unix:{self.path('s')}"], stdin=subprocess.PIPE)
        client.input.write(b"to nc\n")
        client.input.flush()
        self.assertEqual(server.out.line(), "to nc")
        server.input.write(b"from nc\n")
        server.input.close()
        self.assertEqual(client.out.line(), "from nc")
        client.input.close()
        self.assertEqual(client.wait(), 0)

    def test_ten_megabytes_through_socat(self):
        server = Process(self, [need("socat"), "-d", "-d", "-t10", "TCP-LISTEN:0,bind=127.0.0.1", "EXEC:cat"])
        port = re.search(rb"127\.0\.0\.1:(\d+)", server.err.until(b"\n"))[1].decode()
        code, out, err = priz("connect", f"127.0.0.1:{port}", stdin=BIG)
        self.assertEqual((code, out == BIG), (0, True), err)

    def test_the_peer_hears_of_the_end_and_may_answer_after_it(self):
        peer = Peer(self, lambda s: s.sendall(b"you said " + all_of(s)))
        self.assertEqual(priz("connect", peer.address, stdin=b"hello")[:2], (0, b"you said hello"))

    def test_every_unix_kind(self):
        for kind, number in {"unix": socket.SOCK_STREAM, "unix-seqpacket": socket.SOCK_SEQPACKET}.items():
            Peer(self, lambda s: s.sendall(s.recv(100)[::-1]), socket.AF_UNIX, number, self.path(kind))
            self.assertEqual(priz("connect", f"{kind}:{self.path(kind)}", stdin=b"abc")[:2], (0, b"cba"))

    def test_a_peer_that_ends_first_ends_an_input_that_stays_open(self):
        peer = Peer(self, lambda s: s.sendall(b"bye"))
        client = Process(self, [TOOL, "connect", "--wait", "10ms", peer.address], stdin=subprocess.PIPE)
        self.assertEqual(client.wait(), 0)
        self.assertEqual(client.out.rest(), b"bye")

    def test_on_a_terminal_remote_bytes_are_shown_and_not_obeyed(self):
        peer = Peer(self, lambda s: s.sendall(b"\x1b[31mred\r\n\x07\n"))
        master, slave = os.openpty()
        client = Process(self, [TOOL, "connect", peer.address], stdout=slave)
        os.close(slave)
        self.addCleanup(os.close, master)
        self.assertEqual(client.wait(), 0)
        self.assertEqual(Output(master).until(b"\\x07").split(), [b"\\x1b[31mred", b"\\x07"])

    def test_events_are_json_one_a_line(self):
        peer = Peer(self, lambda s: all_of(s) and s.sendall(b"\xff"))
        code, out, _ = priz("connect", "--json", peer.address, stdin=b"abc")
        self.assertEqual(code, 0)
        first, second, last = events(out)
        self.assertEqual((first["event"], first["transport"], first["remote"]), ("connected", "tcp", peer.address))
        self.assertEqual(second, {"event": "received", "size": 1, "base64": "/w=="})
        self.assertEqual(last, {"event": "ended", "sent": 3, "received": 1})


class Datagrams(ToolTest):
    def serve(self, s, answer):
        s.settimeout(PATIENCE)
        data, sender = s.recvfrom(65536)
        s.sendto(answer(data), sender)

    def test_udp_replies_are_waited_for(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.bind(("127.0.0.1", 0))
            threading.Thread(target=self.serve, args=(s, bytes.upper)).start()
            where = "udp://127.0.0.1:%d" % s.getsockname()[1]
            self.assertEqual(priz("connect", "--wait", "500ms", where, stdin=b"abc")[:2], (0, b"ABC"))

    def test_a_unix_datagram_socket_can_answer(self):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s:
            s.bind(self.path("d"))
            threading.Thread(target=self.serve, args=(s, bytes.upper)).start()
            where = f"unix-dgram:{self.path('d')}"
            self.assertEqual(priz("connect", "--wait", "500ms", where, stdin=b"abc")[:2], (0, b"ABC"))

    def test_that_nobody_is_there_is_heard_of(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.bind(("127.0.0.1", 0))
            where = "udp://127.0.0.1:%d" % s.getsockname()[1]
        code, _, err = priz("connect", where, stdin=b"abc")
        self.assertEqual(code, 7)
        self.assertIn("connection refused", err)


class ExitCodes(ToolTest):
    def test_refused_is_7_and_says_where(self):
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            where = "127.0.0.1:%d" % s.getsockname()[1]
            code, _, err = priz("connect", where)
        self.assertEqual(code, 7)
        self.assertRegex(err, rf"^priz connect: connect tcp .*-> {where}: connection refused")

    def test_no_such_name_is_6(self):
        self.assertEqual(priz("connect", "no-such-name.invalid:1")[0], 6)

    def test_a_path_where_nothing_is_is_7(self):
        self.assertEqual(priz("connect", f"unix:{self.path('nothing')}")[0], 7)

    def test_an_abstract_name_that_nobody_has_is_7_and_speaks_of_no_file(self):
        code, _, err = priz("connect", f"unix-abstract:priz-nobody-{os.getpid()}")
        self.assertEqual(code, 7)
        self.assertIn("connection refused: no server has that name", err)

    def test_a_peer_that_does_not_answer_is_28(self):
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            s.listen(0)
            where = s.getsockname()
            fill = [socket.socket() for _ in range(3)]
            for one in fill:
                one.setblocking(False)
                one.connect_ex(where)
            code, _, err = priz("connect", "--timeout", "200ms", "%s:%d" % where)
            for one in fill:
                one.close()
        self.assertEqual(code, 28)
        self.assertIn("timed out", err)

    def test_silence_is_28(self):
        peer = Peer(self, all_of)
        client = Process(self, [TOOL, "connect", "--idle-timeout", "50ms", peer.address], stdin=subprocess.PIPE)
        self.assertEqual(client.wait(), 28)

    def test_a_reset_is_56_and_what_came_before_is_kept(self):
        def serve(s):
            s.sendall(b"before")
            s.recv(1)
            s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")

        peer = Peer(self, serve)
        client = Process(self, [TOOL, "connect", peer.address], stdin=subprocess.PIPE)
        client.out.until(b"before")
        client.input.write(b"x")
        client.input.flush()
        self.assertEqual(client.wait(), 56)

    def test_a_full_disk_is_23(self):
        peer = Peer(self, lambda s: s.sendall(b"x"))
        with open("/dev/full", "wb") as full:
            client = Process(self, [TOOL, "connect", peer.address], stdout=full)
            self.assertEqual(client.wait(), 23)

    def test_ctrl_c_is_130_and_sigterm_143(self):
        for number, code in {signal.SIGINT: 130, signal.SIGTERM: 143}.items():
            peer = Peer(self, all_of)
            client = Process(self, [TOOL, "connect", peer.address], stdin=subprocess.PIPE)
            client.err.until(b"connected to")
            client.signal(number)
            self.assertEqual(client.wait(), code)

    def test_an_address_that_is_none_is_2(self):
        for wrong in ("127.0.0.1:65536", "localhost", "http://localhost:80", "[::1:80"):
            self.assertEqual(priz("connect", wrong)[0], 2, wrong)


if __name__ == "__main__":
    unittest.main()
