// socket_type.hpp: the type _socket.socket and what its methods share.
//
// An object is a priz::socket behind CPython's object header. CPython's _ssl reads descriptor and
// timeout of a socket at fixed places of the object, and priz::socket has both there: it *is* what
// CPython calls a PySocketSockObject, from the descriptor on.
#pragma once

#include "object.hpp"
#include "priz/socket.hpp"

namespace priz::python {

struct socket_object {
    PyObject_HEAD priz::socket socket;

    // For the class on top of this one, in Python: how many files are open on the socket, and
    // whether its close() was called.
    int io_refs;
    char closed;
};

extern PyTypeObject socket_type;

inline priz::socket& socket_of(PyObject* self) noexcept {
    return reinterpret_cast<socket_object*>(self)->socket;
}

// Fills in the type, once in the process; false with an exception set.
bool make_socket_type();

// A new object of `type`, which has to be the socket type or one derived from it (TypeError), that
// owns `made`.
PyObject* wrap_socket(PyObject* type, priz::socket&& made);

// The methods, a file of this folder each for those that belong together.
extern const PyMethodDef life_methods[];
extern const PyMethodDef name_methods[];
extern const PyMethodDef receive_methods[];
extern const PyMethodDef send_methods[];
extern const PyMethodDef message_methods[];
extern const PyMethodDef option_methods[];

}  // namespace priz::python
