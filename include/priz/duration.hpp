// priz/duration.hpp: lengths of time, as every timeout in priz takes them.
//
// A duration is made from a plain number of seconds, as in Python (`5`, `0.25`), or from any
// std::chrono duration
// (`250ms`), without this header including <chrono>, which alone would outweigh all of priz.
// Durations are values and belong to no thread. Elsewhere: points in time (deadline.hpp).
#pragma once

#include <compare>
#include <concepts>
#include <cstdint>
#include <limits>

namespace priz {

namespace detail {

template <class D>
concept chrono_duration = requires(const D& d) {
    typename D::rep;
    typename D::period;
    { D::period::num } -> std::convertible_to<std::intmax_t>;
    { D::period::den } -> std::convertible_to<std::intmax_t>;
    d.count();
};

}  // namespace detail

// Nanosecond resolution, about 292 years of range. What is finer than a nanosecond is rounded away
// from zero, so that a tiny timeout never becomes zero (which would mean non-blocking); what is
// longer than the range becomes max().
class duration {
public:
    constexpr duration() noexcept = default;

    // From a number of seconds. Not-a-number gives a duration for which is_valid() is false; verbs
    // refuse it.
    template <class Seconds>
    requires std::integral<Seconds> || std::floating_point<Seconds>
    constexpr duration(Seconds seconds) noexcept
        : nanoseconds_(scaled(seconds, 1'000'000'000.0L)) {}

    // From a std::chrono duration (or a type of the same shape).
    template <detail::chrono_duration D>
    constexpr duration(const D& d) noexcept
        : nanoseconds_(
              scaled(d.count(), 1'000'000'000.0L * static_cast<long double>(D::period::num) /
                                    static_cast<long double>(D::period::den))) {}

    static constexpr duration from_nanoseconds(std::int64_t count) noexcept {
        duration result;
        result.nanoseconds_ = count;
        return result;
    }
    static constexpr duration max() noexcept {
        return from_nanoseconds(std::numeric_limits<std::int64_t>::max());
    }

    constexpr std::int64_t nanoseconds() const noexcept { return nanoseconds_; }
    constexpr double seconds() const noexcept { return static_cast<double>(nanoseconds_) / 1e9; }
    constexpr bool is_valid() const noexcept { return nanoseconds_ != invalid; }

    // To a std::chrono duration, truncated towards zero as std::chrono::duration_cast does.
    template <detail::chrono_duration D>
    constexpr explicit operator D() const noexcept {
        using rep = typename D::rep;
        // Each tick's length in nanoseconds is whole for all of std::chrono's units.
        if constexpr (std::integral<rep> && (1'000'000'000 * D::period::num) % D::period::den == 0)
            return D(
                static_cast<rep>(nanoseconds_ / (1'000'000'000 * D::period::num / D::period::den)));
        else
            return D(static_cast<rep>(static_cast<long double>(nanoseconds_) *
                                      static_cast<long double>(D::period::den) /
                                      static_cast<long double>(D::period::num) / 1e9L));
    }

    friend constexpr auto operator<=>(const duration&, const duration&) noexcept = default;

private:
    static constexpr std::int64_t invalid = std::numeric_limits<std::int64_t>::min();

    // A float or double is multiplied as a double: in a wider type the digits beyond its own would
    // show, and be rounded up, so that 0.1 s had 100'000'001 ns. Python does the same.
    template <class Count>
    static constexpr std::int64_t scaled(Count count, long double factor) noexcept {
        if constexpr (std::floating_point<Count>)
            if (count != count) return invalid;
        if constexpr (std::floating_point<Count> && sizeof(Count) <= sizeof(double))
            return rounded(static_cast<double>(count) * static_cast<double>(factor));
        else
            return rounded(static_cast<long double>(count) * factor);
    }

    static constexpr std::int64_t rounded(long double exact) noexcept {
        if (exact >= 9223372036854775807.0L) return std::numeric_limits<std::int64_t>::max();
        if (exact <= -9223372036854775807.0L) return -std::numeric_limits<std::int64_t>::max();
        const auto truncated = static_cast<std::int64_t>(exact);
        const auto rest = exact - static_cast<long double>(truncated);
        return truncated + (rest > 0 ? 1 : 0) - (rest < 0 ? 1 : 0);
    }

    std::int64_t nanoseconds_ = 0;
};

}  // namespace priz
