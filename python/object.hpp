// object.hpp: Python's C API as the files of this folder use it: an owned reference, and the casts
// that a table of methods needs.
#pragma once

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <utility>

namespace priz::python {

// A reference that is given up at the end of its scope; null where making it has failed.
class ref {
public:
    ref() noexcept = default;
    explicit ref(PyObject* owned) noexcept : object_(owned) {}
    ref(ref&& other) noexcept : object_(std::exchange(other.object_, nullptr)) {}
    ref& operator=(ref&& other) noexcept {
        std::swap(object_, other.object_);
        return *this;
    }
    ~ref() { Py_XDECREF(object_); }

    static ref to(PyObject* borrowed) noexcept {
        Py_XINCREF(borrowed);
        return ref(borrowed);
    }

    PyObject* get() const noexcept { return object_; }
    PyObject* release() noexcept { return std::exchange(object_, nullptr); }
    explicit operator bool() const noexcept { return object_ != nullptr; }

private:
    PyObject* object_ = nullptr;
};

inline PyObject* none() noexcept {
    Py_INCREF(Py_None);
    return Py_None;
}

// The forms that functions in a PyMethodDef have, by their flags.
using fast_method = PyObject* (*)(PyObject*, PyObject* const*, Py_ssize_t);
using keyword_method = PyObject* (*)(PyObject*, PyObject*, PyObject*);
using fast_keyword_method = PyObject* (*)(PyObject*, PyObject* const*, Py_ssize_t, PyObject*);

inline PyMethodDef method(const char* name, PyCFunction call, int flags, const char* doc) {
    return {name, call, flags, doc};
}
inline PyMethodDef method(const char* name, fast_method call, const char* doc) {
    return {name, reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(call)), METH_FASTCALL,
            doc};
}
inline PyMethodDef method(const char* name, keyword_method call, const char* doc) {
    return {name, reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(call)),
            METH_VARARGS | METH_KEYWORDS, doc};
}

inline PyMethodDef method(const char* name, fast_keyword_method call, const char* doc) {
    return {name, reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(call)),
            METH_FASTCALL | METH_KEYWORDS, doc};
}

}  // namespace priz::python
