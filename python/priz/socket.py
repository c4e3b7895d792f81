"""Python's module `socket` on priz.

Everything that `import socket` gives is here under the same name, with the same meaning and the same errors. The work
is done by the extension `priz._socket`; this file is what is better said in Python: the classes that programs derive
from, the enumerations, files, and the helpers for connecting and serving. The manual is the standard library's:
https://docs.python.org/3/library/socket.html

`python3 -m priz` runs this same file under the name `socket`, in the standard module's place.
"""

import errno
import io
import os
import sys
from enum import IntEnum, IntFlag
from types import SimpleNamespace

from priz import _socket
from priz._socket import *

EBADF = errno.EBADF
EAGAIN = errno.EAGAIN
EWOULDBLOCK = errno.EWOULDBLOCK

_LOCALHOST = "127.0.0.1"
_LOCALHOST_V6 = "::1"
_GLOBAL_DEFAULT_TIMEOUT = object()
_blocking_errnos = {EAGAIN, EWOULDBLOCK}

__all__ = ["fromfd", "getfqdn", "create_connection", "create_server", "has_dualstack_ipv6", "AddressFamily",
           "SocketKind", "send_fds", "recv_fds"]
__all__.extend(name for name in vars(_socket) if not name.startswith("_"))


def _enumeration(kind, name, prefix):
    """The module's constants that begin with `prefix` and are in capitals, as an enumeration of that name."""
    found = {key: value for key, value in vars(_socket).items() if key.startswith(prefix) and key.isupper()}
    return kind._convert_(name, __name__, lambda key: True, SimpleNamespace(**found))


AddressFamily = _enumeration(IntEnum, "AddressFamily", "AF_")
SocketKind = _enumeration(IntEnum, "SocketKind", "SOCK_")
MsgFlag = _enumeration(IntFlag, "MsgFlag", "MSG_")
AddressInfo = _enumeration(IntFlag, "AddressInfo", "AI_")

_families = {int(member): member for member in AddressFamily}
_kinds = {int(member): member for member in SocketKind}
_family_number = _socket.socket.family.__get__
_type_number = _socket.socket.type.__get__


def _intenum_converter(value, enum_klass):
    """The member of an enumeration, or the number itself where there is none."""
    try:
        return enum_klass(value)
    except ValueError:
        return value


class _GiveupOnSendfile(Exception):
    """The file is none that the kernel can send."""


