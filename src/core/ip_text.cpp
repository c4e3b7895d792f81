#include "ip_text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>

namespace priz::detail {

namespace {

using groups = std::array<std::uint16_t, 8>;

// One to three digits at the front of `text`, taken off it.
bool take_octet(std::string_view& text, std::uint8_t& octet) noexcept {
    const char* begin = text.data();
    const auto [end, error] = std::from_chars(begin, begin + text.size(), octet);
    const auto length = static_cast<std::size_t>(end - begin);
    if (error != std::errc{} || length > 3 || (length > 1 && text[0] == '0')) return false;
    text.remove_prefix(length);
    return true;
}

bool read_group(std::string_view text, std::uint16_t& group) noexcept {
    const char* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, group, 16);
    return text.size() <= 4 && stop == end && error == std::errc{};
}

// Reads groups from left to right and remembers where `::` stood.
class ipv6_reader {
public:
    explicit ipv6_reader(std::string_view text) noexcept : rest_(text) {}

    bool read(std::span<std::uint8_t, 16> bytes) noexcept {
        if (rest_.starts_with("::")) {
            gap_ = 0;
            rest_.remove_prefix(2);
        }
        while (!rest_.empty()) {
            if (!take_piece() || !take_colons()) return false;
        }
        if (has_gap() ? count_ >= 8 : count_ != 8) return false;
        write(bytes);
        return true;
    }

private:
    bool has_gap() const noexcept { return gap_ <= 8; }

    bool take_piece() noexcept {
        const std::string_view piece = rest_.substr(0, rest_.find(':'));
        if (piece.find('.') != std::string_view::npos) return take_quad();
        if (count_ == 8 || !read_group(piece, groups_[count_])) return false;
        ++count_;
        rest_.remove_prefix(piece.size());
        return true;
    }

    bool take_quad() noexcept {
        std::array<std::uint8_t, 4> quad{};
        if (count_ > 6 || !read_ipv4(rest_, quad)) return false;
        groups_[count_++] = static_cast<std::uint16_t>(quad[0] << 8 | quad[1]);
        groups_[count_++] = static_cast<std::uint16_t>(quad[2] << 8 | quad[3]);
        rest_ = {};
        return true;
    }

    bool take_colons() noexcept {
        if (rest_.empty()) return true;
        rest_.remove_prefix(1);
        if (!rest_.starts_with(':')) return !rest_.empty();
        if (has_gap()) return false;
        gap_ = count_;
        rest_.remove_prefix(1);
        return true;
    }

    void write(std::span<std::uint8_t, 16> bytes) const noexcept {
        groups whole{};
        const std::size_t before = has_gap() ? gap_ : count_;
        std::copy_n(groups_.begin(), before, whole.begin());
        std::copy_backward(groups_.begin() + before, groups_.begin() + count_, whole.end());
        for (std::size_t i = 0; i < 8; ++i) {
            bytes[2 * i] = static_cast<std::uint8_t>(whole[i] >> 8);
            bytes[2 * i + 1] = static_cast<std::uint8_t>(whole[i] & 0xff);
        }
    }

    std::string_view rest_;
    groups groups_{};
    std::size_t count_ = 0;
    std::size_t gap_ = 9;  // how many groups stand before `::`
};

struct run {
    std::size_t begin = 8;
    std::size_t length = 0;
};

// The groups that `::` replaces: the first of the longest runs of zeros, of two groups at least.
run longest_zeros(const groups& all) noexcept {
    run best;
    for (std::size_t i = 0; i < 8; ++i) {
        std::size_t end = i;
        while (end < 8 && all[end] == 0) ++end;
        if (end - i > std::max<std::size_t>(best.length, 1)) best = {i, end - i};
        i = end;
    }
    return best;
}

// ::a.b.c.d and ::ffff:a.b.c.d end in a dotted quad.
bool ends_in_quad(const groups& all, run zeros) noexcept {
    return zeros.begin == 0 && (zeros.length == 6 || (zeros.length == 5 && all[5] == 0xffff));
}

void append_group(std::string& text, std::uint16_t group) {
    std::array<char, 4> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), group, 16).ptr;
    text.append(digits.data(), end);
}

}  // namespace

bool read_ipv4(std::string_view text, std::span<std::uint8_t, 4> bytes) noexcept {
    for (std::size_t i = 0; i < 4; ++i) {
        if (i > 0) {
            if (!text.starts_with('.')) return false;
            text.remove_prefix(1);
        }
        if (!take_octet(text, bytes[i])) return false;
    }
    return text.empty();
}

bool read_ipv6(std::string_view text, std::span<std::uint8_t, 16> bytes) noexcept {
    return ipv6_reader(text).read(bytes);
}

std::string ipv4_text(std::span<const std::uint8_t, 4> bytes) {
    std::string text;
    for (const auto octet : bytes) {
        if (!text.empty()) text += '.';
        text += std::to_string(octet);
    }
    return text;
}

std::string ipv6_text(std::span<const std::uint8_t, 16> bytes) {
    groups all{};
    for (std::size_t i = 0; i < 8; ++i)
        all[i] = static_cast<std::uint16_t>(bytes[2 * i] << 8 | bytes[2 * i + 1]);
    const run zeros = longest_zeros(all);
    const std::size_t end = ends_in_quad(all, zeros) ? 6 : 8;

    std::string text;
    for (std::size_t i = 0; i < end; ++i) {
        if (i == zeros.begin) {
            text += "::";
            i += zeros.length - 1;
            continue;
        }
        if (!text.empty() && text.back() != ':') text += ':';
        append_group(text, all[i]);
    }
    if (end == 8) return text;
    if (text.back() != ':') text += ':';
    return text + ipv4_text(bytes.last<4>());
}

}  // namespace priz::detail
