// priz/message.hpp: messages with what travels beside them: what recvmsg() returns, and descriptors
// sent from process to process.
//
// Touch it for descriptor passing, for credentials, and for what a datagram's packet said (its TTL,
// its interface, its time). Plain data needs none of it. As Python's recvmsg(), a message comes
// apart into four:
//
//     auto [data, control, flags, from] = s.recvmsg(1024, cmsg_space(sizeof(int)));
//
// Descriptors that arrive are close-on-exec (see inheritable_descriptors), and are closed with the
// message unless they were taken from it. Elsewhere: the kinds of control messages (control.hpp),
// many messages a call (batch.hpp). recvmsg(2), sendmsg(2). Python: socket.recvmsg(),
// recvmsg_into(), sendmsg(), socket.send_fds(), socket.recv_fds()
#pragma once

#include <sys/socket.h>

#include <initializer_list>
#include <span>
#include <vector>

#include "priz/address.hpp"
#include "priz/bytes.hpp"
#include "priz/control.hpp"
#include "priz/export.hpp"
#include "priz/socket_object.hpp"
#include "priz/unique_fd.hpp"

namespace priz {

class message {
public:
    bytes data;
    incoming_control control;
    int flags = 0;  // MSG_TRUNC, MSG_CTRUNC, MSG_EOR, MSG_ERRQUEUE, MSG_OOB
    address from;   // empty for a connected stream

    // The datagram was longer than the room for it; the rest is lost.
    bool truncated() const noexcept { return (flags & MSG_TRUNC) != 0; }
    // So were the control messages; descriptors among what was cut were never installed.
    bool control_truncated() const noexcept { return (flags & MSG_CTRUNC) != 0; }
};

// The same for recvmsg_into(), whose data is in the caller's memory, the first target filled first.
// With MSG_TRUNC among the flags asked for, `size` is the datagram's own and may be more.
struct message_size {
    std::size_t size = 0;
    incoming_control control;
    int flags = 0;
    address from;

    bool truncated() const noexcept { return (flags & MSG_TRUNC) != 0; }
    bool control_truncated() const noexcept { return (flags & MSG_CTRUNC) != 0; }
};

// Sends data and descriptors over a Unix socket; returns how much data the kernel took. The
// descriptors stay the caller's, and go with the first byte: a stream has to send at least one.
// Errors: as sendmsg(); EINVAL for more than 253 descriptors. Python: socket.send_fds()
PRIZ_API std::size_t send_fds(socket& s, std::span<const bytes_view> sources,
                              std::span<const int> fds, int flags = 0, const address& remote = {});
PRIZ_API result<std::size_t> try_send_fds(socket& s, std::span<const bytes_view> sources,
                                          std::span<const int> fds, int flags = 0,
                                          const address& remote = {}) noexcept;
inline std::size_t send_fds(socket& s, bytes_view source, std::span<const int> fds, int flags = 0,
                            const address& remote = {}) {
    return send_fds(s, std::span(&source, 1), fds, flags, remote);
}
inline std::size_t send_fds(socket& s, bytes_view source, std::initializer_list<int> fds,
                            int flags = 0, const address& remote = {}) {
    return send_fds(s, source, std::span(fds.begin(), fds.size()), flags, remote);
}

// `auto [data, fds, flags, from] = recv_fds(s, 1024, 2);`
struct received_fds {
    bytes data;
    std::vector<unique_fd> fds;
    int flags = 0;  // MSG_CTRUNC: more descriptors were sent than had room
    address from;
};

// Receives at most `size` bytes and room for at least `fds_max` descriptors: where alignment leaves
// room for one more, one more may come, as in Python. Errors: as recvmsg(). Python:
// socket.recv_fds()
PRIZ_API received_fds recv_fds(socket& s, std::size_t size, std::size_t fds_max, int flags = 0);
PRIZ_API result<received_fds> try_recv_fds(socket& s, std::size_t size, std::size_t fds_max,
                                           int flags = 0) noexcept;

}  // namespace priz
