"""What Python's sockets do, as far as CPython's own tests would not notice if they did not.

    python3 behaviours_test.py [unittest's arguments]     on whatever `socket` the interpreter has
    python3 behaviours_test.py --fault NAME …             the same with a fault of planted_faults.py in it

Every claim here holds for CPython's own module and for priz's. Signals are real, so that the tests run in the main
thread; nothing waits longer than what it waits for takes.
"""

import array
import os
import select
import signal
import socket
import struct
import sys
import tempfile
import threading
import time
import unittest

import _testcapi

from waiting import until_it_waits

LOCAL = ("127.0.0.1", 0)


def pair(timeout=None):
    """A connected pair that is closed with its test."""
    here, there = socket.socketpair()
    here.settimeout(timeout)
    return here, there


def inheritable(fd):
    return os.get_inheritable(fd)


def fill(sock):
    """Sends until the other end takes no more; how much that was."""
    before = sock.gettimeout()
    sock.settimeout(0)
    sent = 0
    try:
        while True:
            sent += sock.send(b"x" * 65536)
    except BlockingIOError:
        sock.settimeout(before)
        return sent


class Running:
    """A call in a thread of its own; calling this waits for its end and gives what it returned or raised."""

    def __init__(self, call):
        self.call, self.outcome = call, None
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self):
        try:
            self.outcome = self.call()
        except Exception as why:
            self.outcome = why

    def is_over_within(self, seconds):
        self.thread.join(seconds)
        return not self.thread.is_alive()

    def __call__(self):
        self.thread.join()
        return self.outcome


def dropped_datagrams():
    """How many datagrams with a wrong checksum this machine has thrown away."""
    with open("/proc/net/snmp") as f:
        names, values = [line.split() for line in f if line.startswith("Udp:")]
    return int(values[names.index("InCsumErrors")])


class Case(unittest.TestCase):
    def keep(self, *closable):
        """Closes these with the test; returns them."""
        for each in closable:
            self.addCleanup(each.close)
        return closable if len(closable) > 1 else closable[0]

    def pair(self, timeout=None):
        return self.keep(*pair(timeout))

    def in_thread(self, call):
        """Runs `call` in a thread that sleeps in the kernel when this returns."""
        running = Running(call)
        until_it_waits(running.thread)
        return running


class Descriptors(Case):
    def test_an_accepted_descriptor_is_not_inheritable(self):
        listener = self.keep(socket.create_server(LOCAL))
        self.keep(socket.create_connection(listener.getsockname()))
        self.assertFalse(inheritable(self.keep(listener.accept()[0]).fileno()))

    def test_descriptors_made_in_every_other_way_are_not_inheritable_either(self):
        one, other = self.pair()
        copy = self.keep(one.dup())
        adopted = self.keep(socket.socket(fileno=socket.dup(one.fileno())))
        for each in (one, other, copy, adopted, self.keep(socket.socket())):
            self.assertFalse(inheritable(each.fileno()))

    def test_a_received_descriptor_is_as_the_kernel_gives_it_inheritable(self):
        here, there = self.pair()
        socket.send_fds(here, [b"x"], [here.fileno()])
        _, (fd,), _, _ = socket.recv_fds(there, 1, 1)
        self.addCleanup(os.close, fd)
        self.assertTrue(inheritable(fd))

    def test_descriptors_are_closed_when_the_message_around_them_cannot_be_made(self):
        here, there = self.pair()
        room = socket.CMSG_SPACE(struct.calcsize("i"))
        message = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [here.fileno()]))]
        open_before = len(os.listdir("/proc/self/fd"))
        outcome = None
        for allocation in range(1, 60):
            here.sendmsg([b"x"], message)
            _testcapi.set_nomemory(allocation, allocation + 1)
            try:
                outcome = there.recvmsg(1, room)
            except MemoryError:
                outcome = None
            finally:
                _testcapi.remove_mem_hooks()
            if outcome is not None:
                os.close(array.array("i", outcome[1][0][2])[0])
                outcome = None
                if len(os.listdir("/proc/self/fd")) != open_before:
                    break
            # What was not received is taken out, so that the next message is the next one.
            there.setblocking(False)
            try:
                _, ancillary, _, _ = there.recvmsg(1, room)
                os.close(array.array("i", ancillary[0][2])[0])
            except BlockingIOError:
                pass
            there.setblocking(True)
        self.assertEqual(len(os.listdir("/proc/self/fd")), open_before)


