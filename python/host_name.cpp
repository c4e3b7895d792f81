#include "host_name.hpp"

#include "arguments.hpp"

namespace priz::python {

namespace {

constexpr std::size_t label_max = 63;

// Whether IDNA leaves a name in ASCII as it is. It refuses labels that are empty or too long.
bool is_plain(std::string_view name) noexcept {
    while (!name.empty()) {
        const std::size_t end = name.find('.');
        const std::string_view label = name.substr(0, end);
        if (label.empty() || label.size() > label_max) return false;
        name.remove_prefix(end == std::string_view::npos ? name.size() : end + 1);
    }
    return true;
}

std::string_view ascii_of(PyObject* text) noexcept {
    return {static_cast<const char*>(PyUnicode_DATA(text)),
            static_cast<std::size_t>(PyUnicode_GET_LENGTH(text))};
}

bool is_ascii(PyObject* object) noexcept {
    return PyUnicode_CheckExact(object) && PyUnicode_IS_COMPACT_ASCII(object);
}

bool refuse(const char* words) {
    PyErr_SetString(PyExc_TypeError, words);
    return false;
}

}  // namespace

void host_name::of_bytes(PyObject* object) noexcept {
    text_ = {PyBytes_AS_STRING(object), static_cast<std::size_t>(PyBytes_GET_SIZE(object))};
}

bool host_name::of_text(PyObject* text) {
    if (is_ascii(text) && is_plain(ascii_of(text))) {
        text_ = ascii_of(text);
        return true;
    }
    encoded_ = ref(PyUnicode_AsEncodedString(text, "idna", nullptr));
    if (!encoded_) return false;
    of_bytes(encoded_.get());
    return true;
}

bool host_name::of_address(PyObject* object) {
    if (is_ascii(object)) {
        text_ = ascii_of(object);  // as it is: an address is no name
    } else if (PyUnicode_Check(object)) {
        encoded_ = ref(PyUnicode_AsEncodedString(object, "idna", nullptr));
        if (!encoded_) return refuse("encoding of hostname failed");
        of_bytes(encoded_.get());
    } else if (PyBytes_Check(object)) {
        of_bytes(object);
    } else if (PyByteArray_Check(object)) {
        // A copy: another thread may change a bytearray while the name is looked up.
        encoded_ = ref(PyBytes_FromObject(object));
        if (!encoded_) return false;
        of_bytes(encoded_.get());
    } else {
        PyErr_Format(PyExc_TypeError, "str, bytes or bytearray expected, not %s",
                     Py_TYPE(object)->tp_name);
        return false;
    }
    for (const char c : text_)
        if (c == '\0') return refuse("host name must not contain null character");
    return true;
}

bool host_name::of_only_argument(arguments given, Py_ssize_t count, const char* format) {
    if (count == 1 && is_ascii(given[0]) && is_plain(ascii_of(given[0]))) {
        text_ = ascii_of(given[0]);
        if (text_.find('\0') == std::string_view::npos) return true;
    }
    char* encoded = nullptr;
    if (!parse(given, count, format, "idna", &encoded)) return false;
    encoded_ = ref(PyBytes_FromString(encoded));
    PyMem_Free(encoded);
    if (!encoded_) return false;
    of_bytes(encoded_.get());
    return true;
}

}  // namespace priz::python
