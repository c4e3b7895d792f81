#!/usr/bin/python3
"""`priz bench` against socat and against Python's sockets, which answer right, wrong or not at all."""

import fcntl
import os
import re
import resource
import signal
import socket
import struct
import termios
import threading
import unittest

from harness import PATIENCE, TOOL, Output, Process, ToolTest, events, need, priz


class Peer:
    """A listening Python socket; `serve` runs in a thread for each connection."""

    def __init__(self, test, serve, family=socket.AF_INET, where=("127.0.0.1", 0)):
        self.listener = socket.socket(family)
        self.listener.bind(where)
        self.listener.listen(128)
        self.address = f"unix:{where}" if family == socket.AF_UNIX else "%s:%d" % self.listener.getsockname()
        self.serve = serve
        threading.Thread(target=self._accept, daemon=True).start()
        test.addCleanup(self._end)

    def _accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        with connection:
            connection.settimeout(PATIENCE)
            try:
                self.serve(connection)
            except ConnectionError:
                pass  # the benchmark ends its connections as it likes

    def _end(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()


def echo(s):
    while data := s.recv(65536):
        s.sendall(data)


def all_of(s):
    while s.recv(65536):
        pass


def bench(*arguments, **how):
    """The exit code, the result, and what else was said."""
    code, out, err = priz("bench", "--json", *arguments, **how)
    told = {event["event"]: event for event in events(out)}
    return code, told.get("bench"), told, err


class Echo(ToolTest):
    def test_so_many_messages_are_sent_and_come_back(self):
        peer = Peer(self, echo)
        code, result, told, err = bench("-c", "3", "-s", "100", "-n", "1000", peer.address)
        self.assertEqual((code, err), (0, ""))
        self.assertEqual(
            told["connected"],
            {"event": "connected", "transport": "tcp", "remote": peer.address, "connections": 3},
        )
        counts = {name: result[name] for name in ("connections", "size", "pipeline", "messages", "sent", "received")}
        self.assertEqual(
            counts,
            {"connections": 3, "size": 100, "pipeline": 1, "messages": 1000, "sent": 100_000, "received": 100_000},
        )
        self.assertEqual((result["mode"], result["transport"], result["remote"]), ("echo", "tcp", peer.address))
        self.assertEqual((result["errors"], list(result["latency_us"])), ({}, ["p50", "p90", "p99", "p99.9", "max"]))
        self.assertEqual(sorted(result["latency_us"].values()), list(result["latency_us"].values()))

    def test_socat_echoes_too(self):
        server = Process(self, [need("socat"), "-d", "-d", "TCP-LISTEN:0,bind=127.0.0.1", "PIPE"])
        port = re.search(rb"127\.0\.0\.1:(\d+)", server.err.until(b"\n"))[1].decode()
        code, result, _, err = bench("-c", "1", "-n", "100", f"127.0.0.1:{port}")
        self.assertEqual((code, result["messages"]), (0, 100), err)

    def test_a_unix_socket(self):
        peer = Peer(self, echo, socket.AF_UNIX, self.path("s"))
        code, result, _, err = bench("-c", "20", "-n", "200", peer.address)
        self.assertEqual((code, result["messages"], result["transport"]), (0, 200, "unix"), err)

    def test_messages_may_be_outstanding_together_and_larger_than_any_buffer(self):
        peer = Peer(self, echo)
        for how in (("-s", "1", "--pipeline", "500"), ("-s", "100000"), ("-s", "1m", "--pipeline", "8")):
            code, result, _, err = bench("-c", "2", "-n", "100", *how, peer.address)
            self.assertEqual((code, result["messages"], result["errors"]), (0, 100, {}), err)
            self.assertEqual(result["received"], 100 * result["size"])

    def test_more_connections_than_messages(self):
        peer = Peer(self, echo)
        code, result, _, err = bench("-c", "50", "-n", "7", peer.address)
        self.assertEqual((code, result["connections"], result["messages"]), (0, 50, 7), err)

    def test_at_a_rate_every_message_is_sent_that_is_due(self):
        peer = Peer(self, echo)
        for pipeline in ("1", "4"):
            code, result, _, err = bench(
                "-c", "3", "-n", "300", "--rate", "20000", "--pipeline", pipeline, peer.address
            )
            self.assertEqual((code, result["messages"], result["unsent"], result["rate"]), (0, 300, 0, 20000), err)

    def test_at_a_rate_latency_begins_when_a_message_is_due(self):
        # All three are due within 2 ns, and none is sent before the answer to the one before it: the last one's time is
        # that of the whole run, to the same reading of the clock. Counted from its sending it would be a third of it.
        peer = Peer(self, echo)
        code, result, _, err = bench("-c", "1", "-s", "1", "-n", "3", "--rate", "1e9", peer.address)
        self.assertEqual((code, result["messages"]), (0, 3), err)
        self.assertAlmostEqual(result["latency_us"]["max"], result["seconds"] * 1e6, delta=0.01)

    def test_people_read_lines_and_a_terminal_shows_the_run(self):
        peer = Peer(self, echo)
        code, out, err = priz("bench", "-n", "100", peer.address)
        self.assertEqual(code, 0)
        for line in (rb"^messages +100 in .*/s$", rb"^sent +6.4 kB, ", rb"^latency +p50 .*, max ."):
            self.assertRegex(out, re.compile(line, re.MULTILINE))
        self.assertEqual(err, f"10 connections to tcp {peer.address}\n")
        self.assertEqual(priz("bench", "-q", "-n", "100", peer.address)[2], "")
        master, slave = os.openpty()
        self.addCleanup(os.close, master)
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 12, 0, 0))
        # At a rate that leaves the machine to others: as fast as it goes, a kernel may let this process wait for long.
        client = Process(self, [TOOL, "bench", "-d", "1h", "--rate", "100", peer.address], stderr=slave)
        os.close(slave)
        terminal = Output(master)
        terminal.until(b"\r\x1b[K")
        # Of a line that wrapped a part would be left behind.
        self.assertRegex(terminal.until(b"\r\x1b[K"), rb"^\d+ s: [^\r]{1,7}\r\x1b\[K$")
        client.signal(signal.SIGINT)
        self.assertEqual(client.wait(), 130)


