#include "size_text.hpp"

#include <fmt/format.h>

#include <charconv>
#include <limits>

namespace priz::cli {

namespace {

std::optional<std::size_t> factor_of(std::string_view unit) {
    if (unit.empty()) return 1;
    if (unit == "k" || unit == "K") return std::size_t{1} << 10U;
    if (unit == "m" || unit == "M") return std::size_t{1} << 20U;
    return std::nullopt;
}

}  // namespace

std::optional<std::size_t> parse_size(std::string_view text) {
    std::size_t number = 0;
    const char* end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, number);
    if (error != std::errc{} || number == 0) return std::nullopt;
    const auto factor = factor_of({rest, static_cast<std::size_t>(end - rest)});
    if (!factor || number > std::numeric_limits<std::size_t>::max() / *factor) return std::nullopt;
    return number * *factor;
}

std::string size_text(double bytes) {
    if (bytes < 1000) return fmt::format("{:.0f} bytes", bytes);
    const char* unit = "kB";
    double amount = bytes / 1e3;
    for (const char* next : {"MB", "GB", "TB"}) {
        if (amount < 999.5) break;
        amount /= 1e3;
        unit = next;
    }
    return fmt::format("{:.3g} {}", amount, unit);
}

}  // namespace priz::cli
