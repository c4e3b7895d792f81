// priz/io/datagram.hpp: sockets that send and receive whole messages, awaited.
//
//     io::datagram d = io::bind("udp://any:7000");
//     for (;;) {
//         auto [data, from] = co_await d.recvfrom();
//         co_await d.sendto(data, from);
//     }
//
// UDP, Unix datagrams, and sequenced packets of a Unix connection: every receive gives one message,
// every send sends one. A datagram socket belongs to the loop that made it and is used on that
// loop's thread only. It has one owner; it moves and does not copy. Destroying it closes it. Every
// verb has a `try_` twin that gives a result and throws nothing but memory's end.
//
// News of a datagram that was not delivered (ICMP: connection_refused) come with the next verb of a
// connected socket; whether that verb is a receive or a send is the network's choice.
//
// Many datagrams a call: recvmmsg() and sendmmsg() at the end, with the batches of priz/batch.hpp;
// with UDP segmentation (outgoing_control::segment_size, options::gro) one message is itself many
// datagrams, which saves more than batches do. A receiver with options::gro uses recvmsg() or
// recvmmsg(), which say where one datagram ends and the next begins.
//
// Elsewhere: byte streams (stream.hpp), what recvmsg() gives and descriptors (message.hpp). Python:
// loop.create_datagram_endpoint(), loop.sock_recvfrom(), with the verbs of socket.socket
#pragma once

#include <cstddef>
#include <span>
#include <utility>

#include "priz/address.hpp"
#include "priz/address_like.hpp"
#include "priz/batch.hpp"
#include "priz/bytes.hpp"
#include "priz/control.hpp"
#include "priz/error.hpp"
#include "priz/export.hpp"
#include "priz/io/chunk.hpp"
#include "priz/io/detail/message_waits.hpp"
#include "priz/io/detail/socket_waits.hpp"
#include "priz/io/message.hpp"
#include "priz/io/socket_handle.hpp"
#include "priz/io/stream.hpp"

namespace priz {
class socket;
}

namespace priz::io {

class PRIZ_API datagram : public socket_handle {
public:
    // None: every verb fails with EBADF.
    datagram() noexcept = default;

    // Adopts a blocking socket, with the options that it has: its descriptor belongs to this from
    // now on, its timeout is dropped.
    //
    // Errors:        value_error for a stream socket, one that is closed, or where no loop runs.
    explicit datagram(socket given);

    // A connection of type SOCK_SEQPACKET, as a listener at "unix-seqpacket:…" accepts it. It goes
    // on as a datagram socket that is connected; its end is an empty message.
    //
    // Errors:        value_error for a byte stream, which then stays what it is.
    explicit datagram(stream&& connection);

    // The next datagram and where it came from, in memory that is lent: at most `size` bytes of it
    // (256 KiB, more than any UDP datagram has); recvmsg() tells when it was longer. A datagram may
    // be empty.
    //
    // Errors:        connection_refused when a peer that the socket is connected to does not exist;
    //                EBADF when closed.
    // Cancellation:  safe: no datagram is lost.
    // Concurrency:   one receive and one send may be pending together. A second receive fails with
    //                EBUSY and disturbs nothing.
    // Python:        socket.recvfrom()
    auto recvfrom(std::size_t size = detail::block_pool::block_size, int flags = 0) noexcept {
        return detail::throwing<detail::recvfrom_wait>(where_, size, flags);
    }
    auto try_recvfrom(std::size_t size = detail::block_pool::block_size, int flags = 0) noexcept {
        return detail::trying<detail::recvfrom_wait>(where_, size, flags);
    }

    // The same into `target`, which stays valid until the await ends; how many bytes came, and from
    // where.
    //
    // Errors:        as recvfrom.
    // Cancellation:  safe: no datagram is lost.
    // Concurrency:   as recvfrom.
    // Python:        socket.recvfrom_into()
    auto recvfrom_into(bytes_span target, int flags = 0) noexcept {
        return detail::throwing<detail::recvfrom_into_wait>(where_, target, flags);
    }
    auto try_recvfrom_into(bytes_span target, int flags = 0) noexcept {
        return detail::trying<detail::recvfrom_into_wait>(where_, target, flags);
    }

    // The next datagram without its sender, who is known where the socket is connected.
    //
    // Errors:        as recvfrom.
    // Cancellation:  safe: no datagram is lost.
    // Concurrency:   as recvfrom.
    // Python:        socket.recv(), socket.recv_into()
    auto recv(std::size_t size = detail::block_pool::block_size) noexcept {
        return detail::throwing<detail::recv_wait>(where_, size);
    }
    auto try_recv(std::size_t size = detail::block_pool::block_size) noexcept {
        return detail::trying<detail::recv_wait>(where_, size);
    }
    auto recv_into(bytes_span target, int flags = 0) noexcept {
        return detail::throwing<detail::recv_into_wait>(where_, target, flags);
    }
    auto try_recv_into(bytes_span target, int flags = 0) noexcept {
        return detail::trying<detail::recv_into_wait>(where_, target, flags);
    }