class Timeouts(Case):
    def test_the_message_of_a_timeout_is_timed_out_and_it_has_no_number(self):
        here, _ = self.pair(0.001)
        for call in (lambda: here.recv(1), lambda: here.recv_into(bytearray(1)), lambda: here.recvmsg(1),
                     lambda: here.recvfrom(1)):
            with self.assertRaises(TimeoutError) as caught:
                call()
            self.assertEqual(str(caught.exception), "timed out")
            self.assertIsNone(caught.exception.errno)

    def test_the_message_of_a_timeout_is_the_same_for_what_sends(self):
        here, _ = self.pair(0.001)
        fill(here)
        for call in (lambda: here.send(b"x"), lambda: here.sendall(b"x"), lambda: here.sendmsg([b"x"])):
            with self.assertRaises(TimeoutError) as caught:
                call()
            self.assertEqual(str(caught.exception), "timed out")
            self.assertIsNone(caught.exception.errno)

    def test_accept_times_out_with_the_same_message(self):
        listener = self.keep(socket.create_server(LOCAL))
        listener.settimeout(0.001)
        with self.assertRaises(TimeoutError) as caught:
            listener.accept()
        self.assertEqual(str(caught.exception), "timed out")

    def test_a_timeout_below_a_nanosecond_is_one_nanosecond_and_still_waits(self):
        here, _ = self.pair(1e-12)
        self.assertEqual(here.gettimeout(), 1e-9)
        self.assertTrue(here.getblocking())
        with self.assertRaises(TimeoutError):
            here.recv(1)

    def test_a_timeout_below_a_millisecond_is_not_cut_short(self):
        here, _ = self.pair(0.0009)
        for _ in range(20):
            begin = time.monotonic()
            with self.assertRaises(TimeoutError):
                here.recv(1)
            self.assertGreaterEqual(time.monotonic() - begin, 0.0009)

    def test_a_timeout_of_more_than_24_days_waits(self):
        for days in (25, 50, 1000, 100_000):
            here, there = self.pair(days * 86400)
            received = self.in_thread(lambda: here.recv(1))
            self.assertFalse(received.is_over_within(0.02))
            there.send(b"x")
            self.assertEqual(received(), b"x")

    def test_sendall_has_one_timeout_for_all_its_parts(self):
        here, there = self.pair(0.6)
        data = b"x" * (fill(here) * 4)
        stop = False

        def drain():  # slowly: each part goes out well within the timeout, all of them do not
            while not stop:
                select.select([], [], [], 0.05)
                there.recv(len(data) // 30)

        thread = threading.Thread(target=drain)
        thread.start()
        try:
            with self.assertRaises(TimeoutError) as caught:
                here.sendall(data)
            self.assertEqual(str(caught.exception), "timed out")
        finally:
            stop = True
            thread.join()

    def test_a_false_wake_up_goes_back_to_waiting(self):
        # A datagram with a wrong checksum makes the socket readable, and is thrown away when it is received.
        receiver = self.keep(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        receiver.bind(LOCAL)
        receiver.settimeout(60)
        try:
            raw = self.keep(socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_UDP))
        except PermissionError:
            self.skipTest("making raw datagrams needs root")
        port = receiver.getsockname()[1]
        payload = b"false" * 40
        received = self.in_thread(lambda: receiver.recv(1000))
        header = struct.pack("!HHHH", 9, port, 8 + len(payload), 0x1234)
        before = dropped_datagrams()
        raw.sendto(header + payload, ("127.0.0.1", 0))
        while dropped_datagrams() == before and not received.is_over_within(0.001):
            pass
        sender = self.keep(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        sender.sendto(b"true", ("127.0.0.1", port))
        self.assertEqual(received(), b"true")


class Signals(Case):
    def once(self, seconds, handler):
        """Has SIGALRM call `handler`, a single time."""
        self.every(seconds, handler, again=0)

    def every(self, seconds, handler=lambda: None, again=None):
        """Has SIGALRM call `handler` again and again; its handlers are counted in self.signals."""
        self.signals = 0

        def count(*_):
            self.signals += 1
            handler()

        before = signal.signal(signal.SIGALRM, count)
        self.addCleanup(signal.signal, signal.SIGALRM, before)
        self.addCleanup(signal.setitimer, signal.ITIMER_REAL, 0)
        signal.setitimer(signal.ITIMER_REAL, seconds, seconds if again is None else again)

    def test_a_timeout_goes_on_counting_through_signals(self):
        here, there = self.pair(0.3)
        # Whoever begins to count anew at each signal is still waiting at the fortieth.
        self.every(0.05, lambda: there.send(b"too late") if self.signals == 40 else None)
        with self.assertRaises(TimeoutError):
            here.recv(1)
        self.assertGreaterEqual(self.signals, 1)

    def test_an_accept_goes_on_counting_through_signals(self):
        listener = self.keep(socket.create_server(LOCAL))
        listener.settimeout(0.3)
        address = listener.getsockname()
        self.every(0.05, lambda: self.keep(socket.create_connection(address)) if self.signals == 40 else None)
        with self.assertRaises(TimeoutError):
            self.keep(listener.accept()[0])

    def test_a_handler_that_raises_ends_the_call_with_its_exception(self):
        def give_up():
            raise ZeroDivisionError

        for timeout in (None, 60):
            here, _ = self.pair(timeout)
            with self.assertRaises(ZeroDivisionError):
                self.once(0.05, give_up)
                here.recv(1)

    def test_a_handler_that_raises_ends_a_sendfile_that_is_under_way(self):
        def give_up():
            raise ZeroDivisionError

        here, _ = self.pair(60)
        with tempfile.TemporaryFile() as file:
            file.write(bytes(20_000_000))
            file.flush()
            with self.assertRaises(ZeroDivisionError):
                self.once(0.1, give_up)
                here.sendfile(file)

    def test_a_call_without_a_timeout_goes_on_after_a_signal(self):
        here, there = self.pair()
        self.every(0.02, lambda: there.send(b"x") if self.signals == 3 else None)
        self.assertEqual(here.recv(1), b"x")
        self.assertGreaterEqual(self.signals, 3)

    def full_listener(self):
        """A listener whose queue is full, so that connect() has to wait."""
        listener = self.keep(socket.socket())
        listener.bind(LOCAL)
        listener.listen(0)
        while True:
            client = self.keep(socket.socket())
            client.settimeout(0.02)
            try:
                client.connect(listener.getsockname())
            except TimeoutError:
                client.close()  # it would go on trying, and take the place that a test makes
                return listener

    def test_connect_is_awaited_after_a_signal(self):
        for timeout in (None, 60):
            listener = self.full_listener()
            client = self.keep(socket.socket())
            client.settimeout(timeout)

            def make_room():
                if self.signals == 2:
                    listener.setblocking(False)
                    try:
                        while True:
                            self.keep(listener.accept()[0])
                    except BlockingIOError:
                        pass

            self.every(0.05, make_room)
            client.connect(listener.getsockname())
            signal.setitimer(signal.ITIMER_REAL, 0)
            self.assertEqual(client.getpeername(), listener.getsockname())
            self.assertGreaterEqual(self.signals, 2)


class Threads(Case):
    def test_a_call_whose_socket_another_thread_closes_ends_with_ebadf(self):
        here, there = self.pair(60)
        received = self.in_thread(lambda: here.recv(1))
        number = here.fileno()
        here.close()
        # The number is taken by somebody else, whose data is not for the call that waits.
        stranger, friend = self.pair()
        if stranger.fileno() != number:
            os.dup2(stranger.fileno(), number)
            self.addCleanup(os.close, number)
        friend.send(b"not for you")
        there.send(b"x")
        outcome = received()
        self.assertIsInstance(outcome, OSError)
        self.assertEqual(outcome.errno, 9)
        self.assertEqual(stranger.recv(100), b"not for you")

    def test_other_threads_run_while_a_call_waits(self):
        here, there = self.pair()
        received = self.in_thread(lambda: here.recv(1))  # returns only because this thread goes on
        there.send(b"x")
        self.assertEqual(received(), b"x")

    def test_other_threads_run_while_a_descriptor_is_closed(self):
        listener = self.keep(socket.create_server(LOCAL))
        client = socket.create_connection(listener.getsockname())
        server = self.keep(listener.accept()[0])
        fill(client)
        # Closing waits for what the peer has not taken yet, as long as it was told to linger.
        client.setblocking(True)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 10))
        fd = client.detach()
        closed = self.in_thread(lambda: socket.close(fd))
        self.assertFalse(closed.is_over_within(0))
        while server.recv(1 << 20):
            pass
        self.assertIsNone(closed())


