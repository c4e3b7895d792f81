// priz/http/date.hpp: the dates of HTTP (RFC 9110, 5.6.7), as seconds since 1970 in UTC.
//
//     Sun, 06 Nov 1994 08:49:37 GMT     the form that is written, and nearly always read
//     Sunday, 06-Nov-94 08:49:37 GMT    RFC 850: its year has two digits
//     Sun Nov  6 08:49:37 1994          asctime()
//
// No locale and no clock has a part in it. Python: email.utils.formatdate(usegmt=True),
// email.utils.parsedate_to_datetime(), http.cookiejar.http2time()
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "priz/error.hpp"
#include "priz/export.hpp"

namespace priz::http {

// A date as it is written: 29 characters.
class PRIZ_API date_text {
public:
    // `seconds` is between the years 0 and 9999; what lies outside is written as the nearest of
    // these.
    explicit date_text(std::int64_t seconds) noexcept;
    std::string_view text() const noexcept { return {text_.data(), text_.size()}; }
    operator std::string_view() const noexcept { return text(); }

private:
    std::array<char, 29> text_;
};

// Reads each of the three forms, exactly. The name of the weekday has to be one, and is otherwise
// not looked at. A year of two digits that would lie more than 50 years after `now` is one of the
// century before; without `now`, 69 to 99 are 1969 to 1999, as POSIX has it. A second may be 60.
//
// Errors: defect::bad_syntax.
PRIZ_API std::int64_t parse_date(std::string_view text,
                                 std::optional<std::int64_t> now = std::nullopt);
PRIZ_API result<std::int64_t> try_parse_date(std::string_view text,
                                             std::optional<std::int64_t> now = std::nullopt);

}  // namespace priz::http
