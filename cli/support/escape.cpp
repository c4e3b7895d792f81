#include "escape.hpp"

#include <fmt/format.h>

#include <iterator>

#include "utf8.hpp"

namespace priz::cli {

namespace {

// Characters that print nothing and change how what is around them is shown.
bool deceives(char32_t c) noexcept {
    return (c >= 0x80 && c < 0xA0) || c == 0xAD || c == 0x61C || (c >= 0x200B && c <= 0x200F) ||
           (c >= 0x2028 && c <= 0x202E) || (c >= 0x2060 && c <= 0x206F) || c == 0xFEFF ||
           (c >= 0xFFF9 && c <= 0xFFFB) || (c >= 0xE0000 && c <= 0xE0FFF);
}

bool is_plain(char32_t c) noexcept {
    return c == U'\n' || c == U'\t' || (c >= 0x20 && c != 0x7F && !deceives(c));
}

void append_shown(std::string& out, char32_t c) {
    if (c == U'\r')
        out += "\\r";
    else if (c < 0x80)
        fmt::format_to(std::back_inserter(out), "\\x{:02x}", static_cast<unsigned>(c));
    else
        fmt::format_to(std::back_inserter(out), "\\u{{{:x}}}", static_cast<unsigned>(c));
}

// Takes one character or one stray byte from the front of `text`.
void append_next(std::string& out, std::string_view& text) {
    const auto next = first_character(text);
    if (next.size == 0) {
        fmt::format_to(std::back_inserter(out), "\\x{:02x}", static_cast<unsigned char>(text[0]));
        text.remove_prefix(1);
        return;
    }
    if (is_plain(next.code))
        out += text.substr(0, next.size);
    else if (!text.starts_with("\r\n"))  // a network's line end is shown as a line end
        append_shown(out, next.code);
    text.remove_prefix(next.size);
}

}  // namespace

std::string escaper::feed(std::string_view data) {
    held_ += data;
    std::string out;
    std::string_view rest = held_;
    while (!rest.empty() && rest != "\r" && !first_character(rest).cut) append_next(out, rest);
    held_ = std::string(rest);
    return out;
}

std::string escaper::finish() {
    std::string out;
    std::string_view rest = held_;
    while (!rest.empty()) append_next(out, rest);
    held_.clear();
    return out;
}

std::string escaped(std::string_view text) {
    escaper one;
    auto shown = one.feed(text);
    return shown += one.finish();
}

}  // namespace priz::cli
