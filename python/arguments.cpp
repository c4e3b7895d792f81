#include "arguments.hpp"

#include <climits>
#include <cstdarg>

namespace priz::python {

namespace {

ref tuple_of(arguments given, Py_ssize_t count) {
    ref tuple(PyTuple_New(count));
    if (!tuple) return tuple;
    for (Py_ssize_t i = 0; i < count; ++i)
        PyTuple_SET_ITEM(tuple.get(), i, ref::to(given[i]).release());
    return tuple;
}

ref dict_of(arguments given, PyObject* keywords) {
    ref dict(PyDict_New());
    const Py_ssize_t count = keywords == nullptr ? 0 : PyTuple_GET_SIZE(keywords);
    for (Py_ssize_t i = 0; dict && i < count; ++i)
        if (PyDict_SetItem(dict.get(), PyTuple_GET_ITEM(keywords, i), given[i]) != 0) return ref();
    return dict;
}

}  // namespace

bool parse_named(arguments given, Py_ssize_t count, PyObject* keywords, const char* format,
                 const char* const* names, ...) {
    const ref tuple = tuple_of(given, count);
    const ref dict = dict_of(given + count, keywords);
    if (!tuple || !dict) return false;
    std::va_list targets;
    va_start(targets, names);
    const bool understood = PyArg_VaParseTupleAndKeywords(tuple.get(), dict.get(), format,
                                                          const_cast<char**>(names), targets) != 0;
    va_end(targets);
    return understood;
}

bool parse(arguments given, Py_ssize_t count, const char* format, ...) {
    const ref tuple = tuple_of(given, count);
    if (!tuple) return false;
    std::va_list targets;
    va_start(targets, format);
    const bool understood = PyArg_VaParse(tuple.get(), format, targets) != 0;
    va_end(targets);
    return understood;
}

bool plain_int(PyObject* object, int& value) noexcept {
    Py_ssize_t wide = 0;
    if (!plain_size(object, wide) || wide < INT_MIN || wide > INT_MAX) return false;
    value = static_cast<int>(wide);
    return true;
}

// Most numbers have one digit of 30 bits, which is read where it stands.
bool plain_size(PyObject* object, Py_ssize_t& value) noexcept {
    if (!PyLong_CheckExact(object)) return false;
    const Py_ssize_t digits = Py_SIZE(object);
    if (digits >= -1 && digits <= 1) {
        value =
            digits * static_cast<Py_ssize_t>(reinterpret_cast<PyLongObject*>(object)->ob_digit[0]);
        return true;
    }
    int overflow = 0;
    value = PyLong_AsLongAndOverflow(object, &overflow);
    return overflow == 0;
}

bool plain_ints(arguments given, Py_ssize_t count, int* values) noexcept {
    for (Py_ssize_t i = 0; i < count; ++i)
        if (!plain_int(given[i], values[i])) return false;
    return true;
}

bool read_int(PyObject* object, int& value) {
    const long wide = PyLong_AsLong(object);
    if (wide == -1 && PyErr_Occurred() != nullptr) return false;
    value = static_cast<int>(wide);
    if (value == wide) return true;
    PyErr_SetString(PyExc_OverflowError, "Python int too large to convert to C int");
    return false;
}

bool size_and_flags(arguments given, Py_ssize_t count, const char* format, Py_ssize_t& size,
                    int& flags) {
    if (count == 1 && plain_size(given[0], size)) return true;
    if (count == 2 && plain_size(given[0], size) && plain_int(given[1], flags)) return true;
    return parse(given, count, format, &size, &flags);
}

bool buffer::read(PyObject* object) {
    if (PyBytes_CheckExact(object)) {
        data_ = PyBytes_AS_STRING(object);
        size_ = static_cast<std::size_t>(PyBytes_GET_SIZE(object));
        return true;
    }
    return hold(object);
}

bool buffer::hold(PyObject* object) {
    if (PyObject_GetBuffer(object, &view_, PyBUF_SIMPLE) != 0) return false;
    filled();
    return true;
}

bool buffer::write(PyObject* object) noexcept {
    if (PyObject_GetBuffer(object, &view_, PyBUF_WRITABLE) != 0) {
        PyErr_Clear();
        return false;
    }
    filled();
    return true;
}

bool data_and_flags(arguments given, Py_ssize_t count, const char* format, buffer& data,
                    int& flags) {
    if (count == 1 || (count == 2 && plain_int(given[1], flags))) return data.read(given[0]);
    if (!parse(given, count, format, data.target(), &flags)) return false;
    data.filled();
    return true;
}

}  // namespace priz::python
