// Functions about sockets and bare descriptors.
#include "arguments.hpp"
#include "functions.hpp"
#include "host_name.hpp"
#include "interpreter_hook.hpp"
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
    auto* const plain = reinterpret_cast<PyObject*>(&socket_type);
    const ref first(wrap_socket(plain, std::move(pair->first)));
    const ref second(first ? wrap_socket(plain, std::move(pair->second)) : nullptr);
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

// (host, port), or None.
bool read_pair(PyObject* object, host_name& name, int& port) {
    PyObject* host = nullptr;
    if (object == Py_None) return true;
    return PyArg_Parse(object, "(Oi):create_connection", &host, &port) != 0 &&
           name.of_address(host);
}

// (class, host, port, timeout, source address or None)
PyObject* create_connection_as(PyObject*, arguments given, Py_ssize_t count) {
    PyObject *type, *host_given, *timeout_given, *source_given;
    int port = 0;
    if (!parse(given, count, "OOiOO:create_connection", &type, &host_given, &port, &timeout_given,
               &source_given))
        return nullptr;
    host_name name;
    host_name source_name;
    int source_port = 0;
    connect_options options{.hook = interpreter_hook()};
    if (!name.of_address(host_given) || !parse_timeout(timeout_given, options.timeout) ||
        !read_pair(source_given, source_name, source_port) ||
        PySys_Audit("socket.connect", "O(Oi)", Py_None, host_given, port) != 0)
        return nullptr;
    if (source_given != Py_None)
        options.source_address = {host(source_name.text()), service(source_port)};
    auto made = try_create_connection(host(name.text()), service(port), options);
    if (!made) return raise_in_full(made.error());
    return wrap_socket(type, std::move(*made));
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
    method("_create_connection", create_connection_as,
           "_create_connection(class, host, port, timeout, source) -> socket\n\npriz's own: see "
           "priz.create_connection()."),
    {"getdefaulttimeout", default_timeout, METH_NOARGS,
     "getdefaulttimeout() -> timeout\n\nThe timeout that new sockets begin with: seconds, or "
     "None."},
    {"setdefaulttimeout", set_default_timeout, METH_O,
     "setdefaulttimeout(timeout)\n\nSets the timeout that new sockets begin with: seconds, or "
     "None."},
    {nullptr, nullptr, 0, nullptr},
};

}  // namespace priz::python
