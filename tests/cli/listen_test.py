#!/usr/bin/python3
"""`priz listen` against nc, socat and Python's sockets."""

import json
import os
import resource
import signal
import socket
import subprocess
import unittest

from harness import PATIENCE, Output, Process, Server, ToolTest, events, need, pattern, priz, run

BIG = pattern(10_000_000)


def connected(where, kind=socket.SOCK_STREAM, buffers=None):
    family = socket.AF_UNIX if isinstance(where, str) else socket.AF_INET6 if ":" in where[0] else socket.AF_INET
    s = socket.socket(family, kind)
    s.settimeout(PATIENCE)
    if buffers:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffers)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, buffers)
    s.connect(where)
    return s


def received(s):
    data = b""
    while part := s.recv(65536):
        data += part
    return data


def has_ipv6_loopback():
    try:
        with socket.socket(socket.AF_INET6) as s:
            s.bind(("::1", 0))
            return True
    except OSError:
        return False


class Echo(ToolTest):
    def test_ten_megabytes_come_back_from_nc(self):
        server = Server(self, "--echo", "127.0.0.1:0")
        code, out, _ = run(need("nc"), "-N", "127.0.0.1", str(server.port), stdin=BIG)
        self.assertEqual((code, out == BIG), (0, True))

    def test_ten_megabytes_come_back_from_socat(self):
        server = Server(self, "--echo", "127.0.0.1:0")
        code, out, _ = run(need("socat"), "-t10", "-", f"TCP:127.0.0.1:{server.port}", stdin=BIG)
        self.assertEqual((code, out == BIG), (0, True))

    def test_a_client_that_reads_late_loses_nothing_and_holds_up_nobody(self):
        server = Server(self, "--echo", "127.0.0.1:0")
        with connected(server.address, buffers=65536) as slow, connected(server.address) as other:
            much = BIG * 7  # more than the kernel's buffers ever grow to
            slow.setblocking(False)
            sent = 0
            with self.assertRaises(BlockingIOError):  # the server stops reading: it holds a bounded amount
                while sent < len(much):
                    sent += slow.send(much[sent : sent + 65536])
                    self.settle(other)
            slow.settimeout(PATIENCE)
            slow.shutdown(socket.SHUT_WR)
            self.assertTrue(received(slow) == much[:sent])

    def settle(self, other):
        other.sendall(b"x")
        self.assertEqual(other.recv(1), b"x")

    def test_the_answer_ends_when_the_client_has_ended_its_half(self):
        server = Server(self, "--echo", "127.0.0.1:0")
        with connected(server.address) as s:
            s.sendall(b"half")
            s.shutdown(socket.SHUT_WR)
            self.assertEqual(received(s), b"half")

    def test_localhost_is_served_under_one_port_on_each_of_its_addresses(self):
        server = Server(self, "--echo", ":0")
        for info in socket.getaddrinfo("localhost", server.port, type=socket.SOCK_STREAM):
            with connected(info[4][:2]) as s:
                s.sendall(b"x")
                self.assertEqual(s.recv(1), b"x")

    def test_no_host_is_the_loopback_interface_on_both_families(self):
        for transport, kind in {"tcp": socket.SOCK_STREAM, "udp": socket.SOCK_DGRAM}.items():
            server = Server(self, "--echo", f"{transport}://:0", addresses=1 + has_ipv6_loopback())
            hosts = {where.rpartition(":")[0] for where in server.addresses}
            self.assertEqual(hosts, {"127.0.0.1", "[::1]"} if has_ipv6_loopback() else {"127.0.0.1"})
            self.assertEqual(len({where.rpartition(":")[2] for where in server.addresses}), 1)
            for host in hosts:
                with connected((host.strip("[]"), server.port), kind) as s:
                    s.send(b"x")
                    self.assertEqual(s.recv(1), b"x")

    def test_udp_datagrams_come_back_one_by_one_to_their_senders(self):
        server = Server(self, "--echo", "udp://127.0.0.1:0")
        with connected(server.address, socket.SOCK_DGRAM) as a, connected(server.address, socket.SOCK_DGRAM) as b:
            a.send(b"first")
            b.send(b"")
            a.send(b"x" * 60000)
            self.assertEqual([a.recv(65536), a.recv(65536)], [b"first", b"x" * 60000])
            self.assertEqual(b.recv(65536), b"")

    def test_every_unix_kind(self):
        kinds = {"unix": socket.SOCK_STREAM, "unix-seqpacket": socket.SOCK_SEQPACKET, "unix-dgram": socket.SOCK_DGRAM}
        server = Server(self, "--echo", *(f"{kind}:{self.path(kind)}" for kind in kinds), addresses=3)
        for kind, number in kinds.items():
            with self.subTest(kind), socket.socket(socket.AF_UNIX, number) as s:
                s.settimeout(PATIENCE)
                s.bind(self.path(f"client-{kind}"))
                s.connect(self.path(kind))
                for message in (b"one", b"two"):
                    s.send(message)
                    self.assertEqual(s.recv(100), message)
        self.assertEqual(server.stop(), 0)
        self.assertEqual([kind for kind in kinds if os.path.exists(self.path(kind))], [], "paths are removed")

    def test_the_borders_of_packets_are_kept(self):
        Server(self, "--echo", f"unix-seqpacket:{self.path('q')}")
        with connected(self.path("q"), socket.SOCK_SEQPACKET) as s:
            for message in (b"one", b"two", b"three" * 1000):
                s.send(message)
            self.assertEqual([s.recv(65536) for _ in range(3)], [b"one", b"two", b"three" * 1000])

    def test_a_name_in_the_abstract_namespace(self):
        name = f"priz-test-{os.getpid()}"
        Server(self, "--echo", f"unix-abstract:{name}")
        with connected("\0" + name) as s:
            s.sendall(b"x")
            self.assertEqual(s.recv(1), b"x")


