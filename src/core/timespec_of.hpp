// timespec_of.hpp: a length of time as the kernel takes it.
#pragma once

#include <time.h>

#include "priz/duration.hpp"

namespace priz::detail {

// Nanoseconds, so that no timeout is rounded, and 64 bits of seconds, so that none overflows. Not
// for negative ones.
inline ::timespec timespec_of(duration d) noexcept {
    return {d.nanoseconds() / 1'000'000'000, d.nanoseconds() % 1'000'000'000};
}

}  // namespace priz::detail
