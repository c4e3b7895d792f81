// timeouts.hpp: Python's timeouts, None or a number of seconds, and priz's durations.
#pragma once

#include <optional>

#include "object.hpp"
#include "priz/duration.hpp"

namespace priz::python {

// False with the exception that CPython raises: TypeError, ValueError (negative, not a number),
// OverflowError.
bool parse_timeout(PyObject* object, std::optional<duration>& timeout);

PyObject* timeout_object(std::optional<duration> timeout);

}  // namespace priz::python
