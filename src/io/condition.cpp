#include "priz/io/condition.hpp"

#include <limits>

#include "priz/error.hpp"

namespace priz::io {

detail::condition_wait condition::wait(mutex::guard& held) {
    if (!held) {
        failure why(errc::value_error, "wait");
        why.with_hint("lock the mutex first, and hand its guard over").raise();
    }
    return {*this, held};
}

void condition::notify(std::size_t count) noexcept {
    for (; count > 0 && !line_.empty(); --count) {
        auto& next = static_cast<detail::condition_wait&>(*line_.pop());
        next.is_notified_ = true;
        next.lock_again();
    }
}

void condition::notify_all() noexcept { notify(std::numeric_limits<std::size_t>::max()); }

namespace detail {

constexpr waiter_kind condition_wait::kind_of_wait{proceed, withdraw};

void condition_wait::await_suspend(std::coroutine_handle<> self) noexcept {
    wait_in(of_.line_, self);
    mutex_ = std::exchange(held_.of_, nullptr);
    mutex_->unlock();
}

void condition_wait::await_resume() {
    if (mutex_ != nullptr) held_.of_ = mutex_;
    raise_if_cancelled("wait");
}

void condition_wait::lock_again() noexcept {
    if (std::exchange(mutex_->is_locked_, true))
        mutex_->line_.push(*this);
    else
        finish();
}

void condition_wait::withdraw(waiter& w) noexcept {
    auto& mine = static_cast<condition_wait&>(w);
    mine.is_in_scope = false;
    if (mine.is_notified_) return;
    mine.is_cancelled = true;
    mine.of_.line_.remove(mine);
    mine.lock_again();
}

}  // namespace detail

}  // namespace priz::io
