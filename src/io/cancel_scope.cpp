#include "priz/io/cancel_scope.hpp"

#include <algorithm>

#include "priz/io/detail/loop_core.hpp"

namespace priz::io {

void cancel_scope::set_deadline(deadline when) noexcept {
    when_ = when.monotonic_ns();
    if (loop_ == nullptr) return;
    loop_->timers.disarm(limit_);
    if (!own_) loop_->timers.arm(limit_, when_);
}

deadline cancel_scope::effective_deadline() const noexcept {
    std::int64_t earliest = detail::never;
    for (const cancel_scope* at = this; at != nullptr;) {
        earliest = std::min(earliest, at->when_);
        const bool is_outermost = at->shielded_ || at->loop_ == nullptr;
        at = is_outermost ? nullptr : at->parent_;
    }
    return deadline::at(earliest);
}

void cancel_scope::enter(detail::loop_core& loop, bool shielded) noexcept {
    loop_ = &loop;
    parent_ = loop.current;
    shielded_ = shielded;
    if (parent_ != nullptr) {
        next_ = parent_->first_child_;
        if (next_ != nullptr) next_->previous_ = this;
        parent_->first_child_ = this;
    }
    const bool ended = own_ || (!shielded && parent_ != nullptr && parent_->ends_waits());
    verbs_ = ended ? 0 : detail::verbs_in_a_row;
    if (!own_ && when_ != detail::never) loop.timers.arm(limit_, when_);
    loop.current = this;
    // To enter a scope is not to let others have their turn: what is left stays so. One that a
    // cancelled coroutine is shielded by begins anew.
    verbs_before_ = loop.verbs_left;
    const bool begins_anew = parent_ != nullptr && parent_->ends_waits();
    loop.verbs_left = ended || begins_anew ? verbs_ : verbs_before_;
}

void cancel_scope::enter_until(deadline until, bool shielded) {
    when_ = until.monotonic_ns();
    enter(detail::this_loop_core(), shielded);
}

void cancel_scope::leave() noexcept {
    loop_->timers.disarm(limit_);
    if (previous_ != nullptr)
        previous_->next_ = next_;
    else if (parent_ != nullptr)
        parent_->first_child_ = next_;
    if (next_ != nullptr) next_->previous_ = previous_;
    loop_->current = parent_;
    if (parent_ != nullptr && parent_->ends_waits())
        loop_->verbs_left = 0;
    else if (ends_waits())
        loop_->verbs_left = verbs_before_;
    loop_ = nullptr;
    next_ = previous_ = nullptr;
}

void cancel_scope::cancel() noexcept {
    if (own_) return;
    own_ = true;
    if (loop_ == nullptr) return;
    loop_->timers.disarm(limit_);
    end();
}

void cancel_scope::on_limit(detail::timer& limit) noexcept {
    constexpr std::size_t offset = offsetof(cancel_scope, limit_);
    auto& self = *reinterpret_cast<cancel_scope*>(reinterpret_cast<char*>(&limit) - offset);
    self.own_ = self.expired_ = true;
    self.end();
}

// Ends the waits of this scope and of all below it, the shielded ones left out. Those that wait are
// only made ready here: no coroutine runs before this returns, so that the tree stays as it is.
void cancel_scope::end() noexcept {
    cancel_scope* at = this;
    while (at != nullptr) {
        const bool reached = at == this || (!at->shielded_ && at->parent_->ends_waits());
        if (reached && !at->ends_waits()) {
            at->verbs_ = 0;
            at->withdraw_waiters();
        }
        at = at->next_below(this);
    }
    if (loop_->current->ends_waits()) loop_->verbs_left = 0;
}

void cancel_scope::withdraw_waiters() noexcept {
    while (waiters_.after != &waiters_) {
        auto& w = static_cast<detail::waiter&>(*waiters_.after);
        w.unlink();
        w.kind->withdraw(w);
    }
}

// The scope that follows this one in the tree below `top`, null after the last.
cancel_scope* cancel_scope::next_below(cancel_scope* top) noexcept {
    if (first_child_ != nullptr) return first_child_;
    cancel_scope* at = this;
    while (at != top && at->next_ == nullptr) at = at->parent_;
    return at == top ? nullptr : at->next_;
}

namespace detail {

deadline after_on_this_loop(duration d) {
    if (!d.is_valid() || d < duration()) {
        failure why(errc::value_error, "fail_after");
        why.with_hint("a limit is a number of seconds, 0 or more").raise();
    }
    std::int64_t when = 0;
    if (__builtin_add_overflow(this_loop_core().now(), d.nanoseconds(), &when)) return {};
    return deadline::at(when);
}

bool is_cancelled_here() noexcept { return this_loop_core().is_cancelled(); }

failure as_timeout(const failure& why) noexcept { return why.with_cause(errc::timed_out); }

}  // namespace detail

}  // namespace priz::io
