// prep.hpp: fills in one request each. The place comes from ring::next_sqe(), all zero; `tag` comes
// back as the user_data of its completions.
//
// Where a request is multishot, a completion with IORING_CQE_F_MORE is followed by others; the one
// without it is the last, and the request is then to be made anew if more is wanted.
#pragma once

#include <linux/io_uring.h>
#include <sys/socket.h>

#include <bit>
#include <cstddef>
#include <cstdint>

#include "io/uring/abi.hpp"

namespace priz::io::uring::prep {

// What most requests are made of.
inline void fill(::io_uring_sqe& sqe, unsigned operation, int fd, std::uint64_t tag) noexcept {
    sqe.opcode = static_cast<std::uint8_t>(operation);
    sqe.fd = fd;
    sqe.user_data = tag;
}
inline std::uint64_t address_of(const void* memory) noexcept {
    return reinterpret_cast<std::uintptr_t>(memory);
}

// Lets success pass without a completion; a failure still has one.
inline void skip_success(::io_uring_sqe& sqe) noexcept { sqe.flags |= IOSQE_CQE_SKIP_SUCCESS; }

inline void nop(::io_uring_sqe& sqe, std::uint64_t tag) noexcept {
    fill(sqe, IORING_OP_NOP, -1, tag);
}

// The order in which the kernel reads the halves of a poll's events is that of a little-endian
// machine.
inline std::uint32_t poll_events(std::uint32_t events) noexcept {
    return std::endian::native == std::endian::little ? events : std::rotl(events, 16);
}

// One completion with the events, POLL…, as soon as some of `events` hold.
inline void poll_once(::io_uring_sqe& sqe, int fd, std::uint32_t events,
                      std::uint64_t tag) noexcept {
    fill(sqe, IORING_OP_POLL_ADD, fd, tag);
    sqe.poll32_events = poll_events(events);
}

// A completion with the events, POLL…, each time that something happens to `fd`, and at once if
// some of `events` hold already. What goes on holding is not told again.
inline void poll_multishot(::io_uring_sqe& sqe, int fd, std::uint32_t events,
                           std::uint64_t tag) noexcept {
    fill(sqe, IORING_OP_POLL_ADD, fd, tag);
    sqe.len = IORING_POLL_ADD_MULTI;
    sqe.poll32_events = poll_events(events);
}

// Ends the poll that has the tag `target`: its last completion is -ECANCELED. No completion of its
// own unless there is no such poll: -ENOENT.
inline void poll_remove(::io_uring_sqe& sqe, std::uint64_t target, std::uint64_t tag) noexcept {
    fill(sqe, IORING_OP_POLL_REMOVE, -1, tag);
    sqe.addr = target;
    skip_success(sqe);
}

// Ends the request that has the tag `target`; it gets its last completion in any case, -ECANCELED
// or whatever it had reached. The cancellation completes with 0, -ENOENT or -EALREADY, the latter
// when `target` is past stopping.
inline void cancel(::io_uring_sqe& sqe, std::uint64_t target, std::uint64_t tag) noexcept {
    fill(sqe, IORING_OP_ASYNC_CANCEL, -1, tag);
    sqe.addr = target;
}

// Ends every request upon `fd`; completes with their number (abilities::cancel_fd).
inline void cancel_fd(::io_uring_sqe& sqe, int fd, std::uint64_t tag) noexcept {
    fill(sqe, IORING_OP_ASYNC_CANCEL, fd, tag);
    sqe.cancel_flags = IORING_ASYNC_CANCEL_FD | IORING_ASYNC_CANCEL_ALL;
}

// A completion with a new descriptor, close-on-exec, for each connection
// (abilities::multishot_accept).
inline void accept_multishot(::io_uring_sqe& sqe, int fd, std::uint64_t tag) noexcept {
    fill(sqe, IORING_OP_ACCEPT, fd, tag);
    sqe.ioprio = IORING_ACCEPT_MULTISHOT;
    sqe.accept_flags = SOCK_CLOEXEC;
}

// What a multishot receive takes.
struct reception {
    std::uint16_t group;       // of the buffers (buffer_ring.hpp)
    std::uint32_t credit = 0;  // ends after so many bytes in all; 0: never (abilities::recv_credit)
};

// A completion for each receive into a buffer of the group (abilities::multishot_recv). It ends
// with 0 at the end of the stream, with -ENOBUFS where the group has no buffer left, and when the
// credit is used up.
inline void recv_multishot(::io_uring_sqe& sqe, int fd, reception wanted,
                           std::uint64_t tag) noexcept {
    fill(sqe, IORING_OP_RECV, fd, tag);
    sqe.ioprio = IORING_RECV_MULTISHOT;
    sqe.flags = IOSQE_BUFFER_SELECT;
    sqe.buf_group = wanted.group;
    abi::set_optlen(sqe, wanted.credit);
}

// Completes with the number of bytes sent. With MSG_WAITALL that is all of them, unless the
// connection ends. Never raises SIGPIPE.
inline void send(::io_uring_sqe& sqe, int fd, const void* source, std::uint32_t size, int flags,
                 std::uint64_t tag) noexcept {
    fill(sqe, IORING_OP_SEND, fd, tag);
    sqe.addr = address_of(source);
    sqe.len = size;
    sqe.msg_flags = static_cast<std::uint32_t>(flags | MSG_NOSIGNAL);
}

// `remote` has to stay until the completion.
inline void connect(::io_uring_sqe& sqe, int fd, const ::sockaddr* remote, ::socklen_t size,
                    std::uint64_t tag) noexcept {
    fill(sqe, IORING_OP_CONNECT, fd, tag);
    sqe.addr = address_of(remote);
    sqe.off = size;
}

// Closes the descriptor. Requests upon it go on and hold the connection open: cancel them first.
inline void close(::io_uring_sqe& sqe, int fd, std::uint64_t tag) noexcept {
    fill(sqe, IORING_OP_CLOSE, fd, tag);
}

// Posts a completion (`result`, `user_data`) to the ring whose descriptor is `to`. Its own
// completion is for failures alone: -EOVERFLOW, the kernel had no memory for the message.
inline void msg_ring(::io_uring_sqe& sqe, int to, std::int32_t result, std::uint64_t user_data,
                     std::uint64_t tag) noexcept {
    fill(sqe, IORING_OP_MSG_RING, to, tag);
    sqe.len = static_cast<std::uint32_t>(result);
    sqe.off = user_data;
    skip_success(sqe);
}

}  // namespace priz::io::uring::prep
