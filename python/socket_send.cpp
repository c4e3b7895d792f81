// Sending: bytes, datagrams, files.
#include "addresses.hpp"
#include "arguments.hpp"
#include "raise.hpp"
#include "socket_type.hpp"

namespace priz::python {

namespace {

PyObject* send(PyObject* self, arguments given, Py_ssize_t count) {
    buffer data;
    int flags = 0;
    if (!data_and_flags(given, count, "y*|i:send", data, flags)) return nullptr;
    return count_or_raise(socket_of(self).try_send(data.view(), flags));
}

PyObject* sendall(PyObject* self, arguments given, Py_ssize_t count) {
    buffer data;
    int flags = 0;
    if (!data_and_flags(given, count, "y*|i:sendall", data, flags)) return nullptr;
    return none_or_raise(socket_of(self).try_sendall(data.view(), flags));
}

// (data, address) or (data, flags, address)
PyObject* sendto(PyObject* self, arguments given, Py_ssize_t count) {
    if (count != 2 && count != 3) {
        PyErr_Format(PyExc_TypeError, "sendto() takes 2 or 3 arguments (%zd given)", count);
        return nullptr;
    }
    buffer data;
    int flags = 0;
    PyObject* const to = given[count - 1];
    if (!data_and_flags(given, count - 1, "y*i:sendto", data, flags)) return nullptr;
    priz::socket& s = socket_of(self);
    destination where;
    if (!where.read(to, s, "sendto") || PySys_Audit("socket.sendto", "OO", self, to) != 0)
        return nullptr;
    return count_or_raise(s.try_sendto(data.view(), where.like(), flags));
}

// (sent, exception or None): what went out before a failure is for the caller to know, who has to
// set the position of a file object that has a buffer of its own.
PyObject* sendfile(PyObject* self, arguments given, Py_ssize_t count) {
    int file = -1;
    Py_ssize_t offset = 0;
    Py_ssize_t size = -1;
    if (!parse(given, count, "in|n:_sendfile", &file, &offset, &size)) return nullptr;
    if (offset < 0) {
        PyErr_SetString(PyExc_ValueError, "the offset is negative");
        return nullptr;
    }
    std::optional<std::size_t> most;
    if (size >= 0) most = static_cast<std::size_t>(size);
    const auto sent = socket_of(self).try_sendfile(file, static_cast<std::size_t>(offset), most);
    if (sent) return Py_BuildValue("nO", static_cast<Py_ssize_t>(*sent), Py_None);
    raise(sent.error());
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    PyErr_NormalizeException(&type, &value, &traceback);
    if (traceback != nullptr) PyException_SetTraceback(value, traceback);
    Py_XDECREF(type);
    Py_XDECREF(traceback);
    return Py_BuildValue("nN", static_cast<Py_ssize_t>(sent.error().transferred()), value);
}

}  // namespace

const PyMethodDef send_methods[] = {
    method("send", send,
           "send(data[, flags]) -> count\n\nSends what the kernel takes now and says how much that "
           "was. Most programs want\nsendall()."),
    method("sendall", sendall,
           "sendall(data[, flags])\n\nSends all of data within one timeout for the whole. After an "
           "error it is not\nknown how much was sent."),
    method("sendto", sendto,
           "sendto(data[, flags], address) -> count\n\nSends one datagram to an address."),
    method("_sendfile", sendfile,
           "_sendfile(descriptor, offset[, count]) -> (count, exception or None)\n\nSends a file "
           "from an offset on, by the kernel where it can. What is returned\nas an exception was "
           "met after count bytes."),
    {nullptr, nullptr, 0, nullptr},
};

}  // namespace priz::python
