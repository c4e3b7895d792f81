#include "http/server/http2_tunnel.hpp"

#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <new>
#include <span>
#include <utility>

#include "http/server/http2_stream.hpp"
#include "priz/io/detail/loop_core.hpp"

namespace priz::http::detail {

using io::detail::endpoint;

namespace {

constexpr std::size_t queued_max = std::size_t{64} * 1024;

std::span<const ::iovec> parts_of(const ::msghdr& message) noexcept {
    return {message.msg_iov, message.msg_iovlen};
}

}  // namespace

io::stream http2_tunnel::open(http2_stream& of) {
    auto made = std::make_unique<http2_tunnel>(of);
    endpoint& mine = io::detail::this_loop_core().new_endpoint(-1, made.get());
    mine.peer = of.connection().peer;
    made->mine_ = &mine;
    of.queue.is_open = true;
    // The endpoint owns it.
    of.tunnel = made.release();
    return io::stream(&mine);
}

std::ptrdiff_t http2_tunnel::recvmsg(endpoint&, ::msghdr& message, int flags) noexcept {
    message.msg_flags = 0;
    message.msg_controllen = 0;
    if ((flags & MSG_OOB) != 0) return -EINVAL;
    if (of_ == nullptr) return -ECONNRESET;
    if (is_shut_for_reading_) return 0;
    if (of_->coming.empty()) {
        if (of_->has_ended) return 0;
        if (of_->is_over) return -ECONNRESET;
        is_hungry_ = true;
        return -EAGAIN;
    }
    std::size_t done = 0;
    const std::string_view all = of_->coming;
    for (const ::iovec& part : parts_of(message)) {
        const std::size_t some = std::min(part.iov_len, all.size() - done);
        if (some > 0) std::memcpy(part.iov_base, all.data() + done, some);
        done += some;
    }
    if ((flags & MSG_PEEK) == 0) of_->drop(done);
    return static_cast<std::ptrdiff_t>(done);
}

std::ptrdiff_t http2_tunnel::sendmsg(endpoint&, const ::msghdr& message, int flags) noexcept try {
    if ((flags & MSG_OOB) != 0) return -EOPNOTSUPP;
    if (of_ == nullptr || of_->is_over || of_->queue.ends) return -EPIPE;
    std::size_t size = 0;
    for (const ::iovec& part : parts_of(message)) size += part.iov_len;
    if (size == 0) return 0;
    std::size_t left = queued_max - std::min(queued_max, of_->queue.size());
    if (left == 0) {
        is_stalled_ = true;
        return -EAGAIN;
    }
    const std::size_t count = std::min(size, left);
    std::string& waiting = of_->queue.waiting;
    waiting.reserve(waiting.size() + count);
    left = count;
    for (const ::iovec& part : parts_of(message)) {
        const std::size_t some = std::min(part.iov_len, left);
        waiting.append(static_cast<const char*>(part.iov_base), some);
        left -= some;
    }
    of_->send_queue();
    return static_cast<std::ptrdiff_t>(count);
} catch (const std::bad_alloc&) {
    return -ENOBUFS;
}

int http2_tunnel::shutdown(endpoint&, int how) noexcept {
    if (how != SHUT_RD && how != SHUT_WR && how != SHUT_RDWR) return -EINVAL;
    if (of_ == nullptr || of_->is_over) return -ENOTCONN;
    if (how != SHUT_WR) is_shut_for_reading_ = true;
    if (how != SHUT_RD) {
        of_->queue.ends = true;
        of_->send_queue();
    }
    report(endpoint::has_ended | (how != SHUT_WR ? endpoint::may_read : 0) |
           (how != SHUT_RD ? endpoint::may_write : 0));
    return 0;
}

void http2_tunnel::close(endpoint&) noexcept {
    if (of_ != nullptr) {
        of_->tunnel = nullptr;
        of_->queue.is_open = false;
        of_->queue.ends = true;
        // Bytes that nobody has received reset it, as they do a connection.
        if (resets_ || !of_->coming.empty())
            of_->is_over = true;
        else
            of_->send_queue();
        of_->changed();
    }
    delete this;
}

int http2_tunnel::getname(endpoint&, bool peer, address& name) noexcept {
    if (of_ == nullptr) return -ENOTCONN;
    const auto told = of_->name(peer);
    if (!told) return -ENOTCONN;
    name = *told;
    return 0;
}

int http2_tunnel::setsockopt(endpoint&, int level, int option, const void* value,
                             ::socklen_t size) noexcept {
    if (level != SOL_SOCKET || option != SO_LINGER) return -ENOPROTOOPT;
    ::linger wanted{};
    if (size < sizeof wanted) return -EINVAL;
    std::memcpy(&wanted, value, sizeof wanted);
    resets_ = wanted.l_onoff != 0 && wanted.l_linger == 0;
    return 0;
}

void http2_tunnel::tell() noexcept {
    int news = 0;
    if (of_->is_over || of_->has_ended) news |= endpoint::has_ended;
    const bool may_read = of_->is_over || of_->has_ended || !of_->coming.empty();
    const bool may_write = of_->is_over || of_->queue.size() < queued_max;
    if (may_read && std::exchange(is_hungry_, false)) news |= endpoint::may_read;
    if (may_write && std::exchange(is_stalled_, false)) news |= endpoint::may_write;
    if ((news & (endpoint::may_read | endpoint::may_write)) != 0) report(news);
}

void http2_tunnel::leave() noexcept {
    of_ = nullptr;
    report(endpoint::may_read | endpoint::may_write | endpoint::has_ended);
}

void http2_tunnel::report(int news) noexcept { mine_->loop->report_later(*mine_, news); }

}  // namespace priz::http::detail
