"""priz for Python: the socket layer of Python on priz's core.

    import priz.socket as socket      the module `socket`, whole, in a program of your own
    python3 -m priz PROGRAM ...       an unmodified program, with priz below all of its sockets
    priz.create_connection(...)       connecting by name, all of a host's addresses within one timeout
"""


def create_connection(address, timeout=None, source_address=None):
    """A socket connected to (host, port or service), as soon as one of the host's addresses answers.

    Attempts overlap (RFC 8305): the next address is tried when the one before it has failed, or has not answered within
    a quarter of a second, and the families take turns. `timeout` is in seconds and for everything together, the look-up
    of the name too; the socket keeps it. None waits as long as it takes. `source_address` is the (host, port) to connect
    from, port 0 for any. An error says what became of each attempt.
    """
    from priz import _socket, socket

    host, port = address
    source = None if source_address is None else tuple(source_address)
    return _socket._create_connection(socket.socket, host, port, timeout, source)
