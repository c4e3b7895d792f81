#include "raise.hpp"

#include <netdb.h>

#include <cerrno>
#include <system_error>

namespace priz::python {

PyObject* gaierror = nullptr;
PyObject* herror = nullptr;

namespace {

// The category of the kernel's errors.
PyObject* raise_errno(int number) {
    errno = number;
    return PyErr_SetFromErrno(PyExc_OSError);
}

PyObject* raise_pair(PyObject* type, int number, const std::string& text) {
    const ref arguments(Py_BuildValue("(is)", number, text.c_str()));
    if (arguments) PyErr_SetObject(type, arguments.get());
    return nullptr;
}

// The causes that are priz's own. The words of a refusal are its advice; where it has none, its
// sentence.
PyObject* raise_own(errc cause, const failure& why) {
    const std::string words = why.hint().empty() ? why.message() : why.hint();
    switch (cause) {
        case errc::timed_out:
            PyErr_SetString(PyExc_TimeoutError, "timed out");
            break;
        case errc::stopped:
            break;  // the signal handler has raised
        case errc::path_too_long:
            PyErr_SetString(PyExc_OSError, "AF_UNIX path too long");
            break;
        case errc::value_error:
            PyErr_SetString(PyExc_ValueError, words.c_str());
            break;
        case errc::overflow_error:
            PyErr_SetString(PyExc_OverflowError, words.c_str());
            break;
        case errc::type_error:
            PyErr_SetString(PyExc_OSError, "address family mismatched");
            break;
        default:
            PyErr_SetString(PyExc_OSError, words.c_str());
    }
    return nullptr;
}

}  // namespace

bool make_exceptions() {
    if (gaierror == nullptr)
        gaierror = PyErr_NewException("socket.gaierror", PyExc_OSError, nullptr);
    if (herror == nullptr) herror = PyErr_NewException("socket.herror", PyExc_OSError, nullptr);
    return gaierror != nullptr && herror != nullptr;
}

PyObject* raise(const failure& why) {
    if (has_raised()) return nullptr;  // a signal handler's exception comes first
    const std::error_code cause = why.code();
    if (cause.category() == std::system_category() || cause.category() == std::generic_category())
        return raise_errno(cause.value());
    return guarded([&]() -> PyObject* {
        if (cause.category() == gai_category())
            return raise_pair(gaierror, cause.value(), ::gai_strerror(cause.value()));
        if (cause.category() == herror_category())
            return raise_pair(herror, cause.value(), ::hstrerror(cause.value()));
        return raise_own(static_cast<errc>(cause.value()), why);
    });
}

PyObject* raise_in_full(const failure& why) {
    if (has_raised()) return nullptr;
    raise(why);
    if (why.code() == errc::stopped || !PyErr_ExceptionMatches(PyExc_OSError)) return nullptr;
    return guarded([&]() -> PyObject* {
        const std::string sentence = why.message();
        PyObject *type, *value, *traceback;
        PyErr_Fetch(&type, &value, &traceback);
        const ref held[] = {ref(type), ref(value), ref(traceback)};
        const bool has_number = why.code().category() != category();
        const ref told(has_number ? Py_BuildValue("(is)", why.code().value(), sentence.c_str())
                                  : Py_BuildValue("(s)", sentence.c_str()));
        if (told) PyErr_SetObject(type, told.get());
        return nullptr;
    });
}

PyObject* raise_os_error(const char* text) {
    PyErr_SetString(PyExc_OSError, text);
    return nullptr;
}

}  // namespace priz::python
