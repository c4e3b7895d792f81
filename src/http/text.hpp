// text.hpp: the classes of characters that HTTP's grammar is made of (RFC 9110, 5.6; RFC 3986, 2).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace priz::http::detail {

enum character : std::uint8_t {
    in_token = 1,     // tchar
    in_value = 2,     // VCHAR, obs-text, SP, HTAB
    in_target = 4,    // what a request target may have
    in_hex = 8,       // a hexadecimal digit
    in_segment = 16,  // pchar without the percent sign
    in_name = 32,     // unreserved and sub-delims: reg-name without the percent sign
    in_unreserved = 64,
};

consteval std::array<std::uint8_t, 256> make_characters() {
    std::array<std::uint8_t, 256> table{};
    auto add = [&](std::string_view members, character kind) {
        for (char c : members) table[static_cast<unsigned char>(c)] |= kind;
    };
    constexpr std::string_view letters_and_digits =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    for (character kind : {in_token, in_segment, in_name, in_unreserved})
        add(letters_and_digits, kind);
    add("!#$%&'*+-.^_`|~", in_token);
    add("0123456789abcdefABCDEF", in_hex);
    for (character kind : {in_segment, in_name, in_unreserved}) add("-._~", kind);
    for (character kind : {in_segment, in_name}) add("!$&'()*+,;=", kind);
    add(":@", in_segment);
    for (unsigned c = 0; c < 256; ++c) {
        if (c == '\t' || (c >= 0x20 && c != 0x7f)) table[c] |= in_value;
        if (c > 0x20 && c < 0x7f) table[c] |= in_target;
    }
    // Browsers send every other visible character in a query as it is, RFC 3986 or not. A fragment
    // is never sent; quotation marks are what they encode; a reverse solidus is a solidus to some.
    for (char c : {'"', '#', '<', '>', '\\'})
        table[static_cast<unsigned char>(c)] &= static_cast<std::uint8_t>(~in_target);
    return table;
}

inline constexpr std::array<std::uint8_t, 256> characters = make_characters();

inline bool is(char c, character kind) noexcept {
    return (characters[static_cast<unsigned char>(c)] & kind) != 0;
}

inline bool all_of(std::string_view text, character kind) noexcept {
    for (char c : text)
        if (!is(c, kind)) return false;
    return true;
}

inline bool is_token(std::string_view text) noexcept {
    return !text.empty() && all_of(text, in_token);
}

inline bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
inline bool is_letter(char c) noexcept { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
inline bool is_space(char c) noexcept { return c == ' ' || c == '\t'; }
inline char lower(char c) noexcept {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
}

inline std::string small_letters(std::string_view text) {
    std::string out(text);
    for (char& c : out) c = lower(c);
    return out;
}

// The value of a hexadecimal digit.
inline unsigned hex_value(char c) noexcept {
    return is_digit(c) ? static_cast<unsigned>(c - '0')
                       : static_cast<unsigned>(lower(c) - 'a') + 10;
}

// `text` without the white space around it.
inline std::string_view trimmed(std::string_view text) noexcept {
    while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
    return text;
}

// Whether `text` is `lower_case`, which has no capital letters, in whichever case.
inline bool is_word(std::string_view text, std::string_view lower_case) noexcept {
    if (text.size() != lower_case.size()) return false;
    for (std::size_t i = 0; i < text.size(); ++i)
        if (lower(text[i]) != lower_case[i]) return false;
    return true;
}

// A number of decimal digits alone; nothing where it is none, or above UINT64_MAX.
inline std::optional<std::uint64_t> decimal(std::string_view text) noexcept {
    if (text.empty()) return std::nullopt;
    std::uint64_t value = 0;
    for (char c : text) {
        if (!is_digit(c)) return std::nullopt;
        if (__builtin_mul_overflow(value, 10, &value)) return std::nullopt;
        if (__builtin_add_overflow(value, static_cast<unsigned>(c - '0'), &value))
            return std::nullopt;
    }
    return value;
}

// The next element of a comma-separated list, taken off it with its comma; white space around it is
// taken off. A comma within quotation marks does not end it.
inline std::string_view take_element(std::string_view& list) noexcept {
    bool quoted = false;
    std::size_t end = 0;
    for (; end < list.size() && (quoted || list[end] != ','); ++end) {
        if (quoted && list[end] == '\\' && end + 1 < list.size()) {
            ++end;
        } else if (list[end] == '"') {
            quoted = !quoted;
        }
    }
    const std::string_view element = trimmed(list.substr(0, end));
    list.remove_prefix(end < list.size() ? end + 1 : end);
    return element;
}

}  // namespace priz::http::detail
