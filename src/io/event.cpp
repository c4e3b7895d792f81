#include "priz/io/event.hpp"

namespace priz::io {

void event::set() noexcept {
    is_set_ = true;
    while (detail::queue_wait* const next = line_.pop()) next->finish();
}

namespace detail {

constexpr waiter_kind event_wait::kind_of_wait{proceed, withdraw};

bool event_wait::await_ready() noexcept { return begin() || (of_.is_set_ && succeed_at_once()); }

void event_wait::await_suspend(std::coroutine_handle<> self) noexcept { wait_in(of_.line_, self); }

void event_wait::withdraw(waiter& w) noexcept {
    auto& mine = static_cast<event_wait&>(w);
    mine.leave(mine.of_.line_);
}

}  // namespace detail

}  // namespace priz::io
