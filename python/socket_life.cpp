// Closing, giving away, and the three modes.
#include "raise.hpp"
#include "socket_type.hpp"
#include "timeouts.hpp"

namespace priz::python {

namespace {

PyObject* close(PyObject* self, PyObject*) { return none_or_raise(socket_of(self).try_close()); }

PyObject* detach(PyObject* self, PyObject*) { return PyLong_FromLong(socket_of(self).detach()); }

PyObject* fileno(PyObject* self, PyObject*) { return PyLong_FromLong(socket_of(self).fileno()); }

PyObject* setblocking(PyObject* self, PyObject* flag) {
    const long blocking = PyLong_AsLong(flag);
    if (blocking == -1 && PyErr_Occurred() != nullptr) return nullptr;
    return none_or_raise(socket_of(self).try_setblocking(blocking != 0));
}

PyObject* getblocking(PyObject* self, PyObject*) {
    return PyBool_FromLong(socket_of(self).getblocking());
}

PyObject* settimeout(PyObject* self, PyObject* given) {
    std::optional<duration> timeout;
    if (!parse_timeout(given, timeout)) return nullptr;
    return none_or_raise(socket_of(self).try_settimeout(timeout));
}

PyObject* gettimeout(PyObject* self, PyObject*) {
    return timeout_object(socket_of(self).gettimeout());
}

}  // namespace

const PyMethodDef life_methods[] = {
    {"close", close, METH_NOARGS, "close()\n\nCloses the socket; a second close does nothing."},
    {"detach", detach, METH_NOARGS,
     "detach()\n\nGives the descriptor to the caller; the object is like a closed one from then "
     "on."},
    {"fileno", fileno, METH_NOARGS,
     "fileno() -> integer\n\nThe descriptor, -1 after close() or detach()."},
    {"setblocking", setblocking, METH_O,
     "setblocking(flag)\n\nsetblocking(True) is settimeout(None), setblocking(False) is "
     "settimeout(0)."},
    {"getblocking", getblocking, METH_NOARGS,
     "getblocking()\n\nFalse where the timeout is 0, else True."},
    {"settimeout", settimeout, METH_O,
     "settimeout(timeout)\n\nSeconds, as any number, within which each method ends or raises\n"
     "TimeoutError; 0 for never waiting, None for waiting as long as it takes."},
    {"gettimeout", gettimeout, METH_NOARGS,
     "gettimeout() -> timeout\n\nThe timeout in seconds as a float, or None."},
    {nullptr, nullptr, 0, nullptr},
};

}  // namespace priz::python
