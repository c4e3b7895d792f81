// trace_log.hpp: what has happened, a line each.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

namespace priz::sim::detail {

class trace_log {
public:
    // Keeps the latest `limit` lines.
    explicit trace_log(std::size_t limit) noexcept : limit_(limit) {}

    bool is_on() const noexcept { return limit_ > 0; }
    void add(std::int64_t when, std::string_view who, std::string_view what);

    std::string text() const;
    // Of every line there ever was, also of those no longer kept.
    std::uint64_t fingerprint() const noexcept { return fingerprint_; }

private:
    std::size_t limit_;
    std::deque<std::string> lines_;
    std::uint64_t fingerprint_ = 0xcbf29ce484222325U;  // FNV-1a
};

// Seconds with nine digits: "0.012000000".
std::string time_text(std::int64_t nanoseconds);

}  // namespace priz::sim::detail
