// histogram.hpp: times in nanoseconds, counted in classes that are a thirty-second of their octave
// wide, so that a percentile is right to 3 %, whatever its size.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace echo {

class histogram {
public:
    void add(std::uint64_t time) {
        ++counts_[class_of(time)];
        ++count_;
        longest_ = std::max(longest_, time);
    }

    // The time that `part` (0 to 1) of all are not above.
    std::uint64_t percentile(double part) const {
        const double wanted = part * static_cast<double>(count_);
        double below = 0;
        for (std::size_t each = 0; each < counts_.size(); ++each) {
            below += static_cast<double>(counts_[each]);
            if (counts_[each] != 0 && below >= wanted) return std::min(end_of(each), longest_);
        }
        return longest_;
    }

    std::uint64_t longest() const { return longest_; }

private:
    static constexpr std::size_t steps = 32;

    static std::size_t class_of(std::uint64_t time) {
        if (time < steps) return static_cast<std::size_t>(time);
        const auto shift = static_cast<std::size_t>(std::bit_width(time)) - 6;
        return (shift + 1) * steps + static_cast<std::size_t>(time >> shift) - steps;
    }

    static std::uint64_t end_of(std::size_t number) {
        if (number < steps) return number;
        const std::size_t shift = number / steps - 1;
        return ((number % steps + steps + 1) << shift) - 1;
    }

    std::array<std::uint64_t, 60 * steps> counts_{};
    std::uint64_t count_ = 0;
    std::uint64_t longest_ = 0;
};

}  // namespace echo