class Print(ToolTest):
    def test_what_comes_is_printed_as_it_is(self):
        server = Server(self, "127.0.0.1:0")
        data = bytes(range(256)) * 100
        with connected(server.address) as s:
            s.sendall(data)
        server.err.until(b"end of stream")
        self.assertEqual(server.stop(), 0)
        self.assertTrue(server.out.rest() == data)

    def test_a_reader_that_is_slow_loses_nothing(self):
        server = Server(self, "127.0.0.1:0")
        sender = Process(self, [need("nc"), "-N", "127.0.0.1", str(server.port)], stdin=subprocess.PIPE)
        sender.input.write(pattern(65536))  # more than the pipe to us holds follows once we read
        sender.input.flush()
        server.out.until(pattern(65536)[-4:])
        sender.input.close()
        server.err.until(b"end of stream")

    def test_on_a_terminal_remote_bytes_are_shown_and_not_obeyed(self):
        master, slave = os.openpty()
        server = Server(self, "127.0.0.1:0", stdout=slave)
        os.close(slave)
        self.addCleanup(os.close, master)
        with connected(server.address) as s:
            s.sendall("\x1b]0;evil\x07 merhaba dünya \u202e\n".encode() + b"\xff\n")
        shown = Output(master).until(b"\\xff")
        self.assertNotIn(b"\x1b", shown)
        self.assertIn("\\x1b]0;evil\\x07 merhaba dünya \\u{202e}".encode(), shown)

    def test_events_are_json_one_a_line(self):
        server = Process(self, [os.environ["PRIZ_TOOL_PATH"], "listen", "--json", "-q", "127.0.0.1:0"])
        while (event := json.loads(server.out.line()))["event"] != "listening":
            pass
        host, _, port = event["address"].rpartition(":")
        with connected((host, int(port))) as s:
            s.sendall(b"text\n")
            self.assertEqual(json.loads(server.out.line())["event"], "connected")
            self.assertEqual(json.loads(server.out.line())["text"], "text\n")
            s.sendall(b"\xff\x00")
            self.assertEqual(json.loads(server.out.line())["base64"], "/wA=")
        server.signal(signal.SIGINT)
        kinds = [event["event"] for event in events(server.out.rest())]
        self.assertEqual(kinds[-1], "stopped")
        self.assertEqual(server.wait(), 0)