class Buffers(Case):
    def test_recv_into_takes_no_more_than_it_was_told(self):
        here, there = self.pair()
        there.send(b"abcdef")
        memory = bytearray(b"......")
        self.assertEqual(here.recv_into(memory, 2), 2)
        self.assertEqual(memory, b"ab....")
        self.assertEqual(here.recv_into(memoryview(memory)[1:], 3), 3)
        self.assertEqual(memory, b"acde..")
        self.assertEqual(here.recvfrom_into(memory, 1)[0], 1)
        self.assertEqual(memory, b"fcde..")

    def test_a_receive_for_more_than_there_is_gives_what_there_is(self):
        for size in (1, 4096, 4097, 1 << 20):
            here, there = self.pair()
            there.send(b"x")
            self.assertEqual(here.recv(size), b"x")

    def test_a_receive_of_nothing_does_not_wait(self):
        for timeout in (None, 0, 60):
            here, _ = self.pair(timeout)
            self.assertEqual(here.recv(0), b"")
            self.assertEqual(here.recv_into(bytearray()), 0)

    def test_what_is_sent_is_held_while_it_is_sent(self):
        here, there = self.pair()
        memory = bytearray(fill(here) * 2)
        while there.recv(1 << 20, socket.MSG_DONTWAIT | socket.MSG_PEEK):
            there.recv(1 << 20)
            if not select.select([there], [], [], 0)[0]:
                break
        sent = self.in_thread(lambda: here.sendall(memory))
        with self.assertRaises(BufferError):
            memory.clear()
        left = len(memory)
        while left:
            left -= len(there.recv(left))
        self.assertIsNone(sent())
        memory.clear()


