#include "priz/io/signals.hpp"

#include <bit>

#include "io/loop_state.hpp"
#include "io/signal_hub.hpp"
#include "priz/error.hpp"

namespace priz::io {

namespace {

// A thread that blocks these and meets one is ended by the kernel.
bool can_be_heard(int number) noexcept {
    switch (number) {
        case SIGKILL:
        case SIGSTOP:
        case SIGSEGV:
        case SIGBUS:
        case SIGFPE:
        case SIGILL:
        case SIGTRAP:
        case SIGSYS:
            return false;
        default:
            return number >= 1 && number <= SIGRTMAX;
    }
}

}  // namespace

void signal_list::add(int number) {
    if (!can_be_heard(number)) {
        failure why(errc::value_error, "signal_list");
        why.with_hint("not the number of a signal that can be awaited").raise();
    }
    bits_ |= bit(number);
}

signal_set::signal_set(const signal_list& which) {
    from_.wanted = which.bits();
    value_or_throw(detail::current_state().signals().add(from_));
}

signal_set::~signal_set() { from_.hub->remove(from_); }

namespace detail {

constexpr waiter_kind signal_wait::kind_of_wait{nullptr, withdraw};

bool signal_wait::await_ready() noexcept {
    if (from_->hub->loop().is_cancelled()) return true;
    if (from_->kept == 0) return false;
    heard_ = std::countr_zero(from_->kept) + 1;
    from_->kept &= from_->kept - 1;
    return true;
}

void signal_wait::await_suspend(std::coroutine_handle<> self) noexcept {
    from_->hub->loop().park(*this, self);
    signal_wait** last = &from_->first;
    while (*last != nullptr) last = &(*last)->next_;
    *last = this;
}

int signal_wait::await_resume() {
    if (heard_ == 0) failure(errc::cancelled, "signal_set.wait").raise();
    return heard_;
}

void signal_wait::withdraw(waiter& w) noexcept {
    auto& mine = static_cast<signal_wait&>(w);
    signal_wait** at = &mine.from_->first;
    while (*at != &mine) at = &(*at)->next_;
    *at = mine.next_;
    mine.from_->hub->loop().make_ready_unlinked(mine);
}

}  // namespace detail

}  // namespace priz::io
