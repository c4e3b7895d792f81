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
    auto pair = unlocked([&] { return try_socketpair(family, type, proto); });
    if (!pair) return raise(pair.error());
    auto* const plain = reinterpret_cast<PyObject*>(&socket_type);
    const ref first(wrap_socket(plain, std::move(pair->first)));
    const ref second(first ? wrap_socket(plain, std::move(pair->second)) : nullptr);
    return second ? PyTuple_Pack(2, first.get(), second.get()) : nullptr;
}

PyObject* dup(PyObject*, PyObject* object) {
    int fd = -1;
    if (!read_int(object, fd)) return nullptr;
    const auto copy = unlocked([&] { return try_dup(fd); });
    return copy ? PyLong_FromLong(*copy) : raise(copy.error());
}

PyObject* close(PyObject*, PyObject* object) {
    int fd = -1;
    if (!read_int(object, fd)) return nullptr;
    return none_or_raise(unlocked([&] { return try_close(fd); }));
}

// The tuple (host, port), or None. The name is read where it stands, in what the caller holds.
bool read_pair(PyObject* object, host_name& name, int& port) {
    if (object == Py_None) return true;
    PyObject* host = nullptr;
    if (!PyTuple_Check(object)) {
        PyErr_SetString(PyExc_TypeError, "source_address has to be a tuple (host, port)");
        return false;
    }
    return PyArg_ParseTuple(object, "Oi;source_address has to be a tuple (host, port)", &host,
                            &port) != 0 &&
           name.of_address(host);
}

// A number, or the name of a service, which the object keeps.
bool read_service(PyObject* object, service& port) {
    if (PyLong_Check(object)) {
        const long long number = PyLong_AsLongLong(object);
        port = service(number);
        return number != -1 || PyErr_Occurred() == nullptr;
    }
    Py_ssize_t size = 0;
    const char* const text =
        PyUnicode_Check(object) ? PyUnicode_AsUTF8AndSize(object, &size) : nullptr;
    if (text == nullptr && PyErr_Occurred() == nullptr)
        PyErr_Format(PyExc_TypeError, "the port has to be an int or a str, not %.500s",
                     Py_TYPE(object)->tp_name);
    port = service(std::string_view(text == nullptr ? "" : text, static_cast<std::size_t>(size)));
    return text != nullptr;
}

// (class, host, port, timeout, source address or None)
PyObject* create_connection_as(PyObject*, arguments given, Py_ssize_t count) {
    PyObject *type, *host_given, *port_given, *timeout_given, *source_given;
    if (!parse(given, count, "OOOOO:create_connection", &type, &host_given, &port_given,
               &timeout_given, &source_given))
        return nullptr;
    host_name name;
    service port = nullptr;
    host_name source_name;
    int source_port = 0;
    connect_options options{.hook = interpreter_hook()};
    if (!name.of_address(host_given) || !read_service(port_given, port) ||
        !parse_timeout(timeout_given, options.timeout) ||
        !read_pair(source_given, source_name, source_port) ||
        PySys_Audit("socket.connect", "O(OO)", Py_None, host_given, port_given) != 0)
        return nullptr;
    if (source_given != Py_None)
        options.source_address = {host(source_name.text()), service(source_port)};
    auto made = try_create_connection(host(name.text()), port, options);
    if (!made) return raise_in_full(made.error());
    return has_raised() ? nullptr : wrap_socket(type, std::move(*made));
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
