// cli/support/latency_histogram.hpp: many lengths of time, in little memory, for percentiles.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace priz::cli {

// Counts nanoseconds in classes that are 1/128 of their power of two wide: what it says of a
// percentile is at most 0.8 % above the truth, and below 256 ns exact. Adding allocates nothing.
class latency_histogram {
public:
    // A negative time counts as 0.
    void add(std::int64_t nanoseconds) noexcept;

    std::uint64_t count() const noexcept { return count_; }
    std::int64_t longest() const noexcept { return longest_; }
    // The time that `percent` of all (0 to 100) do not exceed; 0 when there are none.
    std::int64_t percentile(double percent) const noexcept;

private:
    static constexpr unsigned fraction_bits = 7;
    // 63 bits have a value; those of the first 2^(fraction_bits + 1) have a class each.
    static constexpr std::size_t classes = (63 - fraction_bits + 1) << fraction_bits;

    static std::size_t class_of(std::uint64_t time) noexcept;
    static std::uint64_t greatest_in(std::size_t one) noexcept;

    std::array<std::uint64_t, classes> counts_ = {};
    std::uint64_t count_ = 0;
    std::int64_t longest_ = 0;
};

}  // namespace priz::cli
