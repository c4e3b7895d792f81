#include "io/uring/ring_receiver.hpp"

#include <linux/tcp.h>
#include <netinet/in.h>
#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <new>
#include <utility>

#include "core/sys.hpp"
#include "io/socket_calls.hpp"
#include "io/uring/prep.hpp"
#include "io/uring/ring.hpp"
#include "io/uring/tags.hpp"
#include "io/uring/uring_backend.hpp"
#include "priz/io/detail/loop_core.hpp"
#include "priz/io/detail/socket_waits.hpp"

namespace priz::io::detail {

namespace {

namespace prep = uring::prep;

// 256 KiB: a share of a core's second cache. A message that reaches from one buffer into the next
// comes in two pieces: few buffers, then.
constexpr uring::buffer_ring::shape shape{.group = 1, .entries = 16, .buffer_size = 16'384};

// How many pieces a connection has room for without asking for memory.
constexpr std::size_t usual_pieces = 8;

// Whether the call's meaning is not that of taking what has come.
constexpr int flags_of_the_kernel = MSG_OOB | MSG_ERRQUEUE;

// Of a TCP socket.
bool makes_control_messages(int level, int option) noexcept {
    if (level == IPPROTO_TCP) return option == TCP_INQ;
    return level == SOL_SOCKET && (option == SO_TIMESTAMP || option == SO_TIMESTAMPNS ||
                                   option == SO_TIMESTAMPING || option == SO_RXQ_OVFL);
}

std::size_t copy_to(::msghdr& message, std::size_t from, const std::byte* data,
                    std::size_t size) noexcept {
    std::size_t done = 0;
    for (std::size_t i = 0; i < message.msg_iovlen && done < size; ++i) {
        const ::iovec& part = message.msg_iov[i];
        if (from >= part.iov_len) {
            from -= part.iov_len;
            continue;
        }
        const std::size_t count = std::min(part.iov_len - from, size - done);
        std::memcpy(static_cast<std::byte*>(part.iov_base) + from, data + done, count);
        done += count;
        from = 0;
    }
    return done;
}

std::size_t room_of(const ::msghdr& message) noexcept {
    std::size_t room = 0;
    for (std::size_t i = 0; i < message.msg_iovlen; ++i) room += message.msg_iov[i].iov_len;
    return room;
}

}  // namespace

result<std::unique_ptr<ring_receiver>> ring_receiver::make(uring_backend& kernel,
                                                           uring::ring& ring) {
    const auto& can = ring.can();
    if (!can.multishot_recv || !can.buf_ring || !can.recv_credit)
        return std::unexpected(
            failure({EOPNOTSUPP, std::system_category()}, "io_uring_setup")
                .with_hint("receiving by a ring of buffers takes Linux 6.17; receive_mode::poll "
                           "takes less"));
    auto buffers = uring::buffer_ring::make(ring, shape);
    if (!buffers) return std::unexpected(buffers.error());
    return std::make_unique<ring_receiver>(kernel, ring, *std::move(buffers));
}

bool ring_receiver::adopt(endpoint& e) noexcept try {
    if (free_.empty()) {
        free_.reserve(streams_.size() + 1);
        streams_.emplace_back().home_ = this;
        free_.push_back(&streams_.back());
    }
    ring_stream& fresh = *free_.back();
    fresh.here_.reserve(usual_pieces);
    free_.pop_back();
    e.via = &fresh;
    // A short receive says nothing here: the verbs ask again, which costs no call.
    e.unset(endpoint::short_is_empty);
    e.set(endpoint::watched_in);
    arm(e);
    return true;
} catch (const std::bad_alloc&) {
    return false;
}

void ring_receiver::arm(endpoint& e) noexcept {
    stream_of(e).is_armed_ = true;
    ++e.reports_due;
    prep::recv_multishot(ring_.next_sqe(), e.fd, {.group = shape.group, .credit = credit},
                         tags::tagged(e, tags::receiving));
}

void ring_receiver::take(endpoint& e, ::io_uring_cqe& completion) noexcept {
    const ::io_uring_cqe done = completion;
    // Not to be looked at again by who is closed meanwhile: has_bytes_due().
    completion.user_data = tags::message;
    const bool is_last = (done.flags & IORING_CQE_F_MORE) == 0;
    auto bytes = buffers_->take(done);
    // The way of most messages.
    if (done.res > 0 && !is_last && recv_wait::waits_for(e) && stream_of(e).here_.empty()) {
        e.unset(endpoint::may_read);
        if (recv_wait::give(e, bytes.data(), bytes.size())) return;
    }
    const int news = news_of(e, done, std::move(bytes));
    if (e.has(endpoint::closed)) {
        if (e.reports_due == 0) kernel_.free_endpoint(e);
        return;
    }
    if (!is_last) return loop_core::report(e, news);
    kernel_.report_last(e, news);
}

// What the completion says; the connection may have left this mode by it.
int ring_receiver::news_of(endpoint& e, const ::io_uring_cqe& done,
                           uring::buffer_ring::lease&& bytes) noexcept {
    ring_stream& s = stream_of(e);
    const bool is_last = (done.flags & IORING_CQE_F_MORE) == 0;
    if (is_last) {
        s.is_armed_ = false;
        --e.reports_due;
    }
    if (e.has(endpoint::closed)) return 0;
    int news = 0;
    if (bytes.size() != 0 && s.error_ == 0) {
        news = endpoint::may_read;
        if (!s.keep(std::move(bytes))) return news | endpoint::has_ended;
    }
    if (!is_last) return news;
    if (done.res > 0) {
        s.is_leaving_ = s.is_leaving_ || s.untaken() > credit / 2;
        if (!s.is_leaving_) arm(e);
        return news;
    }
    if (done.res == 0) return endpoint::may_read | endpoint::has_ended;
    if (done.res == -ENOBUFS || done.res == -ECANCELED) {
        s.is_leaving_ = true;
        if (s.untaken() == 0) leave(e);
        return endpoint::may_read;
    }
    s.error_ = -done.res;
    return endpoint::may_read | endpoint::may_write | endpoint::has_ended;
}

// Back to readiness: nothing is armed, and nothing here untaken.
void ring_receiver::leave(endpoint& e) noexcept {
    free(e);
    e.set(endpoint::short_is_empty);
    e.set(endpoint::stays_polled);
    e.unset(endpoint::watched_in);
    e.set(endpoint::may_read);
}

void ring_receiver::free(endpoint& e) noexcept {
    ring_stream& s = stream_of(e);
    s.here_.clear();
    s.first_ = s.offset_ = 0;
    s.error_ = 0;
    s.is_leaving_ = false;
    // There is room: see adopt().
    free_.push_back(&s);
    e.via = nullptr;
}

// As uring_backend::stop(): what is about to report cannot be cancelled at that moment.
void ring_receiver::cancel(endpoint& e) noexcept {
    constexpr int attempts_max = 3;
    for (int left = attempts_max; left > 0; --left) {
        prep::cancel(ring_.next_sqe(), tags::tagged(e, tags::receiving),
                     tags::tagged(e, tags::removal_of_receiving));
        ++e.reports_due;
        ring_.enter(0, 0);
        if (outcome_of_cancellation(e) != -EALREADY) return;
    }
}

// The latest one's; its completion is taken in its turn.
int ring_receiver::outcome_of_cancellation(const endpoint& e) const noexcept {
    int outcome = 0;
    ring_.look_at_cqes([&](const ::io_uring_cqe& done) {
        if (done.user_data == tags::tagged(e, tags::removal_of_receiving)) outcome = done.res;
    });
    return outcome;
}

// Whether the kernel has brought bytes that nobody has looked at yet.
bool ring_receiver::has_bytes_due(const endpoint& e) const noexcept {
    bool found = false;
    ring_.look_at_cqes([&](const ::io_uring_cqe& done) {
        found |= done.user_data == tags::tagged(e, tags::receiving) && done.res > 0;
    });
    return found;
}

std::size_t ring_stream::untaken() const noexcept {
    std::size_t sum = 0;
    for (std::size_t i = first_; i < here_.size(); ++i) sum += here_[i].size();
    return sum - offset_;
}

// False when memory has run out: the bytes are lost, and so is the connection.
bool ring_stream::keep(uring::buffer_ring::lease&& bytes) noexcept try {
    here_.push_back(std::move(bytes));
    return true;
} catch (const std::bad_alloc&) {
    error_ = ENOMEM;
    return false;
}

// Copies what is here, as much as there is room for; what was only looked at stays.
std::size_t ring_stream::take(::msghdr& message, int flags) noexcept {
    const std::size_t room = room_of(message);
    std::size_t done = 0;
    std::size_t offset = offset_;
    std::size_t at = first_;
    while (at < here_.size() && done < room) {
        const auto& piece = here_[at];
        const std::size_t count = std::min(piece.size() - offset, room - done);
        // TCP's MSG_TRUNC drops the bytes.
        if ((flags & MSG_TRUNC) == 0) copy_to(message, done, piece.data() + offset, count);
        done += count;
        offset += count;
        if (offset < piece.size()) break;
        ++at;
        offset = 0;
    }
    if ((flags & MSG_PEEK) != 0) return done;
    for (; first_ < at; ++first_) here_[first_] = {};
    offset_ = offset;
    if (first_ == here_.size()) {
        here_.clear();
        first_ = 0;
    }
    return done;
}

// What travels beside the bytes is told by the kernel's own receive alone.
void ring_stream::begin_to_leave(endpoint& e) noexcept {
    if (!is_armed_ || is_leaving_) return;
    is_leaving_ = true;
    home_->cancel(e);
}

std::ptrdiff_t ring_stream::recvmsg(endpoint& e, ::msghdr& message, int flags) noexcept {
    if ((flags & flags_of_the_kernel) != 0)
        return or_error(sys::recvmsg(e.fd, &message, flags | MSG_DONTWAIT));
    if (message.msg_controllen != 0) begin_to_leave(e);
    message.msg_namelen = 0;
    const std::size_t control_size = std::exchange(message.msg_controllen, 0);
    message.msg_flags = 0;
    if (!here_.empty()) return static_cast<std::ptrdiff_t>(take(message, flags));
    // There is a hole in what came.
    if (error_ == ENOMEM) return -ENOMEM;
    if (is_armed_) return room_of(message) == 0 ? 0 : -EAGAIN;
    if (error_ != 0) return -std::exchange(error_, 0);
    // Bytes are not to be brought any more, nor the end, which came: what there is to know from
    // here on is the kernel's to tell.
    message.msg_controllen = control_size;
    home_->leave(e);
    return or_error(sys::recvmsg(e.fd, &message, flags | MSG_DONTWAIT));
}

// A connection's error is told once, to whichever call comes first; the kernel has told it already.
std::ptrdiff_t ring_stream::sendmsg(endpoint& e, const ::msghdr& message, int flags) noexcept {
    if (error_ != 0 && error_ != ENOMEM) return -std::exchange(error_, 0);
    return or_error(sys::sendmsg(e.fd, &message, flags | MSG_DONTWAIT));
}

int ring_stream::shutdown(endpoint& e, int how) noexcept {
    return or_error(sys::shutdown(e.fd, how));
}

void ring_stream::close(endpoint& e) noexcept {
    if (is_armed_) home_->cancel(e);
    if (!here_.empty() || home_->has_bytes_due(e)) {
        const ::linger at_once{.l_onoff = 1, .l_linger = 0};
        // It is a TCP socket, which has this option.
        static_cast<void>(sys::setsockopt(e.fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once));
    }
    here_.clear();
    first_ = offset_ = 0;
    sys::close(e.fd);
}

int ring_stream::bind(endpoint& e, const address& local) noexcept {
    return or_error(sys::bind(e.fd, local.data(), local.size()));
}
int ring_stream::listen(endpoint& e, int backlog) noexcept {
    return or_error(sys::listen(e.fd, backlog));
}
int ring_stream::connect(endpoint& e, const address& remote) noexcept {
    return or_error(sys::connect(e.fd, remote.data(), remote.size()));
}
int ring_stream::accept(endpoint& e, endpoint*&, address&) noexcept {
    return or_error(sys::accept4(e.fd, nullptr, nullptr, 0));
}
int ring_stream::getname(endpoint& e, bool peer, address& name) noexcept {
    return kernel_name(e, peer, name);
}
int ring_stream::getsockopt(endpoint& e, int level, int option, void* value,
                            ::socklen_t& size) noexcept {
    if (level == SOL_SOCKET && option == SO_ERROR && size == sizeof error_ && error_ != 0) {
        std::memcpy(value, &error_, sizeof error_);
        if (error_ != ENOMEM) error_ = 0;
        return 0;
    }
    return or_error(sys::getsockopt(e.fd, level, option, value, &size));
}
int ring_stream::setsockopt(endpoint& e, int level, int option, const void* value,
                            ::socklen_t size) noexcept {
    if (makes_control_messages(level, option)) begin_to_leave(e);
    return or_error(sys::setsockopt(e.fd, level, option, value, size));
}

}  // namespace priz::io::detail
