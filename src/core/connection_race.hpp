// connection_race.hpp: which address to try when, as a machine without sockets or clock (RFC 8305).
//
// Addresses are numbers 0 to count-1, best first. The driver asks next() what to do, does it, and
// says what came of it; it passes the time of a monotonic clock in nanoseconds. An attempt starts
// when the one before it has failed, or has not ended within the attempt delay; the first that
// succeeds wins. Whatever next() says last, attempts still pending are the driver's to close.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>

#include "priz/export.hpp"

namespace priz::detail {

class PRIZ_API connection_race {
public:
    static constexpr std::int64_t never = std::numeric_limits<std::int64_t>::max();

    struct action {
        enum class kind {
            start,      // start attempt `index`; then ask again
            wait,       // until `until`, or until an attempt ends, whichever is sooner
            won,        // attempt `index` has succeeded
            lost,       // every attempt has failed
            timed_out,  // the deadline has passed
        };
        kind what;
        std::size_t index = 0;
        std::int64_t until = never;
        friend bool operator==(const action&, const action&) = default;
    };

    // With an attempt delay of `never`, one attempt is made after another.
    connection_race(std::size_t count, std::int64_t attempt_delay_ns,
                    std::int64_t deadline_ns = never) noexcept
        : count_(count), delay_(attempt_delay_ns), deadline_(deadline_ns) {}

    action next(std::int64_t now) noexcept;

    // What became of an attempt; each is told once, and not before it was started. An attempt that
    // has failed lets the next one start at once. The first success counts.
    void failed(std::size_t index) noexcept;
    void succeeded(std::size_t index) noexcept;

private:
    bool may_start(std::int64_t now) const noexcept;

    std::size_t count_;
    std::int64_t delay_;
    std::int64_t deadline_;
    std::size_t started_ = 0;
    std::size_t pending_ = 0;
    std::size_t winner_ = std::numeric_limits<std::size_t>::max();
    std::int64_t next_start_ = std::numeric_limits<std::int64_t>::min();
};

}  // namespace priz::detail