class socket(_socket.socket):
    """An end point of communication; see `_socket.socket` for the verbs that are not here."""

    __slots__ = ["__weakref__"]  # _io_refs and _closed are kept by the base class

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        if not self._closed:
            self.close()

    def __repr__(self):
        cls = type(self)
        closed = " [closed]" if self._closed else ""
        parts = [f"<{cls.__module__}.{cls.__qualname__}{closed} fd={self.fileno()}", f"family={self.family!s}",
                 f"type={self.type!s}", f"proto={self.proto}"]
        if not self._closed:
            for label, ask in ("laddr", self.getsockname), ("raddr", self.getpeername):
                try:
                    name = ask()
                except error:
                    continue
                if name:
                    parts.append(f"{label}={name}")
        return ", ".join(parts) + ">"

    def __getstate__(self):
        raise TypeError(f"cannot pickle {type(self).__name__!r} object")

    @property
    def family(self):
        """The address family, a member of AddressFamily where it is one."""
        number = _family_number(self)
        return _families.get(number, number)

    @property
    def type(self):
        """The type, a member of SocketKind where it is one."""
        number = _type_number(self)
        return _kinds.get(number, number)

    def accept(self):
        """The next connection and its peer's address: (socket, address)."""
        if socket is _own_socket and type(self)._accept is _own_accept:
            return self._accept_as(socket)
        # A program has put a class or a method of its own there, and wants it to be called.
        fd, address = self._accept()
        connection = socket(self.family, self.type, self.proto, fileno=fd)
        if getdefaulttimeout() is None and self.gettimeout():
            connection.setblocking(True)
        return connection, address

    def dup(self):
        """Another socket on the same connection, with a descriptor of its own and the same timeout."""
        copy = self.__class__(self.family, self.type, self.proto, fileno=dup(self.fileno()))
        copy.settimeout(self.gettimeout())
        return copy

    def get_inheritable(self):
        """Whether child processes get the descriptor."""
        return os.get_inheritable(self.fileno())

    def set_inheritable(self, inheritable):
        """Sets whether child processes get the descriptor."""
        os.set_inheritable(self.fileno(), inheritable)

    # Closing: the descriptor lives as long as the socket or one of its files is open.

    def _decref_socketios(self):
        if self._io_refs > 0:
            self._io_refs -= 1
        if self._closed:
            self.close()

    def _real_close(self, _close=_socket.socket.close):
        _close(self)

    def close(self):
        """Closes the socket; its connection ends with the last file of makefile()."""
        self._closed = True
        if self._io_refs <= 0:
            self._real_close()

    def detach(self):
        """Gives the descriptor to the caller; the object is like a closed one from then on."""
        self._closed = True
        return super().detach()

    # Files.

    def makefile(self, mode="r", buffering=None, *, encoding=None, errors=None, newline=None):
        """A file on this socket, as open() would make it; `mode` is made of "r", "w" and "b"."""
        if not set(mode) <= {"r", "w", "b"}:
            raise ValueError(f"invalid mode {mode!r} (only r, w, b allowed)")
        writing = "w" in mode
        reading = "r" in mode or not writing
        binary = "b" in mode
        raw = SocketIO(self, "r" * reading + "w" * writing)
        self._io_refs += 1
        if buffering is None or buffering < 0:
            buffering = io.DEFAULT_BUFFER_SIZE
        if buffering == 0:
            if not binary:
                raise ValueError("unbuffered streams must be binary")
            return raw
        if reading and writing:
            buffered = io.BufferedRWPair(raw, raw, buffering)
        elif reading:
            buffered = io.BufferedReader(raw, buffering)
        else:
            buffered = io.BufferedWriter(raw, buffering)
        if binary:
            return buffered
        text = io.TextIOWrapper(buffered, io.text_encoding(encoding), errors, newline)
        text.mode = mode
        return text

    def sendfile(self, file, offset=0, count=None):
        """Sends a file opened in binary mode, from an offset on, `count` bytes or to its end.

        The kernel sends it where it can; otherwise it is read and sent. Returns how many bytes went out and leaves the
        file positioned behind them, also after an error. The socket's timeout is for the whole.
        """
        try:
            return self._sendfile_use_sendfile(file, offset, count)
        except _GiveupOnSendfile:
            return self._sendfile_use_send(file, offset, count)

    def _check_sendfile_params(self, file, offset, count):
        if "b" not in getattr(file, "mode", "b"):
            raise ValueError("file should be opened in binary mode")
        if not self.type & SOCK_STREAM:
            raise ValueError("only SOCK_STREAM type sockets are supported")
        if count is None:
            return
        if not isinstance(count, int):
            raise TypeError(f"count must be a positive integer (got {count!r})")
        if count <= 0:
            raise ValueError(f"count must be a positive integer (got {count!r})")

    def _sendfile_use_sendfile(self, file, offset=0, count=None):
        self._check_sendfile_params(file, offset, count)
        try:
            descriptor = file.fileno()
            size = os.fstat(descriptor).st_size
        except (AttributeError, io.UnsupportedOperation, OSError) as why:
            raise _GiveupOnSendfile(why)
        if not size:
            return 0
        if self.gettimeout() == 0:
            raise ValueError("non-blocking sockets are not supported")
        if self.type != SOCK_STREAM:
            raise _GiveupOnSendfile("the kernel sends files over streams")
        sent, why = self._sendfile(descriptor, offset, -1 if count is None else count)
        if sent:
            file.seek(offset + sent)  # the file object has a buffer, and a position, of its own
        elif isinstance(why, OSError) and not isinstance(why, TimeoutError):
            raise _GiveupOnSendfile(why)
        if why is not None:
            raise why
        return sent

    def _sendfile_use_send(self, file, offset=0, count=None):
        self._check_sendfile_params(file, offset, count)
        if self.gettimeout() == 0:
            raise ValueError("non-blocking sockets are not supported")
        if offset:
            file.seek(offset)
        sent = 0
        try:
            while count is None or sent < count:
                size = 8192 if count is None else min(8192, count - sent)
                data = memoryview(file.read(size))
                if not data:
                    break
                while data:
                    done = self.send(data)
                    sent += done
                    data = data[done:]
            return sent
        finally:
            if sent > 0 and hasattr(file, "seek"):
                file.seek(offset + sent)


