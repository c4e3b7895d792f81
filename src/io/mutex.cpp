#include "priz/io/mutex.hpp"

namespace priz::io {

std::optional<mutex::guard> mutex::lock_nowait() noexcept {
    if (std::exchange(is_locked_, true)) return std::nullopt;
    return guard(*this);
}

// The next one in line has it before its turn comes: it is never free in between.
void mutex::unlock() noexcept {
    if (detail::queue_wait* const next = line_.pop())
        next->finish();
    else
        is_locked_ = false;
}

namespace detail {

constexpr waiter_kind lock_wait::kind_of_wait{proceed, withdraw};

bool lock_wait::await_ready() noexcept {
    if (begin()) return true;
    return !std::exchange(of_.is_locked_, true) && succeed_at_once();
}

void lock_wait::await_suspend(std::coroutine_handle<> self) noexcept { wait_in(of_.line_, self); }

void lock_wait::withdraw(waiter& w) noexcept {
    auto& mine = static_cast<lock_wait&>(w);
    mine.leave(mine.of_.line_);
}

}  // namespace detail

}  // namespace priz::io
