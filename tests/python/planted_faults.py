"""Faults that tests have to notice, each planted into the `socket` that the interpreter has.

A fault is a wrong method in the place of a right one, as a careless implementation would have it.
"""

import contextlib
import os
import select
import signal
import socket
import time

real = socket.socket
base = real.__mro__[1]


def accepted_descriptors_are_inheritable():
    right = real.accept

    def accept(self):
        connection, remote = right(self)
        connection.set_inheritable(True)
        return connection, remote

    real.accept = accept


def made_descriptors_are_inheritable():
    right = real.dup

    def dup(self):
        copy = right(self)
        copy.set_inheritable(True)
        return copy

    real.dup = dup


def received_descriptors_are_closed_on_exec():
    right = base.recvmsg
    real.recvmsg = lambda self, size, room=0, flags=0: right(self, size, room, flags | socket.MSG_CMSG_CLOEXEC)


def descriptors_leak_without_memory():
    right = base.recvmsg

    def recvmsg(self, *arguments):
        message = right(self, *arguments)
        bytearray(64)  # where this fails, nobody has the descriptors
        return message

    real.recvmsg = recvmsg


def recv_into_ignores_its_count():
    right, right_from = base.recv_into, base.recvfrom_into
    real.recv_into = lambda self, buffer, nbytes=0, flags=0: right(self, buffer, 0, flags)
    real.recvfrom_into = lambda self, buffer, nbytes=0, flags=0: right_from(self, buffer, 0, flags)


def note_signals():
    """A list that has an entry more each time that a handler of Python's ran."""
    interrupted = []
    set_handler = signal.signal

    def with_note(number, handler):
        def note(*arguments):
            interrupted.append(number)
            handler(*arguments)

        return set_handler(number, note if callable(handler) else handler)

    signal.signal = with_note
    return interrupted


def a_signal_renews_the_timeout():
    interrupted = note_signals()

    def patiently(name):
        right = getattr(real, name)

        def call(self, *arguments):
            timeout = self.gettimeout()
            if not timeout or arguments[:1] == (0,):
                return right(self, *arguments)
            until, seen = time.monotonic() + timeout, len(interrupted)
            while not select.select([self], [], [], 0.005)[0]:
                if len(interrupted) != seen:
                    until, seen = time.monotonic() + timeout, len(interrupted)
                if time.monotonic() > until:
                    raise TimeoutError("timed out")
            return right(self, *arguments)

        setattr(real, name, call)

    patiently("recv")
    patiently("accept")


def sendall_has_a_timeout_for_each_part():
    def sendall(self, data, flags=0):
        data = memoryview(data)
        while data:
            data = data[self.send(data, flags):]

    real.sendall = sendall


def connect_gives_up_at_a_signal():
    right = base.connect
    interrupted = note_signals()

    def connect(self, address):
        timeout, seen = self.gettimeout(), len(interrupted)
        self.setblocking(False)
        try:
            right(self, address)
        except BlockingIOError:
            until = None if timeout is None else time.monotonic() + timeout
            while not select.select([], [self], [], 0.005)[1]:
                if len(interrupted) != seen:
                    break
                if until is not None and time.monotonic() > until:
                    raise TimeoutError("timed out")
        finally:
            self.settimeout(timeout)

    real.connect = connect


def the_message_is_longer():
    for name in ("recv", "recv_into", "recvmsg", "recvfrom", "send", "sendall", "sendmsg", "accept"):
        right = getattr(real, name)

        def call(self, *arguments, right=right):
            try:
                return right(self, *arguments)
            except TimeoutError:
                raise TimeoutError("The operation timed out") from None

        setattr(real, name, call)


def wait_readable(sock):
    poll = select.poll()
    poll.register(sock, select.POLLIN)
    if not poll.poll(min(sock.gettimeout() * 1000, 2**31 - 1)):
        raise TimeoutError("timed out")


def timeouts_are_cut_to_milliseconds():
    right = base.recv

    def recv(self, size, flags=0):
        if self.gettimeout() and self.gettimeout() < 0.001 and not select.select([self], [], [], 0)[0]:
            raise TimeoutError("timed out")
        return right(self, size, flags)

    real.recv = recv


