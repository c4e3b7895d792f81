// raise.hpp: priz's failures as Python's exceptions, exactly those that CPython's own module
// raises.
#pragma once

#include "object.hpp"
#include "priz/error.hpp"

namespace priz::python {

// socket.gaierror and socket.herror.
extern PyObject* gaierror;
extern PyObject* herror;

// Makes both exceptions, once in the process; false with an exception set.
bool make_exceptions();

// Sets the exception for `why`; always null, so that a method can return it.
PyObject* raise(const failure& why);

// A verb's number, or its exception.
inline PyObject* count_or_raise(const result<std::size_t>& count) {
    return count ? PyLong_FromSize_t(*count) : raise(count.error());
}

// The same class with priz's whole sentence: addresses, attempts, what to do. For what CPython does
// not have.
PyObject* raise_in_full(const failure& why);

// The value of a verb as None, or its exception.
inline PyObject* none_or_raise(const result<void>& outcome) {
    return outcome ? none() : raise(outcome.error());
}

// Whether a signal handler has raised during a verb that went on all the same; what it made is to
// be given up then.
inline bool has_raised() noexcept { return PyErr_Occurred() != nullptr; }

// An OSError that has a text and no number.
PyObject* raise_os_error(const char* text);

// For a function that C++ may leave by an exception, which Python must not see: runs `body` and
// turns what was thrown, memory that has run out, into a MemoryError.
template <class Body>
PyObject* guarded(Body&& body) noexcept {
    try {
        return body();
    } catch (const std::exception&) {
        return PyErr_NoMemory();
    }
}

}  // namespace priz::python
