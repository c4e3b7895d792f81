// host_name.hpp: a host as Python names it: text, encoded by IDNA where it is not ASCII, or bytes.
#pragma once

#include <string_view>

#include "object.hpp"

namespace priz::python {

// The bytes of a name, valid as long as this and the object it was read from.
class host_name {
public:
    // A text, which may not have a NUL byte, or bytes, or a bytearray. TypeError, UnicodeError.
    // For the host of an address.
    bool of_address(PyObject* object);

    // For functions that take one name ("et" with IDNA); `format` is "et:NAME".
    bool of_only_argument(PyObject* const* given, Py_ssize_t count, const char* format);

    // A text alone: encoded by IDNA.
    bool of_text(PyObject* text);

    // The bytes of a bytes object.
    void of_bytes(PyObject* object) noexcept;

    std::string_view text() const noexcept { return text_; }

    // Up to the first NUL byte, where C would stop reading.
    std::string_view c_text() const noexcept { return text_.substr(0, text_.find('\0')); }

private:
    ref encoded_;
    std::string_view text_;
};

}  // namespace priz::python
