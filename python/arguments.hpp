// arguments.hpp: what a method was called with.
//
// Methods that are called a million times take the interpreter's vector of arguments and look at
// the common types directly. Whatever is not quite common goes through PyArg_ParseTuple with the
// format that CPython's module has, so that every refusal has CPython's words.
#pragma once

#include <cstddef>

#include "object.hpp"
#include "priz/bytes.hpp"

namespace priz::python {

using arguments = PyObject* const*;

// PyArg_ParseTuple on a vector of arguments.
bool parse(arguments given, Py_ssize_t count, const char* format, ...);

// PyArg_ParseTupleAndKeywords on a vector of arguments, those behind the first `count` by the names
// of the tuple `keywords` (null for none).
bool parse_named(arguments given, Py_ssize_t count, PyObject* keywords, const char* format,
                 const char* const* names, ...);

// An int from an exact int object that fits; nothing said where it is anything else.
bool plain_int(PyObject* object, int& value) noexcept;
bool plain_size(PyObject* object, Py_ssize_t& value) noexcept;

// All of `given` as ints in `values`, of which there is room for as many.
bool plain_ints(arguments given, Py_ssize_t count, int* values) noexcept;

// An int that fits, of any object that is a number; OverflowError, TypeError.
bool read_int(PyObject* object, int& value);

// `(size[, flags])`; `format` is "n|i:NAME".
bool size_and_flags(arguments given, Py_ssize_t count, const char* format, Py_ssize_t& size,
                    int& flags);

// The bytes of an argument, held still until the end of its scope.
class buffer {
public:
    buffer() noexcept { view_.obj = nullptr; }
    buffer(buffer&& other) noexcept : view_(other.view_), data_(other.data_), size_(other.size_) {
        other.view_.obj = nullptr;
    }
    buffer& operator=(buffer&&) = delete;
    ~buffer() {
        if (view_.obj != nullptr) PyBuffer_Release(&view_);
    }

    // A bytes-like object that the caller holds; a bytes object costs nothing.
    bool read(PyObject* object);

    // The same where nobody else may hold the object until the end of the call.
    bool hold(PyObject* object);

    // Writable memory; says nothing where it is none.
    bool write(PyObject* object) noexcept;

    // For PyArg_ParseTuple's "y*" and "w*", with filled() behind it.
    Py_buffer* target() noexcept { return &view_; }
    void filled() noexcept {
        data_ = view_.buf;
        size_ = static_cast<std::size_t>(view_.len);
    }

    bytes_view view() const noexcept { return {data_, size_}; }
    bytes_span span() const noexcept { return {data_, size_}; }
    std::size_t size() const noexcept { return size_; }

private:
    Py_buffer view_;
    void* data_ = nullptr;
    std::size_t size_ = 0;
};

// `(data[, flags])`; `format` is "y*|i:NAME".
bool data_and_flags(arguments given, Py_ssize_t count, const char* format, buffer& data,
                    int& flags);

}  // namespace priz::python
