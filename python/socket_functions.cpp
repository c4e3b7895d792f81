// Functions about sockets and bare descriptors.
#include "arguments.hpp"
#include "functions.hpp"
#include "raise.hpp"
#include "socket_type.hpp"
#include "timeouts.hpp"

namespace priz::python {

namespace {

PyObject* socketpair(PyObject*, arguments given, Py_ssize_t count) {
    int family = AF_UNIX;
    int type = SOCK_STREAM;
    int proto = 0;
    if (!parse(given, count, "|iii:socketpair", &family, &type, &proto)) return nullptr;
    auto pair = try_socketpair(family, type, proto);
    if (!pair) return raise(pair.error());
    const ref first(wrap_socket(&socket_type, std::move(pair->first)));
    const ref second(first ? wrap_socket(&socket_type, std::move(pair->second)) : nullptr);
    return second ? PyTuple_Pack(2, first.get(), second.get()) : nullptr;
}

PyObject* dup(PyObject*, PyObject* object) {
    int fd = -1;
    if (!read_int(object, fd)) return nullptr;
    const auto copy = try_dup(fd);
    return copy ? PyLong_FromLong(*copy) : raise(copy.error());
}

PyObject* close(PyObject*, PyObject* object) {
    int fd = -1;
    if (!read_int(object, fd)) return nullptr;
    return none_or_raise(try_close(fd));
}

PyObject* default_timeout(PyObject*, PyObject*) { return timeout_object(getdefaulttimeout()); }

PyObject* set_default_timeout(PyObject*, PyObject* given) {
    std::optional<duration> timeout;
    if (!parse_timeout(given, timeout)) return nullptr;
    return none_or_raise(try_setdefaulttimeout(timeout));
}

}  // namespace

const PyMethodDef socket_functions[] = {
    method("socketpair", socketpair,
           "socketpair([family[, type[, proto]]]) -> (socket object, socket object)\n\nTwo sockets "
           "that are connected with each other."),
    {"dup", dup, METH_O,
     "dup(integer) -> integer\n\nA duplicate of a descriptor, not inheritable."},
    {"close", close, METH_O, "close(integer) -> None\n\nCloses a socket's descriptor."},
    {"getdefaulttimeout", default_timeout, METH_NOARGS,
     "getdefaulttimeout() -> timeout\n\nThe timeout that new sockets begin with: seconds, or "
     "None."},
    {"setdefaulttimeout", set_default_timeout, METH_O,
     "setdefaulttimeout(timeout)\n\nSets the timeout that new sockets begin with: seconds, or "
     "None."},
    {nullptr, nullptr, 0, nullptr},
};

}  // namespace priz::python
