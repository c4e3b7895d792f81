// Binding, connecting, listening, and who is at either end.
#include "addresses.hpp"
#include "arguments.hpp"
#include "raise.hpp"
#include "socket_type.hpp"

namespace priz::python {

namespace {

bool announce(const char* event, PyObject* self, PyObject* to) {
    return PySys_Audit(event, "OO", self, to) == 0;
}

PyObject* bind(PyObject* self, PyObject* local) {
    priz::socket& s = socket_of(self);
    destination where;
    if (!where.read(local, s, "bind") || !announce("socket.bind", self, local)) return nullptr;
    return none_or_raise(s.try_bind(where.like()));
}

PyObject* connect(PyObject* self, PyObject* remote) {
    priz::socket& s = socket_of(self);
    destination where;
    if (!where.read(remote, s, "connect") || !announce("socket.connect", self, remote))
        return nullptr;
    return none_or_raise(s.try_connect(where.like()));
}

PyObject* connect_ex(PyObject* self, PyObject* remote) {
    priz::socket& s = socket_of(self);
    destination where;
    if (!where.read(remote, s, "connect_ex") || !announce("socket.connect", self, remote))
        return nullptr;
    const auto outcome = s.try_connect_ex(where.like());
    return outcome ? PyLong_FromLong(*outcome) : raise(outcome.error());
}

PyObject* listen(PyObject* self, arguments given, Py_ssize_t count) {
    int backlog = 0;
    if (count == 0) return none_or_raise(socket_of(self).try_listen());
    if (!parse(given, count, "|i:listen", &backlog)) return nullptr;
    return none_or_raise(socket_of(self).try_listen(backlog));
}

PyObject* accept(PyObject* self, PyObject*) {
    priz::socket& s = socket_of(self);
    auto next = s.try_accept();
    if (!next) return raise(next.error());
    const ref remote(address_object(next->remote, s.proto()));
    if (!remote) return nullptr;
    const ref fd(PyLong_FromLong(next->connection.fileno()));
    if (!fd) return nullptr;
    PyObject* const pair = PyTuple_Pack(2, fd.get(), remote.get());
    if (pair != nullptr) next->connection.detach();
    return pair;
}

// accept() for the class on top: the new socket is made at once as an object of that class.
PyObject* accept_as(PyObject* self, PyObject* type) {
    priz::socket& s = socket_of(self);
    auto next = s.try_accept();
    if (!next) return raise(next.error());
    const ref remote(address_object(next->remote, s.proto()));
    if (!remote) return nullptr;
    const ref connection(wrap_socket(type, std::move(next->connection)));
    return connection ? PyTuple_Pack(2, connection.get(), remote.get()) : nullptr;
}

PyObject* getsockname(PyObject* self, PyObject*) {
    const priz::socket& s = socket_of(self);
    const auto name = s.try_getsockname();
    return name ? address_object(*name, s.proto()) : raise(name.error());
}

PyObject* getpeername(PyObject* self, PyObject*) {
    const priz::socket& s = socket_of(self);
    const auto name = s.try_getpeername();
    return name ? address_object(*name, s.proto()) : raise(name.error());
}

PyObject* shutdown(PyObject* self, PyObject* how) {
    int value = 0;
    if (!read_int(how, value)) return nullptr;
    return none_or_raise(socket_of(self).try_shutdown(value));
}

}  // namespace

const PyMethodDef name_methods[] = {
    {"bind", bind, METH_O,
     "bind(address)\n\nGives the socket its local address: (host, port) for IPv4 and IPv6, a path "
     "for Unix."},
    {"connect", connect, METH_O,
     "connect(address)\n\nConnects to a remote address, within the timeout."},
    {"connect_ex", connect_ex, METH_O,
     "connect_ex(address) -> errno\n\nAs connect(), but returns the number of the error, 0 for "
     "success.\nA wrong address and a name that is not found raise all the same."},
    method("listen", listen,
           "listen([backlog])\n\nLets clients connect. backlog is how many may wait for accept(), "
           "not how many\nmay be connected; a negative one is 0, the default is 128."),
    {"_accept", accept, METH_NOARGS,
     "_accept() -> (integer, address)\n\nThe descriptor of the next connection, which the caller "
     "owns, and its peer."},
    {"_accept_as", accept_as, METH_O,
     "_accept_as(class) -> (socket, address)\n\nThe next connection as an object of a class "
     "derived from this one, and its peer."},
    {"getsockname", getsockname, METH_NOARGS, "getsockname() -> address\n\nThe local address."},
    {"getpeername", getpeername, METH_NOARGS, "getpeername() -> address\n\nThe peer's address."},
    {"shutdown", shutdown, METH_O,
     "shutdown(flag)\n\nEnds receiving (SHUT_RD), sending (SHUT_WR) or both (SHUT_RDWR). After "
     "SHUT_WR\nthe peer sees the end of the stream and may still answer."},
    {nullptr, nullptr, 0, nullptr},
};

}  // namespace priz::python
