#include "priz/io/detail/timer.hpp"

namespace priz::io::detail {

// Of one that is not the last entry: that one fills the hole.
void timer_heap::disarm_inner(timer& t) noexcept {
    const std::size_t hole = t.place;
    t.place = timer::nowhere;
    const entry last = entries_.back();
    entries_.pop_back();
    if (hole > 0 && before(last, entries_[(hole - 1) / children]))
        rise(hole, last);
    else
        sink(hole, last);
}

timer* timer_heap::take_due(std::int64_t now) noexcept {
    if (entries_.empty() || entries_[0].when > now) return nullptr;
    timer* const due = entries_[0].what;
    disarm(*due);
    return due;
}

void timer_heap::rise(std::size_t place, entry e) noexcept {
    while (place > 0) {
        const std::size_t parent = (place - 1) / children;
        if (!before(e, entries_[parent])) break;
        put(place, entries_[parent]);
        place = parent;
    }
    put(place, e);
}

void timer_heap::sink(std::size_t place, entry e) noexcept {
    const std::size_t count = entries_.size();
    for (;;) {
        const std::size_t first = place * children + 1;
        if (first >= count) break;
        std::size_t least = first;
        const std::size_t last = first + children < count ? first + children : count;
        for (std::size_t child = first + 1; child < last; ++child)
            if (before(entries_[child], entries_[least])) least = child;
        if (!before(entries_[least], e)) break;
        put(place, entries_[least]);
        place = least;
    }
    put(place, e);
}

}  // namespace priz::io::detail