def tiny_timeouts_do_not_wait():
    right = base.settimeout
    real.settimeout = lambda self, timeout: right(self, None if timeout is None else int(timeout * 1e9) / 1e9)


def timeouts_are_32_bits_of_milliseconds():
    right = base.settimeout
    real.settimeout = lambda self, timeout: right(
        self, None if timeout is None else timeout if timeout * 1000 < 2**31 else 1e-6)


def a_false_wake_up_is_an_error():
    right = base.recv

    def recv(self, size, flags=0):
        if self.gettimeout() and size:
            wait_readable(self)
            return os.read(self.fileno(), size)
        return right(self, size, flags)

    real.recv = recv


def the_descriptor_is_read_once():
    right = base.recv

    def recv(self, size, flags=0):
        fd = self.fileno()
        if not self.gettimeout() or not size:
            return right(self, size, flags)
        wait_readable(self)
        while True:
            try:
                return os.read(fd, size)
            except BlockingIOError:
                wait_readable(self)

    real.recv = recv


def a_nul_byte_ends_a_host():
    right = base.bind
    real.bind = lambda self, address: right(self, (address[0].split("\0")[0], address[1]))


def unknown_families_are_an_error():
    right = base.getpeername

    def getpeername(self):
        name = right(self)
        if name[0] == 77:
            raise OSError("unknown address family")
        return name

    real.getpeername = getpeername


def data_is_not_held_while_it_is_sent():
    right = base.sendall
    real.sendall = lambda self, data, flags=0: right(self, bytes(data), flags)


def received_bytes_are_as_many_as_asked_for():
    right = base.recv
    real.recv = lambda self, size, flags=0: right(self, size, flags).ljust(size if size == 4097 else 0, b"\0")


def a_signal_ends_a_call():
    right = base.recv
    interrupted = note_signals()

    def recv(self, size, flags=0):
        seen = len(interrupted)
        while size and self.gettimeout() is None and not select.select([self], [], [], 0.005)[0]:
            if len(interrupted) != seen:
                raise InterruptedError(4, "Interrupted system call")
        return right(self, size, flags)

    real.recv = recv


def exceptions_of_handlers_are_dropped():
    set_handler = signal.signal

    def with_care(number, handler):
        def call(*arguments):
            with contextlib.suppress(Exception):
                handler(*arguments)

        return set_handler(number, call if callable(handler) else handler)

    signal.signal = with_care
    right = base.recv

    def recv(self, size, flags=0):
        if size and self.gettimeout() in (None, 60) and not select.select([self], [], [], 0.2)[0]:
            raise InterruptedError(4, "Interrupted system call")
        return right(self, size, flags)

    right_sendfile = real.sendfile

    def sendfile(self, file, offset=0, count=None):
        self.settimeout(0.5)
        return right_sendfile(self, file, offset, count)

    real.recv, real.sendfile = recv, sendfile


def a_receive_of_nothing_waits():
    right, right_into = base.recv, base.recv_into

    def wait(self):
        if self.gettimeout() == 0:
            raise BlockingIOError(11, "Resource temporarily unavailable")

    def recv(self, size, flags=0):
        if not size:
            wait(self)
        return right(self, size, flags)

    def recv_into(self, buffer, nbytes=0, flags=0):
        if not len(buffer):
            wait(self)
        return right_into(self, buffer, nbytes, flags)

    real.recv, real.recv_into = recv, recv_into


def sendfile_is_deaf_to_signals():
    right = real.sendfile

    def sendfile(self, file, offset=0, count=None):
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGALRM})
        self.settimeout(0.5)
        try:
            return right(self, file, offset, count)
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, signal.SIG_IGN)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGALRM})

    real.sendfile = sendfile


def accept_knows_one_class():
    def accept(self):
        fd, address = self._accept()
        return real(fileno=fd), address

    real.accept = accept


def accept_knows_one_method():
    right = base._accept

    def accept(self):
        fd, address = right(self)
        return socket.socket(fileno=fd), address

    real.accept = accept


