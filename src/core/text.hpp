// text.hpp: what the readers and writers of addresses and endpoints share.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "priz/error.hpp"

namespace priz::detail {

// `text` between quotation marks for an error message: bytes that do not print as \xNN, long texts
// cut.
std::string in_quotes(std::string_view text);

// The failure of a reader: which text, and what is wrong with it.
failure refusal(errc cause, const char* operation, std::string_view text, std::string why);

// The failure when memory has run out while another was being described.
failure out_of_memory(const char* operation) noexcept;

// %XX for '%' and for every byte that is not printing ASCII; and back. A '%' without two
// hexadecimal digits behind it has no meaning.
std::string percent_encoded(std::string_view bytes);
std::optional<std::string> percent_decoded(std::string_view text);

// Two digits a byte, nothing between them.
std::string hex_encoded(std::string_view bytes);
std::optional<std::string> hex_decoded(std::string_view text);

// A number of decimal digits alone, or hexadecimal ones behind "0x" where `hexadecimal` allows
// them. value_error when it is no number, overflow_error when it is negative or above `maximum`.
enum class digits { decimal, decimal_or_hexadecimal };
std::expected<std::uint64_t, errc> read_number(std::string_view text, std::uint64_t maximum,
                                               digits allowed = digits::decimal) noexcept;

// The part of `text` before `separator`, taken off it; the separator stays. All of it where there
// is no separator.
std::string_view take_before(std::string_view& text, char separator) noexcept;

// Takes `prefix` off `text` where it stands there.
bool consume(std::string_view& text, std::string_view prefix) noexcept;

}  // namespace priz::detail
