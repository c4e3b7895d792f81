#include "priz/io/sleep.hpp"

#include "priz/error.hpp"
#include "priz/io/detail/loop_core.hpp"

namespace priz::io::detail {

namespace {

[[noreturn]] void raise_cancelled(const char* operation) {
    failure(errc::cancelled, operation).raise();
}

}  // namespace

constexpr waiter_kind sleep_wait::kind_of_wait{nullptr, withdraw};

sleep_wait::sleep_wait(std::int64_t when) noexcept
    : waiter(kind_of_wait), when_(when), until_(on_time) {}

bool sleep_wait::await_ready() noexcept {
    loop_ = &this_loop_core();
    is_cancelled_ = loop_->is_cancelled();
    return is_cancelled_;
}

void sleep_wait::await_suspend(std::coroutine_handle<> self) noexcept {
    loop_->park(*this, self);
    until_.whose = this;
    loop_->timers.arm(until_, when_);
}

void sleep_wait::await_resume() {
    if (is_cancelled_) raise_cancelled("sleep");
}

void sleep_wait::on_time(timer& due) noexcept {
    auto& self = *static_cast<own_timer&>(due).whose;
    self.loop_->make_ready(self);
}

void sleep_wait::withdraw(waiter& w) noexcept {
    auto& mine = static_cast<sleep_wait&>(w);
    mine.loop_->timers.disarm(mine.until_);
    mine.is_cancelled_ = true;
    mine.loop_->make_ready_unlinked(mine);
}

void yield_wait::await_suspend(std::coroutine_handle<> self) {
    loop_core& loop = this_loop_core();
    loop.ready.push(self, loop.current);
}

void yield_wait::await_resume() const {
    if (this_loop_core().is_cancelled()) raise_cancelled("yield");
}

std::int64_t time_after(duration d) { return after_on_this_loop(d).monotonic_ns(); }

}  // namespace priz::io::detail
