#include "latency_histogram.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace priz::cli {

// A time's class is its power of two, and the bits behind the leading one.
std::size_t latency_histogram::class_of(std::uint64_t time) noexcept {
    const auto bits = static_cast<unsigned>(std::bit_width(time));
    if (bits <= fraction_bits + 1) return time;
    const unsigned shift = bits - fraction_bits - 1;
    return (std::size_t{shift} << fraction_bits) + (time >> shift);
}

std::uint64_t latency_histogram::greatest_in(std::size_t one) noexcept {
    if (one < std::size_t{2} << fraction_bits) return one;
    const auto shift = (one >> fraction_bits) - 1;
    const std::uint64_t leading = one - (shift << fraction_bits);
    return ((leading + 1) << shift) - 1;
}

void latency_histogram::add(std::int64_t nanoseconds) noexcept {
    const std::int64_t time = std::max<std::int64_t>(nanoseconds, 0);
    ++counts_[class_of(static_cast<std::uint64_t>(time))];
    ++count_;
    longest_ = std::max(longest_, time);
}

std::int64_t latency_histogram::percentile(double percent) const noexcept {
    const auto wanted =
        static_cast<std::uint64_t>(std::ceil(percent / 100 * static_cast<double>(count_) - 1e-9));
    std::uint64_t seen = 0;
    for (std::size_t one = 0; one < counts_.size(); ++one) {
        seen += counts_[one];
        if (counts_[one] != 0 && seen >= wanted)
            return std::min(static_cast<std::int64_t>(greatest_in(one)), longest_);
    }
    return longest_;
}

}  // namespace priz::cli
