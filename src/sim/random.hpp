// random.hpp: the simulator's chance: a small generator of which every draw is the same on every
// machine and with every compiler. Splitmix64 (Steele, Lea and Flood 2014), whose state is one
// number and whose every state is a good one; std::uniform_…_distribution differs between
// libraries and is not used.
#pragma once

#include <cstdint>

namespace priz::sim::detail {

class chance {
public:
    explicit chance(std::uint64_t seed) noexcept : state_(seed) {}

    std::uint64_t next() noexcept {
        state_ += 0x9e3779b97f4a7c15U;
        std::uint64_t mixed = state_;
        mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9U;
        mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebU;
        return mixed ^ (mixed >> 31);
    }

    // 0 to count - 1. What modulo favours is one part in 2^64 / count.
    std::uint64_t below(std::uint64_t count) noexcept { return count < 2 ? 0 : next() % count; }

    // Whether something of this probability happens. One that never happens draws nothing, so that
    // a rate that is turned on does not change what the others draw before it.
    bool happens(double probability) noexcept {
        if (!(probability > 0)) return false;
        constexpr double unit = 1.0 / 9007199254740992.0;  // 2^-53
        return static_cast<double>(next() >> 11) * unit < probability;
    }

private:
    std::uint64_t state_;
};

}  // namespace priz::sim::detail