class Replaced(Case):
    """Programs put classes and methods of their own into the module, and they are called."""

    def accepted(self):
        listener = self.keep(socket.create_server(LOCAL))
        self.keep(socket.create_connection(listener.getsockname()))
        return self.keep(listener.accept()[0])

    def test_accept_makes_what_the_module_says_is_a_socket(self):
        standard = socket.socket

        class Counted(standard):
            made = 0

            def __init__(self, *arguments, **names):
                super().__init__(*arguments, **names)
                Counted.made += 1

        self.addCleanup(setattr, socket, "socket", standard)
        socket.socket = Counted
        before = Counted.made
        connection = self.accepted()
        self.assertIsInstance(connection, Counted)
        self.assertEqual(Counted.made, before + 3)  # listener, client, connection
        socket.socket = lambda *arguments, **names: standard(*arguments, **names)
        self.assertIsInstance(self.accepted(), standard)

    def test_accept_goes_through_a_method_that_a_class_has_of_its_own(self):
        calls = []

        class Watched(socket.socket):
            def _accept(self):
                calls.append(self)
                return super()._accept()

        listener = self.keep(Watched())
        listener.bind(LOCAL)
        listener.listen()
        self.keep(socket.create_connection(listener.getsockname()))
        self.keep(listener.accept()[0])
        self.assertEqual(calls, [listener])


class Addresses(Case):
    def test_a_nul_byte_in_a_host_is_refused_with_its_reason(self):
        with self.assertRaisesRegex(TypeError, "^host name must not contain null character$"):
            self.keep(socket.socket()).bind(("127.0.0.1\0", 0))

    def test_an_address_of_a_family_nobody_knows_is_given_as_it_is(self):
        if "strange_names" not in os.environ.get("LD_PRELOAD", ""):
            self.skipTest("it takes a kernel with a strange family, which tests/python/strange_names.cpp plays")
        here, _ = self.pair()
        self.assertEqual(here.getpeername(), (77, b"strange family"))


def main():
    arguments = sys.argv[1:]
    if arguments[:1] == ["--fault"]:
        import planted_faults

        planted_faults.plant(arguments[1])
        arguments = arguments[2:]
    program = unittest.main(argv=[sys.argv[0], *arguments], exit=False)
    failed = [test._testMethodName for test, _ in program.result.failures + program.result.errors]
    print("skipped:", *(test._testMethodName for test, _ in program.result.skipped))
    print("failed:", *failed)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
