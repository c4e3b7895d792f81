#include "priz/io/semaphore.hpp"

#include <string>

#include "priz/error.hpp"

namespace priz::io {

void semaphore::check(std::size_t count) const {
    if (count > 0 && count <= total_) return;
    failure why(errc::value_error, "acquire");
    why.with_hint("it has " + std::to_string(total_) + " permits in all").raise();
}

std::optional<semaphore::permit> semaphore::acquire_nowait(std::size_t count) {
    check(count);
    if (!take(count)) return std::nullopt;
    return permit(*this, count);
}

bool semaphore::take(std::size_t count) noexcept {
    if (!line_.empty() || count > free_) return false;
    free_ -= count;
    return true;
}

void semaphore::take_back(std::size_t count) noexcept {
    free_ += count;
    serve_the_line();
}

void semaphore::serve_the_line() noexcept {
    while (!line_.empty()) {
        auto& next = static_cast<detail::acquire_wait&>(*line_.first());
        if (next.count_ > free_) return;
        free_ -= next.count_;
        line_.remove(next);
        next.finish();
    }
}

namespace detail {

constexpr waiter_kind acquire_wait::kind_of_wait{proceed, withdraw};

bool acquire_wait::await_ready() noexcept {
    return begin() || (of_.take(count_) && succeed_at_once());
}

void acquire_wait::await_suspend(std::coroutine_handle<> self) noexcept {
    wait_in(of_.line_, self);
}

// Those behind may have waited for no permit, only for their turn.
void acquire_wait::withdraw(waiter& w) noexcept {
    auto& mine = static_cast<acquire_wait&>(w);
    mine.leave(mine.of_.line_);
    mine.of_.serve_the_line();
}

}  // namespace detail

}  // namespace priz::io
