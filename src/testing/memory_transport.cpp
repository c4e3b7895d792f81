#include "testing/memory_transport.hpp"

#include <sys/uio.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <new>
#include <span>
#include <utility>

#include "priz/io/detail/loop_core.hpp"

namespace priz::testing::detail {

using io::detail::endpoint;

namespace {

std::span<const ::iovec> parts_of(const ::msghdr& message) noexcept {
    return {message.msg_iov, message.msg_iovlen};
}

std::size_t size_of(const ::msghdr& message) noexcept {
    std::size_t sum = 0;
    for (const ::iovec& part : parts_of(message)) sum += part.iov_len;
    return sum;
}

}  // namespace

memory_end::memory_end(const memory_options& options, std::vector<memory_fault> faults,
                       address name)
    : capacity_(options.capacity),
      receive_max_(options.receive_max),
      send_max_(options.send_max),
      faults_(std::move(faults)),
      name_(name.empty() ? address::unix_unnamed() : std::move(name)) {}

void memory_end::connect_ends(memory_end& one, memory_end& other) noexcept {
    one.peer_ = &other;
    other.peer_ = &one;
    one.peer_name_ = other.name_;
    other.peer_name_ = one.name_;
}

// What had arrived is given first, also after an end or a reset; then the end, if it came before
// the reset; then, once, the error.
std::ptrdiff_t memory_end::recvmsg(endpoint&, ::msghdr& message, int flags) noexcept {
    message.msg_flags = 0;
    message.msg_controllen = 0;
    if ((flags & MSG_OOB) != 0) return -EINVAL;
    if (const int error = fault_of(memory_call::recv); error != 0) return -error;
    if (waiting() > 0) return take(message, (flags & MSG_PEEK) != 0);
    if (has_end_) return 0;
    if (error_ != 0) return -std::exchange(error_, 0);
    if (is_shut_for_reading_ || is_reset_) return 0;
    is_hungry_ = true;
    return -EAGAIN;
}

// Bytes that reach an end which has closed, or has shut down both ways, bring about a reset.
std::ptrdiff_t memory_end::sendmsg(endpoint&, const ::msghdr& message, int flags) noexcept try {
    if ((flags & MSG_OOB) != 0) return -EOPNOTSUPP;
    if (const int error = fault_of(memory_call::send); error != 0) return -error;
    if (error_ != 0) return -std::exchange(error_, 0);
    if (has_sent_end_ || is_reset_) return -EPIPE;
    if (size_of(message) == 0) return 0;
    if (peer_ != nullptr && !peer_->refuses_bytes()) return give(message);
    if (peer_ != nullptr) peer_->reset_arrived();
    reset_arrived();
    return static_cast<std::ptrdiff_t>(std::min({size_of(message), capacity_, send_max_}));
} catch (const std::bad_alloc&) {
    return -ENOBUFS;
}

int memory_end::shutdown(endpoint&, int how) noexcept {
    if (how != SHUT_RD && how != SHUT_WR && how != SHUT_RDWR) return -EINVAL;
    if (const int error = fault_of(memory_call::shutdown); error != 0) return -error;
    if (is_over()) return -ENOTCONN;
    if (how != SHUT_WR) is_shut_for_reading_ = true;
    if (how != SHUT_RD && !has_sent_end_) {
        has_sent_end_ = true;
        if (peer_ != nullptr) peer_->end_arrived();
    }
    report(endpoint::has_ended | (how != SHUT_WR ? endpoint::may_read : 0) |
           (how != SHUT_RD ? endpoint::may_write : 0));
    return 0;
}

void memory_end::close(endpoint&) noexcept {
    if (peer_ != nullptr) {
        peer_->peer_ = nullptr;
        if (waiting() > 0 || resets_on_close_)
            peer_->reset_arrived();
        else if (!has_sent_end_ && !is_reset_)
            peer_->end_arrived();
        peer_->room_came();
    }
    delete this;
}

int memory_end::getname(endpoint&, bool peer, address& name) noexcept {
    if (peer && is_over()) return -ENOTCONN;
    name = peer ? peer_name_ : name_;
    return 0;
}

int memory_end::getsockopt(endpoint&, int level, int option, void* value,
                           ::socklen_t& size) noexcept {
    if (level != SOL_SOCKET) return -ENOPROTOOPT;
    int told = 0;
    switch (option) {
        case SO_TYPE:
            told = SOCK_STREAM;
            break;
        case SO_ERROR:
            told = std::exchange(error_, 0);
            break;
        case SO_SNDBUF:
        case SO_RCVBUF:
            told = static_cast<int>(std::min<std::size_t>(capacity_, 1U << 30));
            break;
        default:
            return -ENOPROTOOPT;
    }
    size = std::min<::socklen_t>(size, sizeof told);
    std::memcpy(value, &told, size);
    return 0;
}

int memory_end::setsockopt(endpoint&, int level, int option, const void* value,
                           ::socklen_t size) noexcept {
    if (level != SOL_SOCKET || option != SO_LINGER) return -ENOPROTOOPT;
    ::linger wanted{};
    if (size < sizeof wanted) return -EINVAL;
    std::memcpy(&wanted, value, sizeof wanted);
    resets_on_close_ = wanted.l_onoff != 0 && wanted.l_linger == 0;
    return 0;
}

int memory_end::fault_of(memory_call call) noexcept {
    const std::uint64_t count = ++calls_[static_cast<std::size_t>(call)];
    for (const memory_fault& fault : faults_) {
        if (fault.call != call || fault.nth != count) continue;
        if (fault.error == EAGAIN)
            report(call == memory_call::recv ? endpoint::may_read : endpoint::may_write);
        return fault.error;
    }
    return 0;
}

std::ptrdiff_t memory_end::take(const ::msghdr& message, bool looks_only) noexcept {
    const std::size_t count = std::min({size_of(message), waiting(), receive_max_});
    std::size_t done = 0;
    for (const ::iovec& part : parts_of(message)) {
        const std::size_t some = std::min(part.iov_len, count - done);
        if (some > 0) std::memcpy(part.iov_base, arrived_.data() + taken_ + done, some);
        done += some;
    }
    if (!looks_only && count > 0) drop(count);
    return static_cast<std::ptrdiff_t>(count);
}

void memory_end::drop(std::size_t count) noexcept {
    taken_ += count;
    if (taken_ * 2 >= arrived_.size()) {
        arrived_.erase(0, taken_);
        taken_ = 0;
    }
    if (peer_ != nullptr) peer_->room_came();
}

std::ptrdiff_t memory_end::give(const ::msghdr& message) {
    const std::size_t room = capacity_ - std::min(capacity_, peer_->waiting());
    if (room == 0) {
        is_stalled_ = true;
        return -EAGAIN;
    }
    const std::size_t count = std::min({size_of(message), room, send_max_});
    peer_->arrived_.reserve(peer_->arrived_.size() + count);
    std::size_t left = count;
    for (const ::iovec& part : parts_of(message)) {
        const std::size_t some = std::min(part.iov_len, left);
        peer_->arrived_.append(static_cast<const char*>(part.iov_base), some);
        left -= some;
    }
    peer_->bytes_arrived();
    return static_cast<std::ptrdiff_t>(count);
}

void memory_end::bytes_arrived() noexcept {
    if (std::exchange(is_hungry_, false)) report(endpoint::may_read);
}

void memory_end::room_came() noexcept {
    if (std::exchange(is_stalled_, false)) report(endpoint::may_write);
}

void memory_end::end_arrived() noexcept {
    has_end_ = true;
    report(endpoint::may_read | endpoint::has_ended);
}

// An end that had its peer's end already has lost only its way to send.
void memory_end::reset_arrived() noexcept {
    if (is_over()) return;
    is_reset_ = true;
    error_ = has_end_ ? EPIPE : ECONNRESET;
    report(endpoint::may_read | endpoint::may_write | endpoint::has_ended);
}

void memory_end::report(int news) noexcept { mine_->loop->report_later(*mine_, news); }

}  // namespace priz::testing::detail
