#include "text.hpp"

#include <charconv>

namespace priz::detail {

namespace {

constexpr std::string_view hex_digits = "0123456789abcdef";

bool prints(char c) noexcept { return c >= ' ' && c <= '~'; }

void append_hex(std::string& text, char byte) {
    const auto value = static_cast<unsigned char>(byte);
    text += hex_digits[value >> 4];
    text += hex_digits[value & 15];
}

std::optional<char> read_byte(std::string_view two_digits) noexcept {
    unsigned char value = 0;
    const char* end = two_digits.data() + two_digits.size();
    const auto [stop, error] = std::from_chars(two_digits.data(), end, value, 16);
    if (two_digits.size() != 2 || stop != end || error != std::errc{}) return std::nullopt;
    return static_cast<char>(value);
}

}  // namespace

std::string in_quotes(std::string_view text) {
    constexpr std::size_t longest = 120;
    std::string result = "'";
    for (const char c : text.substr(0, longest)) {
        if (prints(c)) {
            result += c;
        } else {
            result += "\\x";
            append_hex(result, c);
        }
    }
    if (text.size() > longest) result += "...";
    return result += '\'';
}

failure refusal(errc cause, const char* operation, std::string_view text, std::string why) {
    failure refused(make_error_code(cause), operation);
    refused.with_subject(in_quotes(text)).with_hint(std::move(why));
    return refused;
}

failure out_of_memory(const char* operation) noexcept {
    return {std::make_error_code(std::errc::not_enough_memory), operation};
}

std::string percent_encoded(std::string_view bytes) {
    std::string text;
    for (const char c : bytes) {
        if (prints(c) && c != '%') {
            text += c;
        } else {
            text += '%';
            append_hex(text, c);
        }
    }
    return text;
}

std::optional<std::string> percent_decoded(std::string_view text) {
    std::string bytes;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            bytes += text[i];
            continue;
        }
        const auto byte = read_byte(text.substr(i + 1, 2));
        if (!byte) return std::nullopt;
        bytes += *byte;
        i += 2;
    }
    return bytes;
}

std::string hex_encoded(std::string_view bytes) {
    std::string text;
    for (const char c : bytes) append_hex(text, c);
    return text;
}

std::optional<std::string> hex_decoded(std::string_view text) {
    std::string bytes;
    for (std::size_t i = 0; i < text.size(); i += 2) {
        const auto byte = read_byte(text.substr(i, 2));
        if (!byte) return std::nullopt;
        bytes += *byte;
    }
    return bytes;
}

std::expected<std::uint64_t, errc> read_number(std::string_view text, std::uint64_t maximum,
                                               digits allowed) noexcept {
    const bool negative = text.starts_with('-');
    if (negative) text.remove_prefix(1);
    const bool hexadecimal = allowed == digits::decimal_or_hexadecimal && text.starts_with("0x");
    if (hexadecimal) text.remove_prefix(2);
    std::uint64_t value = 0;
    const char* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, value, hexadecimal ? 16 : 10);
    if (error == std::errc::invalid_argument || stop != end)
        return std::unexpected(errc::value_error);
    if (negative || error != std::errc{} || value > maximum)
        return std::unexpected(errc::overflow_error);
    return value;
}

std::string_view take_before(std::string_view& text, char separator) noexcept {
    const std::string_view part = text.substr(0, text.find(separator));
    text.remove_prefix(part.size());
    return part;
}

bool consume(std::string_view& text, std::string_view prefix) noexcept {
    if (!text.starts_with(prefix)) return false;
    text.remove_prefix(prefix.size());
    return true;
}

}  // namespace priz::detail
