#include "priz/io/detail/wait_queue.hpp"

#include "priz/error.hpp"
#include "priz/io/detail/loop_core.hpp"

namespace priz::io::detail {

void wait_queue::push(queue_wait& last) noexcept {
    last.ahead = last_;
    last.behind = nullptr;
    (last_ != nullptr ? last_->behind : first_) = &last;
    last_ = &last;
}

void wait_queue::remove(queue_wait& gone) noexcept {
    (gone.ahead != nullptr ? gone.ahead->behind : first_) = gone.behind;
    (gone.behind != nullptr ? gone.behind->ahead : last_) = gone.ahead;
}

bool queue_wait::begin() noexcept {
    loop = &this_loop_core();
    is_cancelled = loop->is_cancelled();
    return is_cancelled;
}

bool queue_wait::succeed_at_once() noexcept {
    has_succeeded = true;
    return loop->may_go_on();
}

void queue_wait::wait_in(wait_queue& line, std::coroutine_handle<> self) noexcept {
    if (has_succeeded) return loop->ready.push(self, loop->current);
    line.push(*this);
    park(self);
}

void queue_wait::park(std::coroutine_handle<> self) noexcept {
    loop->park(*this, self);
    is_in_scope = true;
}

void queue_wait::finish() noexcept {
    if (is_in_scope) return loop->make_ready(*this);
    loop->make_ready_unlinked(*this);
}

void queue_wait::finish_cancelled() noexcept {
    is_in_scope = false;
    is_cancelled = true;
    finish();
}

void queue_wait::raise_cancelled(const char* operation) {
    failure(errc::cancelled, operation).raise();
}

}  // namespace priz::io::detail
