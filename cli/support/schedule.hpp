// cli/support/schedule.hpp: when each of many messages is due that are sent at a rate.
#pragma once

#include <cstdint>
#include <limits>

namespace priz::cli {

class schedule {
public:
    // Longer than any run.
    static constexpr std::int64_t never = std::numeric_limits<std::int64_t>::max();

    // So many a second; the first is due at once.
    explicit schedule(double rate) noexcept : rate_(rate) {}

    // Nanoseconds from the beginning to when a message is due, counted from 0.
    std::int64_t due(std::uint64_t message) const noexcept;

    // How many of the first `most` are due before so many nanoseconds have gone: as due() has it,
    // to the message.
    std::uint64_t count_before(std::int64_t nanoseconds, std::uint64_t most) const noexcept;

private:
    double rate_;
};

}  // namespace priz::cli
