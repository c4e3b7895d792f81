#include "sim/trace_log.hpp"

namespace priz::sim::detail {

std::string time_text(std::int64_t nanoseconds) {
    constexpr std::int64_t second = 1'000'000'000;
    const std::string rest = std::to_string(nanoseconds % second);
    return std::to_string(nanoseconds / second) + '.' + std::string(9 - rest.size(), '0') + rest;
}

void trace_log::add(std::int64_t when, std::string_view who, std::string_view what) {
    if (!is_on()) return;
    std::string line = time_text(when);
    line.append(" ").append(who).append(": ").append(what).append("\n");
    for (const char each : line)
        fingerprint_ = (fingerprint_ ^ static_cast<unsigned char>(each)) * 0x100000001b3U;
    if (lines_.size() == limit_) lines_.pop_front();
    lines_.push_back(std::move(line));
}

std::string trace_log::text() const {
    std::string all;
    for (const std::string& line : lines_) all += line;
    return all;
}

}  // namespace priz::sim::detail
