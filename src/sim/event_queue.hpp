// event_queue.hpp: what is going to happen, in the order of (time, order of being planned).
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>

#include "priz/io/detail/timer.hpp"

namespace priz::sim::detail {

class event_queue {
public:
    using action = std::move_only_function<void()>;

    struct key {
        std::int64_t when = 0;
        std::uint64_t order = 0;  // 0: of no event

        friend auto operator<=>(const key&, const key&) noexcept = default;
    };

    // Background events are housekeeping (a port that becomes free): nobody waits for one, and a
    // network in which only they are left is at rest.
    enum class kind { foreground, background };

    key plan(std::int64_t when, action what, kind of = kind::foreground);
    // No event, or one that has happened, is cancelled already.
    void cancel(key& which);

    bool is_at_rest() const noexcept { return foreground_ == 0; }
    std::int64_t next() const noexcept {
        return events_.empty() ? io::detail::never : events_.begin()->first.when;
    }
    // The earliest one, taken out.
    action take();

private:
    struct event {
        action what;
        kind of;
    };

    std::map<key, event> events_;
    std::uint64_t planned_ = 0;
    std::size_t foreground_ = 0;
};

}  // namespace priz::sim::detail
