// Options, by level and name.
#include <cstring>

#include "arguments.hpp"
#include "priz/constants.hpp"
#include "raise.hpp"
#include "socket_type.hpp"

namespace priz::python {

namespace {

constexpr int largest_option = 1024;

// AF_VSOCK's options are numbers of 64 bits.
bool is_wide(const priz::socket& s, int level) noexcept {
    return s.family() == AF_VSOCK && level == AF_VSOCK;
}

PyObject* getsockopt(PyObject* self, arguments given, Py_ssize_t count) {
    int numbers[3] = {0, 0, 0};
    auto& [level, option, size] = numbers;
    if ((count < 2 || count > 3 || !plain_ints(given, count, numbers)) &&
        !parse(given, count, "ii|i:getsockopt", &level, &option, &size))
        return nullptr;
    const priz::socket& s = socket_of(self);
    if (size == 0 && is_wide(s, level)) {
        const auto wide = s.try_getsockopt(level, option, sizeof(std::uint64_t));
        if (!wide) return raise(wide.error());
        std::uint64_t value = 0;
        std::memcpy(&value, wide->data(), std::min(sizeof value, wide->size()));
        return PyLong_FromUnsignedLongLong(value);
    }
    if (size == 0) {
        const auto value = s.try_getsockopt(level, option);
        return value ? PyLong_FromLong(*value) : raise(value.error());
    }
    if (size < 0 || size > largest_option) return raise_os_error("getsockopt buflen out of range");
    const auto value = s.try_getsockopt(level, option, static_cast<std::size_t>(size));
    if (!value) return raise(value.error());
    return PyBytes_FromStringAndSize(value->data(), static_cast<Py_ssize_t>(value->size()));
}

// (level, option, integer), (level, option, None, length) or (level, option, buffer).
PyObject* setsockopt(PyObject* self, arguments given, Py_ssize_t count) {
    priz::socket& s = socket_of(self);
    int numbers[3] = {0, 0, 0};
    auto& [level, option, value] = numbers;
    unsigned long long wide = 0;
    if (s.family() == AF_VSOCK && parse(given, count, "iiK:setsockopt", &level, &option, &wide) &&
        is_wide(s, level))
        return none_or_raise(s.try_setsockopt(level, option, bytes_view(&wide, sizeof wide)));
    PyErr_Clear();
    if ((count == 3 && plain_ints(given, count, numbers)) ||
        parse(given, count, "iii:setsockopt", &level, &option, &value))
        return none_or_raise(s.try_setsockopt(level, option, value));
    PyErr_Clear();
    if (count == 4 && given[2] == Py_None) {
        PyObject* nothing = nullptr;
        unsigned size = 0;
        if (!parse(given, count, "iiOI:setsockopt", &level, &option, &nothing, &size))
            return nullptr;
        return none_or_raise(s.try_setsockopt(level, option, nullptr, size));
    }
    buffer data;
    if (!parse(given, count, "iiy*:setsockopt", &level, &option, data.target())) return nullptr;
    data.filled();
    return none_or_raise(s.try_setsockopt(level, option, data.view()));
}

}  // namespace

const PyMethodDef option_methods[] = {
    method("getsockopt", getsockopt,
           "getsockopt(level, option[, buffersize]) -> value\n\nAn option as a number, or as bytes "
           "of at most buffersize, 1 to 1024."),
    method("setsockopt", setsockopt,
           "setsockopt(level, option, value: int)\nsetsockopt(level, option, value: buffer)\n"
           "setsockopt(level, option, None, optlen: int)\n\nSets an option."),
    {nullptr, nullptr, 0, nullptr},
};

}  // namespace priz::python
