#include "http/cookie_date.hpp"

#include <chrono>
#include <string>

#include "http/text.hpp"
#include "priz/http/field.hpp"

namespace priz::http::detail {

namespace {

bool is_delimiter(char c) noexcept {
    const auto code = static_cast<unsigned char>(c);
    return code == 0x09 || (code >= 0x20 && code <= 0x2f) || (code >= 0x3b && code <= 0x40) ||
           (code >= 0x5b && code <= 0x60) || (code >= 0x7b && code <= 0x7e);
}

// A number of `least` to `most` digits at the beginning, behind which no digit stands.
std::optional<int> take_number(std::string_view& text, std::size_t least,
                               std::size_t most) noexcept {
    std::size_t count = 0;
    int value = 0;
    while (count < text.size() && count <= most && is_digit(text[count])) {
        value = value * 10 + (text[count] - '0');
        ++count;
    }
    if (count < least || count > most) return std::nullopt;
    text.remove_prefix(count);
    return value;
}

struct time_parts {
    std::optional<int> hour, minute, second, day, month, year;

    bool read_time(std::string_view token) noexcept {
        const auto h = take_number(token, 1, 2);
        if (!h || !token.starts_with(':')) return false;
        token.remove_prefix(1);
        const auto m = take_number(token, 1, 2);
        if (!m || !token.starts_with(':')) return false;
        token.remove_prefix(1);
        const auto s = take_number(token, 1, 2);
        if (!s) return false;
        hour = h;
        minute = m;
        second = s;
        return true;
    }
    bool read_month(std::string_view token) noexcept {
        constexpr std::string_view names = "JanFebMarAprMayJunJulAugSepOctNovDec";
        if (token.size() < 3) return false;
        for (int i = 0; i < 12; ++i)
            if (same_name(token.substr(0, 3), names.substr(static_cast<std::size_t>(i) * 3, 3))) {
                month = i + 1;
                return true;
            }
        return false;
    }
    void read(std::string_view token) noexcept {
        std::string_view rest = token;
        if (!hour && read_time(token)) return;
        if (!day) {
            if (const auto number = take_number(rest, 1, 2)) {
                day = number;
                return;
            }
        }
        if (!month && read_month(token)) return;
        rest = token;
        if (!year) year = take_number(rest, 2, 4);
    }
};

}  // namespace

std::optional<std::int64_t> read_cookie_date(std::string_view text) noexcept {
    time_parts parts;
    while (!text.empty()) {
        while (!text.empty() && is_delimiter(text.front())) text.remove_prefix(1);
        std::size_t end = 0;
        while (end < text.size() && !is_delimiter(text[end])) ++end;
        if (end > 0) parts.read(text.substr(0, end));
        text.remove_prefix(end);
    }
    if (!parts.hour || !parts.day || !parts.month || !parts.year) return std::nullopt;
    int year = *parts.year;
    if (year >= 70 && year <= 99) year += 1900;
    if (year >= 0 && year <= 69) year += 2000;
    const std::chrono::year_month_day date{std::chrono::year(year),
                                           std::chrono::month(static_cast<unsigned>(*parts.month)),
                                           std::chrono::day(static_cast<unsigned>(*parts.day))};
    if (!date.ok() || year < 1601 || *parts.hour > 23 || *parts.minute > 59 || *parts.second > 59)
        return std::nullopt;
    const auto days = std::chrono::sys_days(date).time_since_epoch();
    return std::chrono::duration_cast<std::chrono::seconds>(days).count() + *parts.hour * 3600 +
           *parts.minute * 60 + *parts.second;
}

}  // namespace priz::http::detail
