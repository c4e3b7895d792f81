#include "timeouts.hpp"

#include <cmath>

namespace priz::python {

namespace {

constexpr long long nanoseconds = 1'000'000'000;
constexpr long long seconds_max = 0x7fffffffffffffff / nanoseconds;

bool refuse(PyObject* type, const char* words) {
    PyErr_SetString(type, words);
    return false;
}

bool too_large() {
    return refuse(PyExc_OverflowError, "timestamp too large to convert to C _PyTime_t");
}

bool from_float(double seconds, duration& timeout) {
    if (std::isnan(seconds)) return refuse(PyExc_ValueError, "Invalid value NaN (not a number)");
    if (std::fabs(seconds) * 1e9 >= 0x1p63) return too_large();
    timeout = duration(seconds);
    return true;
}

bool from_integer(PyObject* object, duration& timeout) {
    const long long seconds = PyLong_AsLongLong(object);
    if (seconds == -1 && PyErr_Occurred() != nullptr)
        return PyErr_ExceptionMatches(PyExc_OverflowError) ? too_large() : false;
    if (seconds > seconds_max || seconds < -seconds_max) return too_large();
    timeout = duration::from_nanoseconds(seconds * nanoseconds);
    return true;
}

}  // namespace

bool parse_timeout(PyObject* object, std::optional<duration>& timeout) {
    timeout.reset();
    if (object == Py_None) return true;
    duration given;
    const bool understood = PyFloat_Check(object) ? from_float(PyFloat_AS_DOUBLE(object), given)
                                                  : from_integer(object, given);
    if (!understood) return false;
    if (given.nanoseconds() < 0) return refuse(PyExc_ValueError, "Timeout value out of range");
    timeout = given;
    return true;
}

PyObject* timeout_object(std::optional<duration> timeout) {
    return timeout ? PyFloat_FromDouble(timeout->seconds()) : none();
}

}  // namespace priz::python
