#include "schedule.hpp"

namespace priz::cli {

std::int64_t schedule::due(std::uint64_t message) const noexcept {
    const double after = static_cast<double>(message) * 1e9 / rate_;
    return after < 9e18 ? static_cast<std::int64_t>(after) : never;
}

// Searched for, because length times rate is off by one where rounding has it so.
std::uint64_t schedule::count_before(std::int64_t nanoseconds, std::uint64_t most) const noexcept {
    std::uint64_t least = 0;
    while (least < most) {
        const std::uint64_t middle = least + (most - least) / 2;
        if (due(middle) < nanoseconds)
            least = middle + 1;
        else
            most = middle;
    }
    return least;
}

}  // namespace priz::cli