    // The next datagram with what came beside it (message.hpp). `ancillary_size` is room for that
    // in bytes: cmsg_space() of what is awaited. With the flag MSG_ERRQUEUE it is the next error
    // that the socket has queued.
    //
    // Errors:        as recvfrom; EINVAL for an ancillary size above 2^31 - 1.
    // Cancellation:  safe: neither data nor descriptors are lost.
    // Concurrency:   as recvfrom.
    // Python:        socket.recvmsg()
    auto recvmsg(std::size_t size, std::size_t ancillary_size = 0, int flags = 0) noexcept {
        return detail::throwing<detail::recvmsg_wait>(where_, size, ancillary_size, flags);
    }
    auto try_recvmsg(std::size_t size, std::size_t ancillary_size = 0, int flags = 0) noexcept {
        return detail::trying<detail::recvmsg_wait>(where_, size, ancillary_size, flags);
    }

    // The same into memory of the caller's, one piece or several, the first filled first. Memory
    // and list stay valid until the await ends.
    //
    // Errors:        as recvmsg; EMSGSIZE for more than 1024 pieces.
    // Cancellation:  as recvmsg.
    // Concurrency:   as recvfrom.
    // Python:        socket.recvmsg_into()
    auto recvmsg_into(bytes_span target, std::size_t ancillary_size = 0, int flags = 0) noexcept {
        return detail::throwing<detail::recvmsg_into_wait>(where_, target, ancillary_size, flags);
    }
    auto recvmsg_into(std::span<const bytes_span> targets, std::size_t ancillary_size = 0,
                      int flags = 0) noexcept {
        return detail::throwing<detail::recvmsg_into_wait>(where_, targets, ancillary_size, flags);
    }
    auto try_recvmsg_into(std::span<const bytes_span> targets, std::size_t ancillary_size = 0,
                          int flags = 0) noexcept {
        return detail::trying<detail::recvmsg_into_wait>(where_, targets, ancillary_size, flags);
    }

    // Sends one datagram to `remote`; returns its size. Waits where the kernel's buffer, or that of
    // a Unix peer, is full. `source` stays valid until the await ends.
    //
    // Errors:        EMSGSIZE for a datagram that is too long, connection_refused where nobody
    //                receives, ENETUNREACH, EBADF. UDP tells of none where the network just loses.
    // Cancellation:  safe: nothing was sent.
    // Concurrency:   one receive and one send may be pending together. A second send fails with
    //                EBUSY and disturbs nothing.
    // Python:        socket.sendto()
    auto sendto(bytes_view source, const address& remote, int flags = 0) noexcept {
        return detail::throwing<detail::sendto_wait>(where_, source, remote, flags);
    }
    auto sendto(const chunk& source, const address& remote, int flags = 0) noexcept {
        return sendto(bytes_view(source.data(), source.size()), remote, flags);
    }
    auto try_sendto(bytes_view source, const address& remote, int flags = 0) noexcept {
        return detail::trying<detail::sendto_wait>(where_, source, remote, flags);
    }

    // Sends one datagram to the peer that the socket is connected to.
    //
    // Errors:        as sendto; EDESTADDRREQ or ENOTCONN where there is no peer.
    // Cancellation:  safe: nothing was sent.
    // Concurrency:   as sendto.
    // Python:        socket.send()
    auto send(bytes_view source, int flags = 0) noexcept {
        return detail::throwing<detail::send_wait>(where_, source, flags);
    }
    auto send(const chunk& source, int flags = 0) noexcept {
        return send(bytes_view(source.data(), source.size()), flags);
    }
    auto try_send(bytes_view source, int flags = 0) noexcept {
        return detail::trying<detail::send_wait>(where_, source, flags);
    }

    // Sends memory, one piece or several, as one datagram, with what travels beside it, to `remote`
    // or where that is empty to the connected peer. All that is referred to stays valid until the
    // await ends.
    //
    // Errors:        as sendto; EMSGSIZE for more than 1024 pieces; EPERM for credentials that are
    //                not true.
    // Cancellation:  safe: nothing was sent.
    // Concurrency:   as sendto.
    // Python:        socket.sendmsg()
    auto sendmsg(bytes_view source, const outgoing_control& control, int flags = 0,
                 const address& remote = {}) noexcept {
        return detail::throwing<detail::sendmsg_wait>(where_, source, &control, flags, remote);
    }
    auto sendmsg(std::span<const bytes_view> sources) noexcept {
        return detail::throwing<detail::sendmsg_wait>(where_, sources, nullptr, 0, address());
    }
    auto sendmsg(std::span<const bytes_view> sources, const outgoing_control& control,
                 int flags = 0, const address& remote = {}) noexcept {
        return detail::throwing<detail::sendmsg_wait>(where_, sources, &control, flags, remote);
    }
    auto try_sendmsg(std::span<const bytes_view> sources, const outgoing_control& control,
                     int flags = 0, const address& remote = {}) noexcept {
        return detail::trying<detail::sendmsg_wait>(where_, sources, &control, flags, remote);
    }