_own_socket = socket
_own_accept = _socket.socket._accept


class SocketIO(io.RawIOBase):
    """The raw file below the files of makefile(). It does not own the socket, and counts among its users."""

    def __init__(self, sock, mode):
        if mode not in ("r", "w", "rw", "rb", "wb", "rwb"):
            raise ValueError(f"invalid mode: {mode!r}")
        super().__init__()
        self._sock = sock
        self._mode = mode if "b" in mode else mode + "b"
        self._reading = "r" in mode
        self._writing = "w" in mode
        self._timeout_occurred = False

    def readinto(self, b):
        """Receives into a buffer; returns how much came, 0 at the end of the stream, None where it would block."""
        self._checkClosed()
        self._checkReadable()
        if self._timeout_occurred:
            raise OSError("cannot read from timed out object")
        try:
            return self._sock.recv_into(b)
        except timeout:
            self._timeout_occurred = True
            raise
        except error as why:
            if why.errno in _blocking_errnos:
                return None
            raise

    def write(self, b):
        """Sends what the kernel takes of a buffer; returns how much, None where it would block."""
        self._checkClosed()
        self._checkWritable()
        try:
            return self._sock.send(b)
        except error as why:
            if why.errno in _blocking_errnos:
                return None
            raise

    def readable(self):
        """Whether the file is open for reading."""
        if self.closed:
            raise ValueError("I/O operation on closed socket.")
        return self._reading

    def writable(self):
        """Whether the file is open for writing."""
        if self.closed:
            raise ValueError("I/O operation on closed socket.")
        return self._writing

    def seekable(self):
        """No: a stream has no position."""
        if self.closed:
            raise ValueError("I/O operation on closed socket.")
        return super().seekable()

    def fileno(self):
        """The socket's descriptor."""
        self._checkClosed()
        return self._sock.fileno()

    @property
    def name(self):
        return self.fileno() if not self.closed else -1

    @property
    def mode(self):
        return self._mode

    def close(self):
        """Closes the file; the socket with it, if that was closed before and this was its last file."""
        if self.closed:
            return
        super().close()
        self._sock._decref_socketios()
        self._sock = None


