#include "duration_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace priz::cli {

namespace {

std::optional<double> seconds_of(std::string_view unit) {
    if (unit.empty() || unit == "s") return 1.0;
    if (unit == "ms") return 1e-3;
    if (unit == "m") return 60.0;
    if (unit == "h") return 3600.0;
    return std::nullopt;
}

bool begins_a_number(std::string_view text) {
    return !text.empty() && (text[0] == '.' || (text[0] >= '0' && text[0] <= '9'));
}

}  // namespace

std::optional<duration> parse_duration(std::string_view text) {
    if (!begins_a_number(text)) return std::nullopt;
    double number = 0;
    const char* end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, number, std::chars_format::fixed);
    if (error != std::errc{}) return std::nullopt;
    const auto unit = seconds_of({rest, static_cast<std::size_t>(end - rest)});
    if (!unit) return std::nullopt;
    return duration(number * *unit);
}

std::string duration_text(duration d) {
    const double seconds = d.seconds();
    if (seconds < 1e-3 && seconds > 0) return fmt::format("{:.3g} µs", seconds * 1e6);
    return seconds < 1 ? fmt::format("{:.3g} ms", seconds * 1e3) : fmt::format("{:.3g} s", seconds);
}

}  // namespace priz::cli
