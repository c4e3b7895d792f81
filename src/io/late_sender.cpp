#include "io/late_sender.hpp"

#include <cerrno>
#include <new>
#include <utility>

#include "io/backend.hpp"
#include "io/socket_calls.hpp"

namespace priz::io::detail {

constexpr waiter_kind late_sender::kind_of_wait{proceed, withdraw};

late_sender& late_sender::make(const stream& to) {
    auto* const made = new late_sender(to);
    try {
        made->runner_ = run(*made).handle;
    } catch (const std::bad_alloc&) {
        delete made;
        throw;
    }
    return *made;
}

late_sender::runner late_sender::run(late_sender& self) {
    for (;;) {
        self.is_scheduled_ = false;
        self.send();
        co_await std::suspend_always{};
    }
}

void late_sender::abandon() noexcept {
    // The memory is the kernel's until it is done.
    hear();
    // Or its stream was closed while it waited.
    const bool is_queued = is_scheduled_ || (is_waiting_ && where == nullptr);
    if (is_waiting_ && where != nullptr) stop_waiting();
    place_.leave();
    if (is_queued) loop_.ready.forget(runner_);
    runner_.destroy();
    delete this;
}

void late_sender::stop_waiting() noexcept {
    unlink();
    where->drop_writer();
    is_waiting_ = false;
}

constexpr waiter_kind late_sender::place::kind_of_wait{[](waiter&) {}, withdraw};

void late_sender::place::hold(endpoint& at) noexcept {
    where = &at;
    // Not in the scope of whoever writes, which ends before the send does.
    coroutine = std::noop_coroutine().address();
    at.loop->root.link(*this);
    at.set_writer(*this);
}

void late_sender::place::leave() noexcept {
    if (!is_held()) return;
    unlink();
    std::exchange(where, nullptr)->drop_writer();
}

// The whole loop is cancelled.
void late_sender::place::withdraw(waiter& w) noexcept {
    std::exchange(static_cast<place&>(w).where, nullptr)->drop_writer();
}

// That of its stream, which it takes if need be.
bool late_sender::has_pending_send() noexcept {
    if (place_.is_held() || is_waiting_) return true;
    // The stream is closed: the send finds out.
    if (where == nullptr || of_.native_endpoint() != where) return true;
    if (where->has(endpoint::has_writer)) return false;
    place_.hold(*where);
    return true;
}

bool late_sender::take(bytes_view source) {
    if (!has_pending_send()) return false;
    filling_ += source.text();
    // What was handed over may be the last that this turn looks at.
    hear();
    if (!is_scheduled_ && !is_under_way()) schedule();
    return true;
}

int late_sender::take_error() noexcept { return is_for_good_ ? error_ : std::exchange(error_, 0); }

void late_sender::hear() noexcept {
    if (is_handed_over_) loop_.kernel->finish_sends();
}

void late_sender::resume_sending() noexcept {
    if (buffered() != 0 && !is_scheduled_ && !is_under_way() && !is_for_good_) schedule();
}

void late_sender::schedule() noexcept {
    is_scheduled_ = true;
    loop_.ready.push(runner_, &loop_.root);
}

void late_sender::send() noexcept {
    if (std::exchange(is_waiting_, false)) return fail(EBADF);  // closed while it waited
    if (of_.native_endpoint() != where || where == nullptr) return fail(EBADF);
    if (!has_pending_send()) return fail(EBUSY);
    if (sent_ == sending_.size()) {
        sending_.clear();
        sent_ = 0;
        std::swap(filling_, sending_);
    }
    // That a send by the waiting call has succeeded is known when the wait has ended, which may be
    // long after.
    const bool may_be_late = !is_awaited_ && !where->has(endpoint::has_transport);
    if (may_be_late && !due().empty() && loop_.kernel->send_late(*this)) {
        is_handed_over_ = loop_.sends_late = true;
        return;
    }
    send_on();
}

// Until there is no room: only then will room be reported.
void late_sender::send_on() noexcept {
    while (!due().empty()) {
        const std::ptrdiff_t outcome = send_now(*where, due().data(), due().size(), 0);
        if (outcome == -EAGAIN) return wait_for_room();
        if (outcome < 0) return fail(static_cast<int>(-outcome));
        sent_ += static_cast<std::size_t>(outcome);
    }
    sending_.clear();
    sent_ = 0;
    if (filling_.empty())
        place_.leave();
    else if (!is_scheduled_)
        schedule();
    has_changed_.set();
}

void late_sender::sent(std::ptrdiff_t outcome) noexcept {
    is_handed_over_ = false;
    if (outcome == -EAGAIN) return wait_for_room();
    if (outcome < 0) return fail(static_cast<int>(-outcome));
    sent_ += static_cast<std::size_t>(outcome);
    // It is being closed, or the whole loop is cancelled.
    if (!due().empty() && !place_.is_held())
        return fail(where->has(endpoint::closed) ? EBADF : ECANCELED);
    send_on();
}

void late_sender::wait_for_room() noexcept {
    // It is being closed, or the whole loop is cancelled.
    if (!place_.is_held()) return fail(where->has(endpoint::closed) ? EBADF : ECANCELED);
    place_.leave();
    where->unset(endpoint::may_write);
    coroutine = runner_.address();
    loop_.root.link(*this);
    where->set_writer(*this);
    is_waiting_ = true;
    if (where->has(endpoint::has_transport)) return;
    const int refused = loop_.kernel->watch(*where, true);
    if (refused == 0) return;
    stop_waiting();
    fail(-refused);
}

void late_sender::proceed(waiter& w) {
    auto& mine = static_cast<late_sender&>(static_cast<socket_wait&>(w));
    mine.stop_waiting();
    mine.place_.hold(*mine.where);
    mine.send_on();
}

// The whole loop is cancelled. It is no longer linked into the scope.
void late_sender::withdraw(waiter& w) noexcept {
    auto& mine = static_cast<late_sender&>(static_cast<socket_wait&>(w));
    mine.where->drop_writer();
    mine.is_waiting_ = false;
    mine.fail(ECANCELED);
}

void late_sender::fail(int with) noexcept {
    place_.leave();
    error_ = with;
    is_for_good_ = with != EBUSY && with != ECANCELED && with != ENOBUFS && with != ENOMEM;
    has_changed_.set();
}

}  // namespace priz::io::detail