class Stream(ToolTest):
    def test_all_that_is_sent_arrives_and_what_comes_back_is_counted(self):
        arrived = []

        def sink(s):
            count = 0
            while data := s.recv(65536):
                count += len(data)
            arrived.append(count)
            s.sendall(b"thanks")

        peer = Peer(self, sink)
        code, result, _, err = bench("--stream", "-c", "2", "-s", "1000", "-n", "5000", peer.address)
        self.assertEqual((code, result["mode"], result["messages"]), (0, "stream", 5000), err)
        self.assertEqual((result["sent"], sum(arrived), result["received"]), (5_000_000, 5_000_000, 12))
        self.assertNotIn("latency_us", result)

    def test_an_echo_is_taken_and_not_waited_for(self):
        peer = Peer(self, echo)
        code, result, _, err = bench("--stream", "-c", "2", "-s", "64k", "-n", "100", peer.address)
        self.assertEqual((code, result["sent"], result["received"]), (0, 6_553_600, 6_553_600), err)


class Trouble(ToolTest):
    def test_nobody_there_is_7(self):
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            where = "127.0.0.1:%d" % s.getsockname()[1]
            code, result, _, err = bench(where)
        self.assertEqual((code, result), (7, None))
        self.assertRegex(err, f"^priz bench: connect tcp .*-> {where}: connection refused")
        self.assertEqual(bench(f"unix:{self.path('nothing')}")[0], 7)

    def test_an_echo_that_differs_is_told_to_the_byte(self):
        def wrong(s):
            data = bytearray(s.recv(64))
            data[5] ^= 1
            s.sendall(data)
            all_of(s)

        peer = Peer(self, wrong)
        code, result, told, err = bench("-c", "2", "-n", "10", peer.address)
        self.assertEqual((code, result["messages"], result["errors"]), (56, 0, {"the echo differs": 2}))
        self.assertRegex(err, r"^priz bench: the echo differs: on connection [01] byte 5 came back as 0x")
        self.assertEqual(told["error"]["code"], 56)

    def test_an_echo_that_is_too_long_is_one_that_differs(self):
        peer = Peer(self, lambda s: (s.sendall(s.recv(64) + b"x"), all_of(s)))
        self.assertEqual(bench("-c", "1", "-n", "10", peer.address)[1]["errors"], {"more came back than was sent": 1})

    def test_a_server_that_closes_is_an_error_of_that_connection_alone(self):
        first = []
        is_closed = threading.Event()

        def unfair(s):
            first.append(s)
            if first[0] is s:
                s.sendall(s.recv(64))
                s.close()
                is_closed.set()
            else:  # it would do all the work before the end of the other is seen
                is_closed.wait(PATIENCE)
                echo(s)

        peer = Peer(self, unfair)
        code, result, _, err = bench("-c", "2", "-n", "100", peer.address)
        self.assertEqual((code, sum(result["errors"].values())), (56, 1))
        self.assertIn(result["messages"], (99, 100))
        self.assertRegex(err, "^priz bench: .*(closed connection|reset|broken pipe)")

    def test_a_server_that_says_nothing_is_28(self):
        peer = Peer(self, all_of)
        for timeout, text in {"100ms": "100 ms", "1s": "1 s", "10s": "10 s"}.items():
            code, result, told, err = bench("-c", "2", "--timeout", timeout, peer.address)
            if "connected" in told:
                break  # it is for connecting, too, which a busy machine may not do in so short a time
        self.assertEqual((code, result["messages"]), (28, 0))
        self.assertEqual(err, f"priz bench: nothing came for {text}, with 2 messages outstanding\n")
        self.assertNotIn("latency_us", result)

    def test_people_are_told_no_latency_where_nothing_came_back(self):
        peer = Peer(self, lambda s: s.recv(64))
        code, out, _ = priz("bench", "-c", "1", peer.address)
        self.assertEqual(code, 56)
        self.assertIn(b"messages   0 in ", out)
        self.assertNotIn(b"latency", out)

    def test_ctrl_c_and_sigterm_end_it_with_a_result(self):
        for number, code in {signal.SIGINT: 130, signal.SIGTERM: 143}.items():
            peer = Peer(self, echo)
            client = Process(self, [TOOL, "bench", "--json", "-d", "1h", "--rate", "100", peer.address])
            client.out.line()
            client.signal(number)
            result = events(client.out.rest())[0]
            self.assertEqual((result["event"], result["stopped"]), ("bench", number.name))
            self.assertEqual(client.wait(), code)

    def test_too_few_descriptors_are_told_before_anything_begins(self):
        few = lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
        peer = Peer(self, echo)
        code, result, _, err = bench("-c", "100", peer.address, preexec_fn=few)
        self.assertEqual((code, result), (1, None))
        self.assertIn("100 connections need 116 descriptors, and this process may have 64", err)

    def test_a_soft_limit_is_raised(self):
        few = lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (64, 256))
        peer = Peer(self, echo)
        self.assertEqual(bench("-c", "100", "-n", "100", peer.address, preexec_fn=few)[0], 0)

    def test_what_cannot_be_is_a_usage_error(self):
        for wrong, why in {
            (":1", "-c", "0"): "'0' is no number of 1 or more",
            (":1", "-s", "0"): "'0' is no size",
            (":1", "-s", "1x"): "'1x' is no size",
            (":1", "-s", "9223372036854775808"): "--size: '9223372036854775808' is more than",
            (":1", "-c", "2", "--pipeline", "9223372036854775808"): "--pipeline: 9223372036854775808 messages",
            (":1", "-c", "18446744073709551615"): "--connections: 18446744073709551615 are more",
            (":1", "-n", "many"): "'many' is no number of 1 or more",
            (":1", "--rate", "0"): "'0' is no number above 0",
            (":1", "--rate", "inf"): "'inf' is no number above 0",
            (":1", "-d", "soon"): "'soon' is no time",
            (":1", "--stream", "--rate", "5"): "excludes",
            (":1", "--stream", "--pipeline", "2"): "excludes",
            ("udp://:1",): "needs a stream",
            ("unix-dgram:/x",): "needs a stream",
            (): "for example:",
        }.items():
            code, out, err = priz("bench", *wrong)
            self.assertEqual((code, out), (2, b""), wrong)
            self.assertIn(why, err)


if __name__ == "__main__":
    unittest.main()
