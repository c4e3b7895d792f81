// priz/deadline.hpp: a point in time by which a whole piece of work is to be done.
//
// A timeout says how long one step may take; a deadline is fixed once and then covers every step of
// an operation: name resolution, each connection attempt, each part of a large send. It is a point
// on the kernel's monotonic clock, so setting the wall clock does not move it. A value; any thread
// may use it.
#pragma once

#include <compare>
#include <cstdint>
#include <limits>
#include <optional>

#include "priz/duration.hpp"
#include "priz/export.hpp"

namespace priz {

class PRIZ_API deadline {
public:
    // Never passes.
    constexpr deadline() noexcept = default;

    // `timeout` from now on; none means never.
    static deadline after(std::optional<duration> timeout) noexcept;

    // A point on CLOCK_MONOTONIC, in nanoseconds.
    static constexpr deadline at(std::int64_t monotonic_ns) noexcept {
        deadline result;
        result.when_ = monotonic_ns;
        return result;
    }

    constexpr bool is_never() const noexcept { return when_ == never; }
    constexpr std::int64_t monotonic_ns() const noexcept { return when_; }

    // What is left, zero when it has passed; none when it never passes.
    std::optional<duration> remaining() const noexcept;
    bool has_passed() const noexcept;

    friend constexpr auto operator<=>(const deadline&, const deadline&) noexcept = default;

private:
    static constexpr std::int64_t never = std::numeric_limits<std::int64_t>::max();
    std::int64_t when_ = never;
};

}  // namespace priz
