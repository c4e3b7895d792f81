#include "event_loop.hpp"

namespace priz::cli {

namespace {

static_assert(static_cast<unsigned>(interest::read) == EVENT_READ &&
              static_cast<unsigned>(interest::write) == EVENT_WRITE);

}  // namespace

void event_loop::watch(int fd, interest what, handler on_ready) {
    forget(fd);
    watched_[fd] = {what, std::make_shared<handler>(std::move(on_ready))};
    if (what != interest::none) arm(fd, interest::none, what);
}

void event_loop::change(int fd, interest what) {
    auto& one = watched_.at(fd);
    const auto before = std::exchange(one.what, what);
    if (before != what) arm(fd, before, what);
}

void event_loop::forget(int fd) {
    const auto found = watched_.find(fd);
    if (found == watched_.end()) return;
    change(fd, interest::none);
    watched_.erase(found);
}

// The selector knows only what is waited for; epoll refuses regular files (epoll_ctl(2), EPERM).
void event_loop::arm(int fd, interest before, interest now) {
    const bool ready = always_ready_.erase(fd) > 0;
    const auto events = static_cast<unsigned>(now);
    if (now == interest::none) {
        if (!ready) selector_.unregister(fd);
    } else if (before != interest::none && !ready) {
        selector_.modify(fd, events);
    } else if (auto added = selector_.try_register_(fd, events); !added) {
        if (added.error().code() != std::errc::operation_not_permitted) added.error().raise();
        always_ready_.insert(fd);
    }
}

event_loop::timer event_loop::at(deadline when, std::function<void()> expired) {
    const timer id{when, next_timer_++};
    timers_.emplace(id, std::move(expired));
    return id;
}

int event_loop::run() {
    while (!outcome_) turn();
    return *outcome_;
}

void event_loop::turn() {
    const auto files = always_ready_;
    const auto ready = selector_.select(files.empty() ? patience() : duration(0));
    call_expired();
    for (const auto& [key, events] : ready) call(key.fd, static_cast<interest>(events));
    for (const int fd : files) call(fd, interest::both);
}

// What an earlier callback of this turn no longer wants is not reported.
void event_loop::call(int fd, interest ready) {
    const auto found = watched_.find(fd);
    if (outcome_ || found == watched_.end()) return;
    const auto wanted = static_cast<interest>(static_cast<unsigned>(ready) &
                                              static_cast<unsigned>(found->second.what));
    if (wanted == interest::none) return;
    const auto keep = found->second.on_ready;
    (*keep)(wanted);
}

void event_loop::call_expired() {
    while (!outcome_ && !timers_.empty() && timers_.begin()->first.first.has_passed()) {
        const auto expired = std::move(timers_.begin()->second);
        timers_.erase(timers_.begin());
        expired();
    }
}

std::optional<duration> event_loop::patience() const {
    return timers_.empty() ? std::nullopt : timers_.begin()->first.first.remaining();
}

}  // namespace priz::cli
