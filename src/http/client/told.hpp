// told.hpp: texts of others in error messages, and failures of the client's own.
#pragma once

#include <string>
#include <string_view>

#include "priz/error.hpp"

namespace priz::http::detail {

// Without control characters, and cut to a length that a line can have.
inline std::string shown(std::string_view text) {
    std::string out;
    for (char c : text.substr(0, 200)) out += c > 0x1f && c < 0x7f ? c : '?';
    return out;
}

inline constexpr const char* request_operation = "request";

[[noreturn]] inline void refuse(std::error_code cause, std::string_view subject,
                                std::string_view hint = {}) {
    failure why(cause, request_operation);
    why.with_subject(shown(subject));
    if (!hint.empty()) why.with_hint(shown(hint));
    why.raise();
}

}  // namespace priz::http::detail
