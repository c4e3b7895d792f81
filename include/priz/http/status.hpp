// priz/http/status.hpp: the registered status codes (RFC 9110, 15) and their phrases.
//
// Python: http.HTTPStatus
#pragma once

#include <string_view>

#include "priz/export.hpp"

namespace priz::http {

// "Not Found" of 404; empty for a status that is not registered.
PRIZ_API std::string_view reason_phrase(int status) noexcept;

}  // namespace priz::http
