// priz/io/message.hpp: messages with what travels beside them, and descriptors sent from process to
// process, awaited.
//
// What recvfrom() and recvmsg() of datagram sockets (datagram.hpp) and streams (stream.hpp) give,
// and two functions that take either:
//
//     co_await io::send_fds(s, "x", {log.fileno()});
//     auto [data, fds, flags, from] = co_await io::recv_fds(s, 1024, 1);
//
// The data is lent, as recv()'s is (chunk.hpp). Descriptors that arrive are close-on-exec (see
// inheritable_descriptors) and are closed with the message unless they were taken from it; one that
// is received by a verb whose program never gets to see it is closed, too.
//
// Elsewhere: the kinds of control messages (priz/control.hpp), the blocking verbs
// (priz/message.hpp). Python: socket.recvmsg(), socket.send_fds(), socket.recv_fds()
#pragma once

#include <sys/socket.h>

#include <array>
#include <concepts>
#include <cstddef>
#include <span>
#include <vector>

#include "priz/address.hpp"
#include "priz/bytes.hpp"
#include "priz/control.hpp"
#include "priz/io/chunk.hpp"
#include "priz/io/detail/message_waits.hpp"
#include "priz/message.hpp"
#include "priz/unique_fd.hpp"

namespace priz::io {

// A datagram and where it came from: `auto [data, from] = co_await d.recvfrom();`
struct packet {
    chunk data;
    address from;
};

// `auto [data, control, flags, from] = co_await s.recvmsg(1024, cmsg_space(sizeof(int)));`
class message {
public:
    chunk data;
    incoming_control control;
    int flags = 0;  // MSG_TRUNC, MSG_CTRUNC, MSG_EOR, MSG_ERRQUEUE, MSG_OOB
    address from;   // empty for a connected stream

    // The datagram was longer than the room for it; the rest is lost.
    bool truncated() const noexcept { return (flags & MSG_TRUNC) != 0; }
    // So were the control messages; descriptors among what was cut were never installed.
    bool control_truncated() const noexcept { return (flags & MSG_CTRUNC) != 0; }
};

struct received_fds {
    chunk data;
    std::vector<unique_fd> fds;
    int flags = 0;  // MSG_CTRUNC: more descriptors were sent than had room
    address from;
};

namespace detail {

template <class Socket>
concept has_endpoint = requires(const Socket& s) {
    { s.native_endpoint() } -> std::same_as<endpoint*>;
};

}  // namespace detail

// Descriptors to send: a range of them, or up to eight written out, {a, b}. Used in the call only.
class fd_list {
public:
    template <class Range>
    requires std::convertible_to<const Range&, std::span<const int>> fd_list(const Range& all)
    noexcept : all_(all) {}
    // No std::initializer_list: GCC 12 refuses one inside a co_await expression.
    template <std::same_as<int>... Fds>
    requires(sizeof...(Fds) >= 1 && sizeof...(Fds) <= 8) fd_list(Fds... fds)
    noexcept : few_{fds...}, few_count_(sizeof...(Fds)) {}

    std::span<const int> list() const noexcept {
        return few_count_ > 0 ? std::span(few_.data(), few_count_) : all_;
    }

private:
    std::span<const int> all_;
    std::array<int, 8> few_{};
    std::size_t few_count_ = 0;
};

// Sends data and descriptors over a Unix socket; returns how much data the kernel took. The
// descriptors stay the caller's, and go with the first byte: a stream has to send at least one.
// `source` stays valid until the await ends, as do pieces and the list of them where there are
// several.
//
// Errors:        as sendmsg(); EINVAL for more than 253 descriptors.
// Cancellation:  safe: nothing was sent.
// Concurrency:   counts as a send.
// Python:        socket.send_fds()
template <detail::has_endpoint Socket>
auto send_fds(Socket& s, bytes_view source, const fd_list& fds, int flags = 0,
              const address& remote = {}) {
    return detail::throwing<detail::send_fds_wait>(s.native_endpoint(), source, fds.list(), flags,
                                                   remote);
}
template <detail::has_endpoint Socket>
auto send_fds(Socket& s, std::span<const bytes_view> sources, const fd_list& fds, int flags = 0,
              const address& remote = {}) {
    return detail::throwing<detail::send_fds_wait>(s.native_endpoint(), sources, fds.list(), flags,
                                                   remote);
}
template <detail::has_endpoint Socket>
auto try_send_fds(Socket& s, bytes_view source, const fd_list& fds, int flags = 0,
                  const address& remote = {}) {
    return detail::trying<detail::send_fds_wait>(s.native_endpoint(), source, fds.list(), flags,
                                                 remote);
}
template <detail::has_endpoint Socket>
auto try_send_fds(Socket& s, std::span<const bytes_view> sources, const fd_list& fds, int flags = 0,
                  const address& remote = {}) {
    return detail::trying<detail::send_fds_wait>(s.native_endpoint(), sources, fds.list(), flags,
                                                 remote);
}

// Receives at most `size` bytes (256 KiB) and room for at least `fds_max` descriptors: where
// alignment leaves room for one more, one more may come, as in Python.
//
// Errors:        as recvmsg(); EINVAL for more than 2^24 descriptors.
// Cancellation:  safe: neither data nor descriptors are lost.
// Concurrency:   counts as a receive.
// Python:        socket.recv_fds()
template <detail::has_endpoint Socket>
auto recv_fds(Socket& s, std::size_t size, std::size_t fds_max, int flags = 0) noexcept {
    return detail::throwing<detail::recv_fds_wait>(s.native_endpoint(), size, fds_max, flags);
}
template <detail::has_endpoint Socket>
auto try_recv_fds(Socket& s, std::size_t size, std::size_t fds_max, int flags = 0) noexcept {
    return detail::trying<detail::recv_fds_wait>(s.native_endpoint(), size, fds_max, flags);
}

}  // namespace priz::io
