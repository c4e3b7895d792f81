#include "socket_type.hpp"

#include <structmember.h>

#include <cstddef>
#include <new>
#include <vector>

#include "arguments.hpp"
#include "interpreter_hook.hpp"
#include "raise.hpp"
#include "timeouts.hpp"

namespace priz::python {

PyTypeObject socket_type{};

namespace {

socket_object* object_of(PyObject* self) noexcept { return reinterpret_cast<socket_object*>(self); }

PyObject* type_new(PyTypeObject* type, PyObject*, PyObject*) {
    PyObject* const made = type->tp_alloc(type, 0);
    if (made == nullptr) return nullptr;
    new (&object_of(made)->socket) priz::socket(closed);
    return made;
}

// The audit event of every new socket, before there is one.
bool announce(PyObject* self, int family, int type, int proto) {
    return PySys_Audit("socket.__new__", "Oiii", self, family, type, proto) == 0;
}

int take(PyObject* self, result<priz::socket>&& made) {
    if (!made) {
        raise(made.error());
        return -1;
    }
    object_of(self)->socket = std::move(*made);
    object_of(self)->socket.set_blocking_hook(interpreter_hook());
    object_of(self)->io_refs = 0;
    object_of(self)->closed = 0;
    return 0;
}

bool descriptor_of(PyObject* fileno, int& fd) {
    if (!read_int(fileno, fd)) return false;
    if (fd < 0) PyErr_SetString(PyExc_ValueError, "negative file descriptor");
    return fd >= 0;
}

int type_init(PyObject* self, PyObject* args, PyObject* keywords) {
    static const char* names[] = {"family", "type", "proto", "fileno", nullptr};
    int family = -1;
    int type = -1;
    int proto = -1;
    PyObject* fileno = Py_None;
    if (!PyArg_ParseTupleAndKeywords(args, keywords, "|iiiO:socket", const_cast<char**>(names),
                                     &family, &type, &proto, &fileno))
        return -1;
    if (fileno == Py_None) {
        if (family == -1) family = AF_INET;
        if (type == -1) type = SOCK_STREAM;
        if (proto == -1) proto = 0;
        if (!announce(self, family, type, proto)) return -1;
        return take(self, unlocked([&] { return priz::socket::try_make(family, type, proto); }));
    }
    int fd = -1;
    if (!announce(self, family, type, proto) || !descriptor_of(fileno, fd)) return -1;
    return take(self, priz::socket::try_adopt(fd, family, type, proto));
}

// The warning names the socket as it still is; it must not lose an exception that is under way.
void type_finalize(PyObject* self) {
    priz::socket& s = socket_of(self);
    if (s.fileno() < 0) return;
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    if (PyErr_ResourceWarning(self, 1, "unclosed %R", self) != 0 &&
        PyErr_ExceptionMatches(PyExc_Warning))
        PyErr_WriteUnraisable(self);
    // Nobody is left who could be told of an error.
    static_cast<void>(s.try_close());
    PyErr_Restore(type, value, traceback);
}

void type_dealloc(PyObject* self) {
    if (PyObject_CallFinalizerFromDealloc(self) < 0) return;
    object_of(self)->socket.~socket();
    Py_TYPE(self)->tp_free(self);
}

PyObject* type_repr(PyObject* self) {
    const priz::socket& s = socket_of(self);
    return PyUnicode_FromFormat("<socket object, fd=%d, family=%d, type=%d, proto=%d>", s.fileno(),
                                s.family(), s.type(), s.proto());
}

PyObject* get_timeout(PyObject* self, void*) {
    return timeout_object(socket_of(self).gettimeout());
}

constexpr Py_ssize_t offset = offsetof(socket_object, socket);

PyMemberDef members[] = {
    {"family", T_INT, offset + 4, READONLY, "The address family, a number AF_…."},
    {"type", T_INT, offset + 8, READONLY, "The type, a number SOCK_…."},
    {"proto", T_INT, offset + 12, READONLY, "The protocol's number."},
    {"_io_refs", T_INT, offsetof(socket_object, io_refs), 0, nullptr},
    {"_closed", T_BOOL, offsetof(socket_object, closed), 0, nullptr},
    {nullptr, 0, 0, 0, nullptr},
};

PyGetSetDef properties[] = {
    {"timeout", get_timeout, nullptr, "The timeout in seconds, or None; see settimeout().",
     nullptr},
    {nullptr, nullptr, nullptr, nullptr, nullptr},
};

constexpr const char* doc =
    "socket(family=-1, type=-1, proto=-1, fileno=None)\n--\n\n"
    "An end point of communication; without arguments a TCP socket over IPv4. With\n"
    "fileno it takes over a descriptor and asks the kernel for what is -1. A new\n"
    "descriptor is not inheritable.";

PyMethodDef* all_methods() {
    static std::vector<PyMethodDef> all;
    for (const PyMethodDef* some : {life_methods, name_methods, receive_methods, send_methods,
                                    message_methods, option_methods})
        for (; some->ml_name != nullptr; ++some) all.push_back(*some);
    all.push_back({nullptr, nullptr, 0, nullptr});
    return all.data();
}

}  // namespace

bool make_socket_type() {
    if (socket_type.tp_name != nullptr) return true;
    static_assert(offset == 16, "CPython's _ssl reads the descriptor at 16 and the timeout at 40");
    Py_SET_REFCNT(reinterpret_cast<PyObject*>(&socket_type), 1);
    socket_type.tp_name = "_socket.socket";
    socket_type.tp_basicsize = sizeof(socket_object);
    socket_type.tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE;
    socket_type.tp_doc = doc;
    socket_type.tp_new = type_new;
    socket_type.tp_init = type_init;
    socket_type.tp_dealloc = type_dealloc;
    socket_type.tp_finalize = type_finalize;
    socket_type.tp_repr = type_repr;
    socket_type.tp_methods = all_methods();
    socket_type.tp_members = members;
    socket_type.tp_getset = properties;
    return PyType_Ready(&socket_type) == 0;
}

PyObject* wrap_socket(PyObject* type, priz::socket&& made) {
    auto* const socket_class = reinterpret_cast<PyTypeObject*>(type);
    if (!PyType_Check(type) || !PyType_IsSubtype(socket_class, &socket_type)) {
        PyErr_SetString(PyExc_TypeError, "the class of a socket has to derive from _socket.socket");
        return nullptr;
    }
    PyObject* const object = type_new(socket_class, nullptr, nullptr);
    if (object == nullptr) return nullptr;
    if (!announce(object, made.family(), made.type(), made.proto())) {
        Py_DECREF(object);
        return nullptr;
    }
    object_of(object)->socket = std::move(made);
    object_of(object)->socket.set_blocking_hook(interpreter_hook());
    return object;
}

}  // namespace priz::python