def __getattr__(name):
    """Modules that the standard `socket` happens to import, for programs that reach for them there."""
    if name in ("array", "selectors"):
        return __import__(name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def fromfd(fd, family, type, proto=0):
    """A socket on a duplicate of a descriptor, which stays the caller's."""
    return socket(family, type, proto, dup(fd))


def socketpair(family=None, type=SOCK_STREAM, proto=0):
    """Two sockets that are connected with each other, of AF_UNIX unless said otherwise."""
    if family is None:
        family = AF_UNIX
    return tuple(socket(family, type, proto, each.detach()) for each in _socket.socketpair(family, type, proto))


def send_fds(sock, buffers, fds, flags=0, address=None):
    """Sends buffers and, beside them, descriptors over an AF_UNIX socket; returns how many bytes went out."""
    import array

    return sock.sendmsg(buffers, [(SOL_SOCKET, SCM_RIGHTS, array.array("i", fds))])


def recv_fds(sock, bufsize, maxfds, flags=0):
    """Receives at most `bufsize` bytes and `maxfds` descriptors: (data, descriptors, flags, address)."""
    import array

    fds = array.array("i")
    data, ancillary, flags, address = sock.recvmsg(bufsize, CMSG_LEN(maxfds * fds.itemsize))
    for level, type, content in ancillary:
        if (level, type) == (SOL_SOCKET, SCM_RIGHTS):
            fds.frombytes(content[: len(content) - len(content) % fds.itemsize])
    return data, list(fds), flags, address


def getfqdn(name=""):
    """The first name with a dot in it that a host has; its name where none has one, `name` where it has none."""
    name = name.strip()
    if name in ("", "0.0.0.0", "::"):
        name = gethostname()
    try:
        host, aliases, _ = gethostbyaddr(name)
    except error:
        return name
    return next((each for each in [host, *aliases] if "." in each), host)


def getaddrinfo(host, port, family=0, type=0, proto=0, flags=0):
    """Every way to reach a port on a host: a list of (family, type, proto, canonical name, address)."""
    return [(_families.get(family, family), _kinds.get(type, type), proto, name, address)
            for family, type, proto, name, address in _socket.getaddrinfo(host, port, family, type, proto, flags)]


def create_connection(address, timeout=_GLOBAL_DEFAULT_TIMEOUT, source_address=None, *, all_errors=False):
    """A socket connected to (host, port), whichever of the host's addresses answers first in their order.

    The timeout is for each attempt, and the socket keeps it. `source_address` is the (host, port) to connect from, port
    0 for any. Where every attempt fails, the last one's error is raised, or with `all_errors` all of them as an
    ExceptionGroup.
    """
    host, port = address
    failures = []
    for family, type, proto, _, remote in getaddrinfo(host, port, 0, SOCK_STREAM):
        sock = None
        try:
            sock = socket(family, type, proto)
            if timeout is not _GLOBAL_DEFAULT_TIMEOUT:
                sock.settimeout(timeout)
            if source_address:
                sock.bind(source_address)
            sock.connect(remote)
            failures.clear()  # their tracebacks refer to this frame
            return sock
        except error as why:
            if not all_errors:
                failures.clear()
            failures.append(why)
            if sock is not None:
                sock.close()
    if not failures:
        raise error("getaddrinfo returns an empty list")
    try:
        if all_errors:
            raise ExceptionGroup("create_connection failed", failures)
        raise failures[0]
    finally:
        failures.clear()


def has_dualstack_ipv6():
    """Whether this machine has sockets that serve IPv4 and IPv6 both."""
    if not has_ipv6 or not hasattr(_socket, "IPPROTO_IPV6") or not hasattr(_socket, "IPV6_V6ONLY"):
        return False
    try:
        with socket(AF_INET6, SOCK_STREAM) as sock:
            sock.setsockopt(IPPROTO_IPV6, IPV6_V6ONLY, 0)
            return True
    except error:
        return False


def create_server(address, *, family=AF_INET, backlog=None, reuse_port=False, dualstack_ipv6=False):
    """A TCP socket that listens on (host, port); "" is every interface.

    `reuse_port` lets several sockets share the port; `dualstack_ipv6` makes an AF_INET6 socket serve IPv4 too.
    SO_REUSEADDR is set, so that a server may be started again at once.
    """
    if reuse_port and not hasattr(_socket, "SO_REUSEPORT"):
        raise ValueError("SO_REUSEPORT not supported on this platform")
    if dualstack_ipv6 and not has_dualstack_ipv6():
        raise ValueError("dualstack_ipv6 not supported on this platform")
    if dualstack_ipv6 and family != AF_INET6:
        raise ValueError("dualstack_ipv6 requires AF_INET6 family")
    sock = socket(family, SOCK_STREAM)
    try:
        sock.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1)
        if reuse_port:
            sock.setsockopt(SOL_SOCKET, SO_REUSEPORT, 1)
        if family == AF_INET6:
            sock.setsockopt(IPPROTO_IPV6, IPV6_V6ONLY, 0 if dualstack_ipv6 else 1)
        try:
            sock.bind(address)
        except error as why:
            raise error(why.errno, f"{why.strerror} (while attempting to bind on address {address!r})") from None
        if backlog is None:
            sock.listen()
        else:
            sock.listen(backlog)
        return sock
    except error:
        sock.close()
        raise
