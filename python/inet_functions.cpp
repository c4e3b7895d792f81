// Conversions: byte order, addresses as bytes and texts, the sizes of control messages.
#include <limits>

#include "arguments.hpp"
#include "functions.hpp"
#include "priz/inet.hpp"
#include "raise.hpp"

namespace priz::python {

namespace {

PyObject* text_object(const result<std::string>& text, PyObject* (*otherwise)(const failure&)) {
    return text ? PyUnicode_FromStringAndSize(text->data(), static_cast<Py_ssize_t>(text->size()))
                : otherwise(text.error());
}

PyObject* bytes_object(const result<bytes>& data, PyObject* (*otherwise)(const failure&)) {
    return data ? PyBytes_FromStringAndSize(data->data(), static_cast<Py_ssize_t>(data->size()))
                : otherwise(data.error());
}

// 16 bits: a number that fits an int, whose range CPython's words then distinguish.
template <result<std::uint16_t> (*Convert)(int) noexcept>
PyObject* convert_short(const char* name, PyObject* given) {
    int number = 0;
    if (!plain_int(given, number) && PyArg_Parse(given, "i", &number) == 0) return nullptr;
    const auto converted = Convert(number);
    if (converted) return PyLong_FromLong(*converted);
    PyErr_Format(PyExc_OverflowError,
                 number < 0 ? "%s: can't convert negative Python int to C 16-bit unsigned integer"
                            : "%s: Python int too large to convert to C 16-bit unsigned integer",
                 name);
    return nullptr;
}

template <result<std::uint32_t> (*Convert)(unsigned long) noexcept>
PyObject* convert_long(PyObject* given) {
    if (!PyLong_Check(given)) {
        PyErr_Format(PyExc_TypeError, "expected int, %s found", Py_TYPE(given)->tp_name);
        return nullptr;
    }
    const unsigned long number = PyLong_AsUnsignedLong(given);
    if (number == static_cast<unsigned long>(-1) && PyErr_Occurred() != nullptr) return nullptr;
    const auto converted = Convert(number);
    if (converted) return PyLong_FromUnsignedLong(*converted);
    PyErr_SetString(PyExc_OverflowError, "int larger than 32 bits");
    return nullptr;
}

PyObject* ntohs(PyObject*, PyObject* given) {
    return convert_short<try_ntohs<int>>("ntohs", given);
}
PyObject* htons(PyObject*, PyObject* given) {
    return convert_short<try_htons<int>>("htons", given);
}
PyObject* ntohl(PyObject*, PyObject* given) {
    return convert_long<try_ntohl<unsigned long>>(given);
}
PyObject* htonl(PyObject*, PyObject* given) {
    return convert_long<try_htonl<unsigned long>>(given);
}

PyObject* inet_aton(PyObject*, arguments given, Py_ssize_t count) {
    const char* text = nullptr;
    if (!parse(given, count, "s:inet_aton", &text)) return nullptr;
    return bytes_object(try_inet_aton(text), [](const failure&) {
        return raise_os_error("illegal IP address string passed to inet_aton");
    });
}

PyObject* inet_ntoa(PyObject*, arguments given, Py_ssize_t count) {
    buffer packed;
    if (!parse(given, count, "y*:inet_ntoa", packed.target())) return nullptr;
    packed.filled();
    return text_object(try_inet_ntoa(packed.view()), [](const failure&) {
        return raise_os_error("packed IP wrong length for inet_ntoa");
    });
}

PyObject* inet_pton(PyObject*, arguments given, Py_ssize_t count) {
    int family = 0;
    const char* text = nullptr;
    if (!parse(given, count, "is:inet_pton", &family, &text)) return nullptr;
    return bytes_object(try_inet_pton(family, text), [](const failure& why) {
        return why.code() == std::errc::address_family_not_supported
                   ? raise(why)
                   : raise_os_error("illegal IP address string passed to inet_pton");
    });
}

PyObject* inet_ntop(PyObject*, arguments given, Py_ssize_t count) {
    int family = 0;
    buffer packed;
    if (!parse(given, count, "iy*:inet_ntop", &family, packed.target())) return nullptr;
    packed.filled();
    if (family != AF_INET && family != AF_INET6)
        return PyErr_Format(PyExc_ValueError, "unknown address family %d", family);
    return text_object(try_inet_ntop(family, packed.view()), [](const failure&) -> PyObject* {
        PyErr_SetString(PyExc_ValueError, "invalid length of packed IP address string");
        return nullptr;
    });
}

PyObject* control_size(const char* name, const char* format, arguments given, Py_ssize_t count,
                       result<std::size_t> (*size_of)(Py_ssize_t) noexcept) {
    Py_ssize_t length = 0;
    if (!parse(given, count, format, &length)) return nullptr;
    const auto size = size_of(length);
    if (size) return PyLong_FromSize_t(*size);
    PyErr_Format(PyExc_OverflowError, "%s() argument out of range", name);
    return nullptr;
}

PyObject* cmsg_len_of(PyObject*, arguments given, Py_ssize_t count) {
    return control_size("CMSG_LEN", "n:CMSG_LEN", given, count, try_cmsg_len<Py_ssize_t>);
}

PyObject* cmsg_space_of(PyObject*, arguments given, Py_ssize_t count) {
    return control_size("CMSG_SPACE", "n:CMSG_SPACE", given, count, try_cmsg_space<Py_ssize_t>);
}

}  // namespace

const PyMethodDef inet_functions[] = {
    {"ntohs", ntohs, METH_O, "ntohs(integer) -> integer\n\n16 bits from the network's byte order."},
    {"ntohl", ntohl, METH_O, "ntohl(integer) -> integer\n\n32 bits from the network's byte order."},
    {"htons", htons, METH_O, "htons(integer) -> integer\n\n16 bits in the network's byte order."},
    {"htonl", htonl, METH_O, "htonl(integer) -> integer\n\n32 bits in the network's byte order."},
    method("inet_aton", inet_aton,
           "inet_aton(string) -> bytes giving packed 32-bit IP representation\n\nReads the loose "
           "forms as well: '1.2' is 1.0.0.2."),
    method("inet_ntoa", inet_ntoa,
           "inet_ntoa(packed_ip) -> ip_address_string\n\nFour bytes as a dotted quad."),
    method("inet_pton", inet_pton,
           "inet_pton(af, ip) -> packed IP address string\n\nThe bytes of an IPv4 or IPv6 "
           "address."),
    method("inet_ntop", inet_ntop,
           "inet_ntop(af, packed_ip) -> string formatted IP address\n\nThe text of an IPv4 or IPv6 "
           "address."),
    method("CMSG_LEN", cmsg_len_of,
           "CMSG_LEN(length) -> control message length\n\nThe length of a control message with "
           "length bytes of data, without the padding\nbehind it."),
    method("CMSG_SPACE", cmsg_space_of,
           "CMSG_SPACE(length) -> buffer size\n\nThe room that a control message with length bytes "
           "of data takes, with padding."),
    {nullptr, nullptr, 0, nullptr},
};

}  // namespace priz::python