    // Sets where send() goes and whom recv() hears; an empty address dissolves that. Never waits,
    // and so is not awaited.
    //
    // Errors:        EAFNOSUPPORT, ENETUNREACH; connection_refused for a Unix path where nobody
    //                receives; EBADF.
    // Python:        socket.connect()
    void connect(const address& remote);
    result<void> try_connect(const address& remote) noexcept;

    // Ends one or both directions of a connection: SHUT_RD, SHUT_WR, SHUT_RDWR.
    //
    // Errors:        ENOTCONN, EBADF.
    // Cancellation:  safe: nothing was done.
    // Concurrency:   counts as a send.
    // Python:        socket.shutdown()
    auto shutdown(int how) noexcept { return detail::throwing<detail::shutdown_wait>(where_, how); }
    auto try_shutdown(int how) noexcept {
        return detail::trying<detail::shutdown_wait>(where_, how);
    }

    // Wait until a receive, or a send, would not wait. Spurious returns are possible.
    //
    // Errors:        EBADF.
    // Cancellation:  safe.
    // Concurrency:   counts as a receive, as a send.
    // Python:        loop.add_reader(), loop.add_writer()
    auto wait_readable() noexcept { return detail::throwing<detail::readable_wait>(where_); }
    auto wait_writable() noexcept { return detail::throwing<detail::writable_wait>(where_); }

    // How the library makes datagrams.
    explicit datagram(detail::endpoint* where) noexcept : socket_handle(where) {}
};

struct bind_options {
    // Several loops or processes share the port (SO_REUSEPORT); the kernel spreads datagrams over
    // them by their senders.
    bool reuse_port = false;
};

// A datagram socket at `local`: an address, a host and a port, or an endpoint in text
// (priz/endpoint.hpp) such as "udp://any:53", "udp://[::1]:0", "unix-dgram:/run/log"; udp is
// understood where a text names no transport. Names are those that need no name server.
//
// Errors:        address_in_use, permission_denied, gaierror, overflow_error for a port outside 0
//                to 65535; value_error for a transport of streams, or where no loop runs.
// Python:        loop.create_datagram_endpoint(local_addr=…)
PRIZ_API datagram bind(const address_like& local, const bind_options& options = {});
PRIZ_API result<datagram> try_bind(const address_like& local,
                                   const bind_options& options = {}) noexcept;

// A datagram socket that is connected to `remote`, written as for bind(). Nothing is sent; whether
// anybody is there turns out later.
//
// Errors:        as datagram::connect(); gaierror; value_error as bind(), and for `any`.
// Python:        loop.create_datagram_endpoint(remote_addr=…)
PRIZ_API datagram connect_datagram(const address_like& remote);
PRIZ_API result<datagram> try_connect_datagram(const address_like& remote) noexcept;

// Receives what there is, up to the batch's capacity, waiting for the first message only; returns
// how many. The messages of the call before are dropped. The batch stays where it is until the
// await ends. An error after the first message is reported by the next receive.
//
// Errors:        as recvmsg().
// Cancellation:  safe: no message is lost.
// Concurrency:   counts as a receive.
// Python:        nothing like it
inline auto recvmmsg(datagram& d, receive_batch& batch, int flags = 0) noexcept {
    return detail::throwing<detail::recvmmsg_wait>(d.native_endpoint(), batch, flags);
}
inline auto try_recvmmsg(datagram& d, receive_batch& batch, int flags = 0) noexcept {
    return detail::trying<detail::recvmmsg_wait>(d.native_endpoint(), batch, flags);
}

// Sends the messages that are not sent yet, in order, as many as the kernel takes now (at most
// 1024); returns how many, at least one unless the batch is empty, and takes them out of the batch.
// An error is about the first message left in it.
//
// Errors:        as sendmsg().
// Cancellation:  safe: nothing was sent.
// Concurrency:   counts as a send.
// Python:        nothing like it
inline auto sendmmsg(datagram& d, send_batch& batch, int flags = 0) noexcept {
    return detail::throwing<detail::sendmmsg_wait>(d.native_endpoint(), batch, flags);
}
inline auto try_sendmmsg(datagram& d, send_batch& batch, int flags = 0) noexcept {
    return detail::trying<detail::sendmmsg_wait>(d.native_endpoint(), batch, flags);
}

}  // namespace priz::io
