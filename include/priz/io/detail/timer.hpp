// priz/io/detail/timer.hpp: points in time that a loop waits for.
//
// A timer lies in whatever waits for it and is linked into the heap of its loop while it is armed;
// neither arming nor disarming allocates, save when the heap grows. The heap has four children a
// node: a timer of the usual kind, later than most others and disarmed before it fires, is put at
// the end and taken from there, which costs a comparison or two; the worst case is the logarithm of
// their number. Timers of the same moment fire in the order in which they were armed. One loop's
// thread. The theory is in docs/internals/timers.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "priz/export.hpp"

namespace priz::io::detail {

inline constexpr std::int64_t never = std::numeric_limits<std::int64_t>::max();

struct timer {
    static constexpr std::uint32_t nowhere = 0xffffffff;

    using action = void (*)(timer&) noexcept;

    explicit timer(action what) noexcept : fire(what) {}

    bool is_armed() const noexcept { return place != nowhere; }

    action fire;                    // called by the loop, disarmed already
    std::int64_t when = never;      // nanoseconds of the loop's clock
    std::uint32_t place = nowhere;  // in the heap
    std::uint32_t order = 0;        // among timers of the same moment
};

class PRIZ_API timer_heap {
public:
    bool empty() const noexcept { return entries_.empty(); }
    std::size_t size() const noexcept { return entries_.size(); }
    std::int64_t next() const noexcept { return entries_.empty() ? never : entries_[0].when; }

    // `t` is not armed. A time of `never` is not kept.
    void arm(timer& t, std::int64_t when) {
        t.when = when;
        if (when == never) return;
        t.order = armed_++;
        const std::size_t place = entries_.size();
        const entry e = entries_.emplace_back(when, &t);
        t.place = static_cast<std::uint32_t>(place);
        if (place > 0 && before(e, entries_[(place - 1) / children])) rise(place, e);
    }
    void disarm(timer& t) noexcept {
        if (!t.is_armed()) return;
        if (entries_.back().what != &t) return disarm_inner(t);
        t.place = timer::nowhere;
        entries_.pop_back();
    }

    // Takes out the earliest timer if it is due, null otherwise.
    timer* take_due(std::int64_t now) noexcept;

private:
    static constexpr std::size_t children = 4;

    struct entry {
        std::int64_t when;
        timer* what;
    };

    static bool before(const entry& a, const entry& b) noexcept {
        if (a.when != b.when) return a.when < b.when;
        return static_cast<std::int32_t>(a.what->order - b.what->order) < 0;
    }
    void put(std::size_t place, const entry& e) noexcept {
        entries_[place] = e;
        e.what->place = static_cast<std::uint32_t>(place);
    }
    void disarm_inner(timer& t) noexcept;
    void rise(std::size_t place, entry e) noexcept;
    void sink(std::size_t place, entry e) noexcept;

    std::vector<entry> entries_;
    std::uint32_t armed_ = 0;
};

}  // namespace priz::io::detail
