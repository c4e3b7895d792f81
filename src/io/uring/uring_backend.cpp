#include "io/uring/uring_backend.hpp"

#include <poll.h>

#include <cerrno>
#include <exception>
#include <utility>

#include "core/sys.hpp"
#include "io/kernel_sockets.hpp"
#include "io/late_sender.hpp"
#include "io/uring/prep.hpp"
#include "io/uring/tags.hpp"
#include "priz/io/detail/socket_waits.hpp"

namespace priz::io::detail {

namespace {

namespace prep = uring::prep;

// POLLPRI is not asked for: a poll that stays armed reports what woke it, and arriving data always
// wakes with POLLPRI among the reasons, urgent or not.
constexpr unsigned for_reading = POLLIN | POLLRDHUP;
constexpr int endings = POLLRDHUP | POLLHUP | POLLERR | POLLNVAL;

static_assert(POLLIN == int{endpoint::may_read} && POLLOUT == int{endpoint::may_write});

std::uint64_t tag_of(const endpoint& e, bool writing) noexcept {
    return tags::tagged(e, writing ? tags::writing : tags::reading);
}
std::uint64_t tag_of_removal(const endpoint& e, bool writing) noexcept {
    return tags::tagged(e, writing ? tags::removal_of_writing : tags::removal_of_reading);
}

inline int news_of(int events) noexcept {
    const int news = events & (POLLIN | POLLOUT);
    if ((events & endings) == 0) [[likely]]
        return news;
    // An error of the poll itself is found out by the call that is made next.
    const bool breaks = events < 0 || (events & (POLLHUP | POLLERR | POLLNVAL)) != 0;
    return news | endpoint::may_read | endpoint::has_ended | (breaks ? endpoint::may_write : 0);
}

}  // namespace

result<std::unique_ptr<backend>> uring_backend::make(bool by_ring) {
    auto ring = uring::ring::make();
    if (!ring) return std::unexpected(ring.error());
    unique_fd waker;
    if (!ring->can().send_msg_ring) {
        waker.reset(sys::eventfd(0, EFD_NONBLOCK));
        if (!waker)
            return std::unexpected(
                failure(std::error_code(errno, std::system_category()), "eventfd"));
    }
    auto made = std::make_unique<uring_backend>(*std::move(ring), std::move(waker));
    if (by_ring) {
        auto receiver = ring_receiver::make(*made, made->ring_);
        if (!receiver) return std::unexpected(receiver.error());
        made->receiver_ = *std::move(receiver);
    }
    return made;
}

uring_backend::uring_backend(uring::ring&& ring, unique_fd waker) noexcept
    : ring_(std::move(ring)), waker_(std::move(waker)) {
    if (waker_) watch_waker();
}

// What was closed last is let go of before the ring is, so that peers see the end now.
uring_backend::~uring_backend() {
    if (ring_.to_submit() != 0) ring_.enter(0, 0);
}

void uring_backend::watch_waker() noexcept {
    prep::poll_multishot(ring_.next_sqe(), waker_.get(), POLLIN, tag_of(wakes_, false));
    wakes_.reports_due = 1;
    wakes_.reader = &wakes_heard_;
}

int uring_backend::open(int family, int type, int proto, opened& made) noexcept {
    return open_kernel_socket(family, type, proto, made);
}

int uring_backend::watch(endpoint& e, bool writing) noexcept {
    const auto flag = writing ? endpoint::watched_out : endpoint::watched_in;
    if (e.has(flag)) return 0;
    if (!writing && adopts(e) && receiver_->adopt(e)) return 0;
    if (writing)
        prep::poll_once(ring_.next_sqe(), e.fd, POLLOUT, tag_of(e, true));
    else
        prep::poll_multishot(ring_.next_sqe(), e.fd, for_reading, tag_of(e, false));
    e.set(flag);
    ++e.reports_due;
    return 0;
}

// TCP connections in recv(): what else they may wait for, others see to.
bool uring_backend::adopts(const endpoint& e) const noexcept {
    return receiver_ != nullptr && e.has(endpoint::short_is_empty) &&
           !e.has(endpoint::stays_polled) && recv_wait::waits_for(e);
}

void uring_backend::forget(endpoint& e) noexcept {
    // Its number may be another connection's by the time of the next call.
    finish_sends();
    const bool is_polled = e.via == nullptr || e.has(endpoint::has_transport);
    if (is_polled && e.has(endpoint::watched_in)) stop(e, false);
    if (e.has(endpoint::watched_out)) stop(e, true);
    if (e.via != nullptr)
        e.via->close(e);
    else
        sys::close(e.fd);
    if (e.reports_due == 0) free_endpoint(e);
}

void uring_backend::free_endpoint(endpoint& e) noexcept {
    if (e.via != nullptr && !e.has(endpoint::has_transport)) receiver_->free(e);
    e.loop->free_endpoint(e);
}

// A poll that is about to report something cannot be stopped at that moment (EALREADY); the call
// that found that out has let it report, so that the next attempt succeeds.
void uring_backend::stop(endpoint& e, bool writing) noexcept {
    constexpr int attempts_max = 3;
    for (int left = attempts_max; left > 0; --left) {
        ::io_uring_sqe& sqe = ring_.next_sqe();
        prep::poll_remove(sqe, tag_of(e, writing), tag_of_removal(e, writing));
        sqe.flags = 0;
        ++e.reports_due;
        ring_.enter(0, 0);
        if (outcome_of_removal(e, writing) != -EALREADY) return;
    }
}

// The latest one's; its completion is taken in its turn.
int uring_backend::outcome_of_removal(endpoint& e, bool writing) const noexcept {
    int outcome = 0;
    ring_.look_at_cqes([&](const ::io_uring_cqe& done) {
        if (done.user_data == tag_of_removal(e, writing)) outcome = done.res;
    });
    return outcome;
}

void uring_backend::wait(loop_core&, std::int64_t deadline) noexcept {
    enter(deadline);
    take_all();
}

inline void uring_backend::enter(std::int64_t deadline) noexcept {
    const int outcome =
        deadline == never ? ring_.enter_for_one() : ring_.enter(deadline == 0 ? 0 : 1, deadline);
    // A sandbox that came later than the ring, or no memory for completions: the loop is deaf from
    // now on, and what it serves would hang for ever.
    if (outcome != 0 && outcome != -EINTR && outcome != -ETIME) [[unlikely]]
        std::terminate();
}

inline void uring_backend::take_all() noexcept {
    ring_.for_each_cqe([this](::io_uring_cqe& done) {
        // Data for a connection that is watched: its tag is the endpoint's address alone.
        if (done.res == POLLIN && done.flags == IORING_CQE_F_MORE) [[likely]]
            return loop_core::report_readable(*reinterpret_cast<endpoint*>(done.user_data));
        take(done);
    });
}

// The send is done while it is handed over, or not at all (MSG_DONTWAIT); it has a completion only
// where it did not take everything. So it does not end a wait, and the memory is the sender's again
// when the call returns.
// Kernels that work on their own account (without DEFER_TASKRUN) may have the completion where it
// is not seen at once, and say EAGAIN of a send that has sent something.
bool uring_backend::send_late(late_sender& sender) noexcept try {
    if ((ring_.setup_flags() & IORING_SETUP_DEFER_TASKRUN) == 0) return false;
    if (late_.size() == late_max) return false;
    late_.push_back(&sender);
    const bytes_view due = sender.due();
    ::io_uring_sqe& sqe = ring_.next_sqe();
    prep::send(sqe, sender.to().fd, due.data(), static_cast<std::uint32_t>(due.size()),
               MSG_DONTWAIT | MSG_WAITALL, tags::tagged(sender.to(), tags::sending));
    prep::skip_success(sqe);
    return true;
} catch (const std::bad_alloc&) {
    return false;
}

void uring_backend::wait_sending(loop_core&, std::int64_t deadline) noexcept {
    enter(deadline);
    finish_late();
    take_all();
}

void uring_backend::finish_sends() noexcept {
    if (late_.empty()) return;
    enter(0);
    finish_late();
}

void uring_backend::finish_late() noexcept {
    // The kernel had no memory for all of them at once.
    while (ring_.to_submit() != 0) enter(0);
    for (late_sender* const each : late_) each->sent(outcome_of_sending(*each));
    late_.clear();
}

std::ptrdiff_t uring_backend::outcome_of_sending(const late_sender& sender) const noexcept {
    auto outcome = static_cast<std::ptrdiff_t>(sender.due().size());
    ring_.look_at_cqes([&](const ::io_uring_cqe& done) {
        if (done.user_data == tags::tagged(sender.to(), tags::sending)) outcome = done.res;
    });
    return outcome;
}

void uring_backend::take(::io_uring_cqe& done) noexcept {
    const std::uint64_t kind = tags::kind_of(done);
    if (kind == tags::message) return wakes_heard_.hear();
    // What has come of a send was seen before.
    if (kind == tags::sending) return;
    endpoint& e = tags::endpoint_of(done);
    switch (kind) {
        case tags::receiving:
            return receiver_->take(e, done);
        case tags::removal_of_receiving:
        case tags::removal_of_reading:
        case tags::removal_of_writing:
            take_word(e);
            return;
        default:
            if ((done.flags & IORING_CQE_F_MORE) != 0)
                return loop_core::report(e, news_of(done.res));
            return take_last(e, kind == tags::writing, news_of(done.res));
    }
}

// One report less is due; frees a closed endpoint with the last. Whether it was closed.
bool uring_backend::take_word(endpoint& e) noexcept {
    --e.reports_due;
    if (!e.has(endpoint::closed)) return false;
    if (e.reports_due == 0) free_endpoint(e);
    return true;
}

void uring_backend::take_last(endpoint& e, bool writing, int news) noexcept {
    e.unset(writing ? endpoint::watched_out : endpoint::watched_in);
    if (take_word(e)) return;
    if (&e == &wakes_) {
        wakes_heard_.hear();
        return watch_waker();
    }
    report_last(e, news);
}

void uring_backend::report_last(endpoint& e, int news) noexcept {
    // Whoever goes on may close it; until it has been looked at again it stays.
    ++e.reports_due;
    loop_core::report(e, news);
    if (take_word(e)) return;
    if (e.reader != nullptr) watch(e, false);
    if (e.has(endpoint::has_writer)) watch(e, true);
}

void uring_backend::wake() noexcept {
    if (!waker_) {
        // The loop lives: there is nothing that could refuse the message but memory's end, and then
        // it is tried again.
        while (uring::send_message(ring_.fileno(), 0, tags::message) == -ENOMEM) continue;
        return;
    }
    const std::uint64_t one = 1;
    // Edge-triggered, it wakes without being read. It fails only where 2^64 - 2 wake-ups are
    // waiting already.
    static_cast<void>(sys::write(waker_.get(), &one, sizeof one));
}

std::int64_t uring_backend::now() noexcept { return monotonic_nanoseconds(); }

}  // namespace priz::io::detail