class Lines(ToolTest):
    def test_lines_are_stripped_however_the_packets_fall(self):
        server = Server(self, "--lines", "127.0.0.1:0")
        with connected(server.address) as s:
            for part in (b"  mer", b"haba \r", b"\niki\nend"):
                s.sendall(part)
        self.assertEqual(server.out.until(b"----------------\n"), b"merhaba\niki\nend\n----------------\n")

    def test_commands_are_lines_and_not_packets(self):
        server = Server(self, "--lines", "--commands", "127.0.0.1:0")
        with connected(server.address) as s:
            s.sendall(b"not disconnect\ndiscon")
            s.sendall(b"nect\nunheard\n")
            self.assertEqual(received(s), b"")
        with connected(server.address) as s:
            s.sendall(b"sto")
            s.sendall(b"p\n")
            self.assertEqual(server.wait(), 0)
        rule = b"----------------\n"
        self.assertEqual(server.out.rest(), b"not disconnect\n" + rule + rule)

    def test_commands_alone_mean_lines(self):
        server = Server(self, "--commands", "udp://127.0.0.1:0")
        with connected(server.address, socket.SOCK_DGRAM) as s:
            s.send(b"a\nb")
            s.send(b"stop\n")
            self.assertEqual(server.wait(), 0)
        self.assertEqual(server.out.rest(), b"a\nb\n")

    def test_a_line_without_end_is_not_kept_for_ever(self):
        server = Server(self, "--lines", "127.0.0.1:0")
        with connected(server.address) as s:
            with self.assertRaises((BrokenPipeError, ConnectionResetError)):
                while True:
                    s.sendall(b"x" * 65536)
        server.err.until(b"a line longer than")


