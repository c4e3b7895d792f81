#include "priz/http/date.hpp"

#include <algorithm>
#include <cstring>

#include "http/text.hpp"
#include "priz/http/defect.hpp"

namespace priz::http {

using namespace detail;

namespace {

constexpr std::int64_t day_seconds = 24 * 60 * 60;
constexpr std::string_view months = "JanFebMarAprMayJunJulAugSepOctNovDec";
constexpr std::string_view weekdays = "SunMonTueWedThuFriSat";
constexpr std::string_view long_weekdays[] = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                              "Thursday", "Friday", "Saturday"};

struct civil {
    std::int64_t year = 0;
    unsigned month = 0;  // from 0
    unsigned day = 0;    // from 1
};

bool is_leap(std::int64_t year) noexcept {
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

unsigned days_of(std::int64_t year, unsigned month) noexcept {
    constexpr unsigned char lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return month == 1 && is_leap(year) ? 29 : lengths[month];
}

// Days before the first of January of `year`, counted from the year 0; years are not negative.
std::int64_t days_before(std::int64_t year) noexcept {
    if (year == 0) return 0;
    const std::int64_t past = year - 1;
    return year * 365 + past / 4 - past / 100 + past / 400 + 1;
}

constexpr std::int64_t days_to_1970 = 719528;

std::int64_t days_since_1970(const civil& date) noexcept {
    std::int64_t days = days_before(date.year) - days_to_1970 + date.day - 1;
    for (unsigned month = 0; month < date.month; ++month) days += days_of(date.year, month);
    return days;
}

civil date_of(std::int64_t days) noexcept {
    civil date;
    days += days_to_1970;
    date.year = days / 366;
    while (days_before(date.year + 1) <= days) ++date.year;  // some four times
    days -= days_before(date.year);
    while (days >= days_of(date.year, date.month)) days -= days_of(date.year, date.month++);
    date.day = static_cast<unsigned>(days) + 1;
    return date;
}

// Reads from left to right; whatever does not fit makes it wrong for good.
class reader {
public:
    explicit reader(std::string_view text) noexcept : rest_(text) {}

    bool at_end() const noexcept { return right_ && rest_.empty(); }
    bool right() const noexcept { return right_; }

    void literal(std::string_view text) noexcept {
        if (take(text.size()) != text) right_ = false;
    }
    unsigned number(std::size_t digits) noexcept {
        const auto value = decimal(take(digits));
        if (!value) right_ = false;
        return static_cast<unsigned>(value.value_or(0));
    }
    unsigned month() noexcept {
        const std::size_t at = three_letters(months);
        return static_cast<unsigned>(at / 3);
    }
    void weekday() noexcept { three_letters(weekdays); }
    bool has(char c) const noexcept { return !rest_.empty() && rest_.front() == c; }
    // Hours, minutes and seconds, as seconds.
    std::int64_t time() noexcept {
        const unsigned hours = number(2);
        literal(":");
        const unsigned minutes = number(2);
        literal(":");
        const unsigned seconds = number(2);
        if (hours > 23 || minutes > 59 || seconds > 60) right_ = false;
        return std::int64_t{hours} * 3600 + minutes * 60 + seconds;
    }

private:
    std::string_view take(std::size_t count) noexcept {
        if (rest_.size() < count) {
            right_ = false;
            return {};
        }
        const std::string_view taken = rest_.substr(0, count);
        rest_.remove_prefix(count);
        return taken;
    }
    std::size_t three_letters(std::string_view names) noexcept {
        const std::string_view name = take(3);
        for (std::size_t at = 0; at < names.size(); at += 3)
            if (names.substr(at, 3) == name) return at;
        right_ = false;
        return 0;
    }

    std::string_view rest_;
    bool right_ = true;
};

std::optional<std::int64_t> seconds_of(const reader& read, const civil& date,
                                       std::int64_t time) noexcept {
    if (!read.at_end() || date.day == 0 || date.day > days_of(date.year, date.month))
        return std::nullopt;
    return days_since_1970(date) * day_seconds + time;
}

std::optional<std::int64_t> read_fixed(std::string_view text) noexcept {
    reader read(text);
    civil date;
    read.weekday();
    read.literal(", ");
    date.day = read.number(2);
    read.literal(" ");
    date.month = read.month();
    read.literal(" ");
    date.year = read.number(4);
    read.literal(" ");
    const std::int64_t time = read.time();
    read.literal(" GMT");
    return seconds_of(read, date, time);
}

std::optional<std::int64_t> read_rfc850(std::string_view text,
                                        std::optional<std::int64_t> now) noexcept {
    const std::size_t comma = std::min(text.find(','), text.size());
    if (std::ranges::find(long_weekdays, text.substr(0, comma)) == std::end(long_weekdays))
        return std::nullopt;
    reader read(text.substr(comma));
    civil date;
    read.literal(", ");
    date.day = read.number(2);
    read.literal("-");
    date.month = read.month();
    read.literal("-");
    const unsigned two_digits = read.number(2);
    read.literal(" ");
    const std::int64_t time = read.time();
    read.literal(" GMT");
    if (!now) {
        date.year = two_digits < 69 ? 2000 + two_digits : 1900 + two_digits;
        return seconds_of(read, date, time);
    }
    // Beyond the years that dates have, the nearest moment serves as well.
    const std::int64_t moment =
        std::clamp<std::int64_t>(*now, (36525 - days_to_1970) * day_seconds, 2900000 * day_seconds);
    std::int64_t days = moment / day_seconds;
    if (moment % day_seconds < 0) --days;
    const civil today = date_of(days);
    date.year = today.year - today.year % 100 + 100 + two_digits;
    const auto too_late = [&] {
        civil limit = today;
        limit.year += 50;
        return days_since_1970(date) * day_seconds + time >
               days_since_1970(limit) * day_seconds + (moment - days * day_seconds);
    };
    while (too_late()) date.year -= 100;
    return seconds_of(read, date, time);
}

std::optional<std::int64_t> read_asctime(std::string_view text) noexcept {
    reader read(text);
    civil date;
    read.weekday();
    read.literal(" ");
    date.month = read.month();
    read.literal(" ");
    if (read.has(' ')) {
        read.literal(" ");
        date.day = read.number(1);
    } else {
        date.day = read.number(2);
    }
    read.literal(" ");
    const std::int64_t time = read.time();
    read.literal(" ");
    date.year = read.number(4);
    return seconds_of(read, date, time);
}

}  // namespace

date_text::date_text(std::int64_t seconds) noexcept {
    constexpr std::int64_t first = -days_to_1970 * day_seconds;
    constexpr std::int64_t last = 253402300799;  // the end of the year 9999
    seconds = std::clamp(seconds, first, last);
    std::int64_t days = seconds / day_seconds;
    if (seconds % day_seconds < 0) --days;
    const auto time = static_cast<unsigned>(seconds - days * day_seconds);
    const civil date = date_of(days);
    const auto weekday = static_cast<std::size_t>((days + 4 + 7 * 200000) % 7);
    char* at = text_.data();
    const auto put = [&](std::string_view text) {
        std::memcpy(at, text.data(), text.size());
        at += text.size();
    };
    const auto digits = [&](unsigned number, unsigned place) {
        for (; place != 0; place /= 10) *at++ = static_cast<char>('0' + number / place % 10);
    };
    put(weekdays.substr(weekday * 3, 3));
    put(", ");
    digits(date.day, 10);
    put(" ");
    put(months.substr(date.month * 3, 3));
    put(" ");
    digits(static_cast<unsigned>(date.year), 1000);
    put(" ");
    digits(time / 3600, 10);
    put(":");
    digits(time / 60 % 60, 10);
    put(":");
    digits(time % 60, 10);
    put(" GMT");
}

result<std::int64_t> try_parse_date(std::string_view text, std::optional<std::int64_t> now) {
    std::optional<std::int64_t> read = read_fixed(text);
    if (!read) read = read_rfc850(text, now);
    if (!read) read = read_asctime(text);
    if (read) return *read;
    return std::unexpected(parse_error{defect::bad_syntax, 0}.as_failure("parse_date"));
}

std::int64_t parse_date(std::string_view text, std::optional<std::int64_t> now) {
    return value_or_throw(try_parse_date(text, now));
}

}  // namespace priz::http
