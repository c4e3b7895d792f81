// cookie_date.hpp: the dates of cookies, which servers write in many ways (RFC 6265, 5.1.1).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace priz::http::detail {

// Seconds since 1970; nothing where a part is missing or cannot be.
std::optional<std::int64_t> read_cookie_date(std::string_view text) noexcept;

}  // namespace priz::http::detail
