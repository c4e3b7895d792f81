// The module _socket: what CPython's own module of that name gives, on priz's core.
//
// It can be loaded under two names in one process, as `priz._socket` and in place of `_socket`.
// Types and exceptions are made once, so that both are the same.
#include <vector>

#include "functions.hpp"
#include "raise.hpp"
#include "socket_type.hpp"

namespace priz::python {

namespace {

// What _ssl reads from the capsule `_socket.CAPI`.
struct interface_for_ssl {
    PyTypeObject* socket_type;
    PyObject* error;
    PyObject* timeout_error;
};

PyMethodDef* all_functions() {
    static std::vector<PyMethodDef> all;
    if (!all.empty()) return all.data();
    for (const PyMethodDef* some :
         {lookup_functions, service_functions, inet_functions, socket_functions})
        for (; some->ml_name != nullptr; ++some) all.push_back(*some);
    all.push_back({nullptr, nullptr, 0, nullptr});
    return all.data();
}

PyModuleDef* definition() {
    static PyModuleDef the_definition = {
        PyModuleDef_HEAD_INIT,
        "_socket",
        "Python's socket layer on priz; the module `socket` builds on it.",
        -1,
        all_functions(),
        nullptr,
        nullptr,
        nullptr,
        nullptr,
    };
    return &the_definition;
}

bool add(PyObject* module, const char* name, PyObject* object) {
    return PyModule_AddObjectRef(module, name, object) == 0;
}

bool add_capsule(PyObject* module) {
    static interface_for_ssl interface { &socket_type, PyExc_OSError, PyExc_TimeoutError };
    const ref capsule(PyCapsule_New(&interface, "_socket.CAPI", nullptr));
    return capsule && add(module, "CAPI", capsule.get());
}

bool fill(PyObject* module) {
    auto* const type = reinterpret_cast<PyObject*>(&socket_type);
    return add(module, "error", PyExc_OSError) && add(module, "timeout", PyExc_TimeoutError) &&
           add(module, "gaierror", gaierror) && add(module, "herror", herror) &&
           add(module, "socket", type) && add(module, "SocketType", type) && add_capsule(module) &&
           add_constants(module);
}

}  // namespace

}  // namespace priz::python

PyMODINIT_FUNC PyInit__socket() {
    using namespace priz::python;
    if (!make_exceptions() || !make_socket_type()) return nullptr;
    ref module(PyModule_Create(definition()));
    return module && fill(module.get()) ? module.release() : nullptr;
}
