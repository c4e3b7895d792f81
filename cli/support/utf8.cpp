#include "utf8.hpp"

namespace priz::cli {

namespace {

struct lead {
    std::size_t size;
    char32_t bits;
    char32_t smallest;
};

lead lead_of(unsigned char byte) noexcept {
    if (byte < 0x80) return {1, byte, 0};
    if (byte >= 0xC2 && byte < 0xE0) return {2, byte & 0x1FU, 0x80};
    if (byte >= 0xE0 && byte < 0xF0) return {3, byte & 0x0FU, 0x800};
    if (byte >= 0xF0 && byte < 0xF5) return {4, byte & 0x07U, 0x10000};
    return {0, 0, 0};
}

bool is_character(char32_t code, char32_t smallest) noexcept {
    return code >= smallest && code <= 0x10FFFF && (code < 0xD800 || code > 0xDFFF);
}

}  // namespace

utf8_character first_character(std::string_view text) noexcept {
    if (text.empty()) return {0, 0, true};
    const auto first = lead_of(static_cast<unsigned char>(text[0]));
    char32_t code = first.bits;
    for (std::size_t i = 1; i < first.size; ++i) {
        if (i == text.size()) return {0, 0, true};
        const auto byte = static_cast<unsigned char>(text[i]);
        if ((byte & 0xC0U) != 0x80U) return {};
        code = (code << 6U) | (byte & 0x3FU);
    }
    if (first.size == 0 || !is_character(code, first.smallest)) return {};
    return {code, first.size, false};
}

bool is_utf8(std::string_view text) noexcept {
    while (!text.empty()) {
        const auto next = first_character(text);
        if (next.size == 0) return false;
        text.remove_prefix(next.size);
    }
    return true;
}

}  // namespace priz::cli