class Limits(ToolTest):
    def test_a_silent_client_is_dropped(self):
        server = Server(self, "--lines", "--idle-timeout", "200ms", "127.0.0.1:0")
        with connected(server.address) as s:
            self.assertEqual(s.recv(1), b"")
        server.err.until(b"idle for too long")

    def test_more_clients_than_allowed_wait_for_their_turn(self):
        server = Server(self, "--echo", "--max-conns", "1", "127.0.0.1:0")
        with connected(server.address) as first:
            first.sendall(b"1")
            self.assertEqual(first.recv(1), b"1")
            second = connected(server.address)
            self.addCleanup(second.close)
            second.sendall(b"2")
            second.setblocking(False)
            first.sendall(b"1")
            self.assertEqual(first.recv(1), b"1")
            self.assertRaises(BlockingIOError, second.recv, 1)
        second.settimeout(PATIENCE)
        self.assertEqual(second.recv(1), b"2")

    def test_running_out_of_descriptors_is_survived(self):
        few = lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (16, 16))
        server = Server(self, "--echo", "127.0.0.1:0", preexec_fn=few)
        clients = [connected(server.address) for _ in range(30)]
        server.err.until(b"new clients wait")
        for client in clients[:-1]:
            client.close()
        clients[-1].sendall(b"x")
        self.assertEqual(clients[-1].recv(1), b"x")
        clients[-1].close()

    def test_a_timeout_ends_the_server(self):
        server = Server(self, "--echo", "--timeout", "10ms", "127.0.0.1:0")
        self.assertEqual(server.wait(), 28)

    def test_ctrl_c_and_sigterm_end_it_cleanly(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            server = Server(self, "--echo", "127.0.0.1:0")
            server.signal(number)
            self.assertEqual(server.wait(), 0)

    def test_an_address_in_use_is_an_error_that_says_so(self):
        server = Server(self, "127.0.0.1:0")
        code, _, err = priz("listen", f"127.0.0.1:{server.port}")
        self.assertEqual(code, 45)
        self.assertIn("in use", err)

    def test_a_port_that_is_taken_on_one_family_is_not_served_on_the_other_alone(self):
        with socket.socket() as other:
            other.bind(("127.0.0.1", 0))
            other.listen()
            port = other.getsockname()[1]
            for where in (f":{port}", f"any:{port}"):
                code, _, err = priz("listen", "--timeout", "10ms", where)
                self.assertEqual(code, 45)
                self.assertRegex(err, f"bind tcp .*:{port}: address already in use")

    def test_an_output_that_nobody_reads_is_a_write_error(self):
        with open("/dev/full", "wb") as full:
            server = Server(self, "127.0.0.1:0", stdout=full)
            with connected(server.address) as s:
                s.sendall(b"x")
                self.assertEqual(server.wait(), 23)


class Drain(ToolTest):
    def clogged(self, server):
        """A client whose answers wait in the server, and what it has sent."""
        s = connected(server.address, buffers=65536)
        self.addCleanup(s.close)
        s.setblocking(False)
        sent = 0
        with self.assertRaises(BlockingIOError):
            while sent < len(BIG):
                sent += s.send(BIG[sent : sent + 65536])
                with connected(server.address) as other:  # meanwhile the server has had its turn
                    other.settimeout(PATIENCE)
                    other.sendall(b"x")
                    self.assertEqual(other.recv(1), b"x")
        s.settimeout(PATIENCE)
        return s, sent

    def test_what_was_to_be_answered_is_answered_and_then_the_end_comes(self):
        server = Server(self, "--echo", "127.0.0.1:0")
        s, sent = self.clogged(server)
        server.signal(signal.SIGTERM)
        answer = received(s)
        self.assertTrue(0 < len(answer) <= sent and answer == BIG[: len(answer)])
        s.close()
        self.assertEqual(server.wait(), 0)
        self.assertTrue(server.err.rest().endswith(b"stopped: SIGTERM\n"))

    def test_meanwhile_nobody_else_is_served_and_a_second_signal_ends_it(self):
        server = Server(self, "--echo", "127.0.0.1:0")
        self.clogged(server)
        server.signal(signal.SIGINT)
        with self.assertRaises((ConnectionRefusedError, ConnectionResetError)):
            while True:
                with socket.socket() as other:
                    other.settimeout(PATIENCE)
                    other.connect(server.address)
        server.signal(signal.SIGINT)
        self.assertEqual(server.wait(), 0)

    def test_an_idle_client_holds_nothing_up(self):
        server = Server(self, "--echo", "127.0.0.1:0")
        with connected(server.address) as s:
            s.sendall(b"x")
            self.assertEqual(s.recv(1), b"x")
            self.assertEqual(server.stop(), 0)
            self.assertEqual(s.recv(1), b"")

    def test_what_was_not_read_before_the_signal_is_no_reset(self):
        # The server finds the signal and the bytes at once, and may begin with either.
        for _ in range(5):
            server = Server(self, "--echo", "127.0.0.1:0")
            with connected(server.address) as s:
                s.sendall(b"first")
                self.assertEqual(s.recv(5), b"first")
                server.signal(signal.SIGSTOP)
                s.sendall(b"second")
                server.signal(signal.SIGTERM)
                server.signal(signal.SIGCONT)
                self.assertIn(received(s), (b"", b"second"))
            self.assertEqual(server.wait(), 0)


class Greet(ToolTest):
    def test_each_client_is_greeted_even_one_that_talks(self):
        server = Server(self, "--greet", "Thank you for connecting", "127.0.0.1:0")
        for talk in (b"", b"x" * 100_000):
            with connected(server.address) as s:
                s.sendall(talk)
                self.assertEqual(received(s), b"Thank you for connecting\n")


if __name__ == "__main__":
    unittest.main()
