#include "sim/event_queue.hpp"

#include <utility>

namespace priz::sim::detail {

event_queue::key event_queue::plan(std::int64_t when, action what, kind of) {
    const key made{when, ++planned_};
    events_.emplace(made, event{std::move(what), of});
    if (of == kind::foreground) ++foreground_;
    return made;
}

void event_queue::cancel(key& which) {
    const auto found = events_.find(std::exchange(which, {}));
    if (found == events_.end()) return;
    if (found->second.of == kind::foreground) --foreground_;
    events_.erase(found);
}

event_queue::action event_queue::take() {
    const auto first = events_.begin();
    action what = std::move(first->second.what);
    if (first->second.of == kind::foreground) --foreground_;
    events_.erase(first);
    return what;
}

}  // namespace priz::sim::detail