def the_lock_is_held():
    import ctypes

    with_lock = ctypes.PyDLL(None)
    right = base.recv

    def recv(self, size, flags=0):
        if self.gettimeout() is not None or not size:
            return right(self, size, flags)
        self.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, (1).to_bytes(8, "little") + bytes(8))
        memory = ctypes.create_string_buffer(size)
        count = with_lock.recv(self.fileno(), memory, size, flags)
        return memory.raw[:max(count, 0)]

    real.recv = recv


def the_lock_is_held_while_closing():
    import ctypes

    with_lock = ctypes.PyDLL(None)

    def close(fd):
        with_lock.close(fd)

    socket.close = close


# What each fault has to make fail, and nothing else.
CAUGHT_BY = {
    accepted_descriptors_are_inheritable: {"test_an_accepted_descriptor_is_not_inheritable"},
    made_descriptors_are_inheritable: {"test_descriptors_made_in_every_other_way_are_not_inheritable_either"},
    received_descriptors_are_closed_on_exec: {"test_a_received_descriptor_is_as_the_kernel_gives_it_inheritable"},
    descriptors_leak_without_memory: {"test_descriptors_are_closed_when_the_message_around_them_cannot_be_made"},
    recv_into_ignores_its_count: {"test_recv_into_takes_no_more_than_it_was_told"},
    a_signal_renews_the_timeout: {"test_a_timeout_goes_on_counting_through_signals",
                                  "test_an_accept_goes_on_counting_through_signals"},
    sendall_has_a_timeout_for_each_part: {"test_sendall_has_one_timeout_for_all_its_parts"},
    connect_gives_up_at_a_signal: {"test_connect_is_awaited_after_a_signal"},
    the_message_is_longer: {"test_the_message_of_a_timeout_is_timed_out_and_it_has_no_number",
                            "test_the_message_of_a_timeout_is_the_same_for_what_sends",
                            "test_accept_times_out_with_the_same_message",
                            "test_sendall_has_one_timeout_for_all_its_parts"},
    timeouts_are_cut_to_milliseconds: {"test_a_timeout_below_a_millisecond_is_not_cut_short"},
    tiny_timeouts_do_not_wait: {"test_a_timeout_below_a_nanosecond_is_one_nanosecond_and_still_waits"},
    timeouts_are_32_bits_of_milliseconds: {"test_a_timeout_of_more_than_24_days_waits"},
    a_false_wake_up_is_an_error: {"test_a_false_wake_up_goes_back_to_waiting"},
    the_descriptor_is_read_once: {"test_a_call_whose_socket_another_thread_closes_ends_with_ebadf"},
    a_nul_byte_ends_a_host: {"test_a_nul_byte_in_a_host_is_refused_with_its_reason"},
    unknown_families_are_an_error: {"test_an_address_of_a_family_nobody_knows_is_given_as_it_is"},
    data_is_not_held_while_it_is_sent: {"test_what_is_sent_is_held_while_it_is_sent"},
    received_bytes_are_as_many_as_asked_for: {"test_a_receive_for_more_than_there_is_gives_what_there_is"},
    a_signal_ends_a_call: {"test_a_call_without_a_timeout_goes_on_after_a_signal"},
    exceptions_of_handlers_are_dropped: {"test_a_handler_that_raises_ends_the_call_with_its_exception",
                                         "test_a_handler_that_raises_ends_a_sendfile_that_is_under_way"},
    a_receive_of_nothing_waits: {"test_a_receive_of_nothing_does_not_wait"},
    sendfile_is_deaf_to_signals: {"test_a_handler_that_raises_ends_a_sendfile_that_is_under_way"},
    accept_knows_one_class: {"test_accept_makes_what_the_module_says_is_a_socket"},
    accept_knows_one_method: {"test_accept_goes_through_a_method_that_a_class_has_of_its_own"},
    the_lock_is_held: {"test_other_threads_run_while_a_call_waits",
                       "test_a_call_without_a_timeout_goes_on_after_a_signal"},
    the_lock_is_held_while_closing: {"test_other_threads_run_while_a_descriptor_is_closed"},
}


def plant(name):
    {fault.__name__: fault for fault in CAUGHT_BY}[name]()
