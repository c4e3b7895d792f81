// priz/io/stream.hpp: what every byte stream in priz promises.
//
// A stream is a two-way, ordered, reliable flow of bytes: a TCP or Unix connection, one end of a
// pair in memory, a connection inside the simulator. Protocols are written against this one type.
//
//     io::task<> echo(io::stream s) {
//         while (auto data = co_await s.recv()) co_await s.sendall(data);
//     }
//
// A stream belongs to the loop that made it and is used on that loop's thread only. It has one
// owner; it moves and does not copy. Destroying it closes the connection: what was sent goes out,
// and a peer whose bytes were not all received sees a reset. close() does it politely, and tells
// how the connection ended. Every verb has a `try_` twin that
// gives a result and throws nothing but memory's end.
//
// Elsewhere: connecting (connect.hpp), accepting (listener.hpp), datagrams (datagram.hpp), blocking
// sockets (priz/socket.hpp). Python: asyncio's StreamReader and StreamWriter, with the verbs of
// socket.socket
#pragma once

#include <sys/socket.h>

#include <cstddef>
#include <optional>
#include <span>
#include <utility>

#include "priz/address.hpp"
#include "priz/bytes.hpp"
#include "priz/error.hpp"
#include "priz/export.hpp"
#include "priz/io/chunk.hpp"
#include "priz/io/detail/message_waits.hpp"
#include "priz/io/detail/sendfile_wait.hpp"
#include "priz/io/detail/socket_waits.hpp"
#include "priz/io/message.hpp"
#include "priz/io/socket_handle.hpp"
#include "priz/io/task.hpp"

namespace priz {
class socket;
}

namespace priz::io {

class PRIZ_API stream : public socket_handle {
public:
    // None: every verb fails with EBADF.
    stream() noexcept = default;

    // Adopts a connected blocking socket: its descriptor belongs to the stream from now on, its
    // timeout is dropped.
    //
    // Errors:        value_error for a socket that is no stream, or closed.
    explicit stream(socket connected);

    // Receives what has come, at least one byte and at most `size` (256 KiB), in memory that is
    // lent. An empty chunk is the end of the stream and nothing else.
    //
    // Errors:        connection_reset; ETIMEDOUT as timeout when the peer is gone; EBADF when
    //                closed.
    // Cancellation:  safe: nothing is lost.
    // Concurrency:   one receive and one send may be pending together. A second receive fails
    //                with EBUSY and disturbs nothing.
    // Python:        socket.recv()
    auto recv(std::size_t size = detail::block_pool::block_size) noexcept {
        return detail::throwing<detail::recv_wait>(where_, size);
    }
    auto try_recv(std::size_t size = detail::block_pool::block_size) noexcept {
        return detail::trying<detail::recv_wait>(where_, size);
    }

    // The same into `target`, which stays valid until the await ends; returns how many bytes came,
    // 0 at the end of the stream. `flags` are recv(2)'s, such as MSG_PEEK.
    //
    // Errors:        as recv.
    // Cancellation:  safe: nothing is lost.
    // Concurrency:   as recv.
    // Python:        socket.recv_into()
    auto recv_into(bytes_span target, int flags = 0) noexcept {
        return detail::throwing<detail::recv_into_wait>(where_, target, flags);
    }
    auto try_recv_into(bytes_span target, int flags = 0) noexcept {
        return detail::trying<detail::recv_into_wait>(where_, target, flags);
    }

    // Fills `target`, however many receives it takes. There is no recv_exactly() that returns the
    // bytes: when it failed or was cancelled, what had come would be gone with it.
    //
    // Errors:        end_of_stream when the peer ends first; as recv.
    // Cancellation:  what has come is in `target`, as many bytes as failure::transferred() says;
    //                nothing is lost.
    // Concurrency:   as recv.
    // Python:        StreamReader.readexactly()
    auto recv_exactly_into(bytes_span target) noexcept {
        return detail::throwing<detail::recv_exactly_wait>(where_, target);
    }
    auto try_recv_exactly_into(bytes_span target) noexcept {
        return detail::trying<detail::recv_exactly_wait>(where_, target);
    }

    // Sends what can be sent now, at least one byte; returns how many. `source` stays valid until
    // the await ends.
    //
    // Errors:        broken_pipe, connection_reset, EBADF.
    // Cancellation:  safe: nothing was sent.
    // Concurrency:   one receive and one send may be pending together. A second send fails with
    // EBUSY and disturbs
    //                nothing.
    // Python:        socket.send()
    auto send(bytes_view source, int flags = 0) noexcept {
        return detail::throwing<detail::send_wait>(where_, source, flags);
    }
    auto try_send(bytes_view source, int flags = 0) noexcept {
        return detail::trying<detail::send_wait>(where_, source, flags);
    }

    // Sends all of `source`, which stays valid until the await ends. Done means that the kernel has
    // it.
    //
    // Errors:        as send.
    // Cancellation:  a prefix has been sent; failure::transferred() says how much.
    // Concurrency:   as send.
    // Python:        socket.sendall()
    auto sendall(bytes_view source) noexcept {
        return detail::throwing<detail::sendall_wait>(where_, source);
    }
    auto sendall(const chunk& source) noexcept {
        return sendall(bytes_view(source.data(), source.size()));
    }
    auto try_sendall(bytes_view source) noexcept {
        return detail::trying<detail::sendall_wait>(where_, source);
    }

    // Ends one or both directions: SHUT_RD, SHUT_WR, SHUT_RDWR. After SHUT_WR the peer sees the end
    // of the stream and can still answer.
    //
    // Errors:        ENOTCONN when the peer is gone; EBADF.
    // Cancellation:  safe: nothing was done.
    // Concurrency:   counts as a send.
    // Python:        socket.shutdown(), StreamWriter.write_eof()
    auto shutdown(int how) noexcept { return detail::throwing<detail::shutdown_wait>(where_, how); }
    auto try_shutdown(int how) noexcept {
        return detail::trying<detail::shutdown_wait>(where_, how);
    }

    // Closes, and tells how the connection ended. The peer sees the end of the stream; what it
    // still sends, up to its own end, is received and dropped, and that end is waited for: give it
    // a deadline, as in fail_after(5, s.close()). The stream is empty from the call on. Closing an
    // empty stream does nothing.
    //
    // Success means that the peer has ended the stream too, and refused nothing until then. Where
    // it ends because it has seen the end, as most protocols have it, it has received everything;
    // one that ends earlier may not have, and only the protocol can tell.
    //
    // Errors:        connection_reset when the peer has not received everything and never will;
    //                ETIMEDOUT as timeout when it is gone.
    // Cancellation:  closes at once, as reset() does.
    // Concurrency:   verbs that wait end with EBADF.
    // Python:        StreamWriter.close() and wait_closed()
    task<> close();
    task<result<void>> try_close();

    // Wait until a receive, or a send, would not wait. Spurious returns are possible.
    //
    // Errors:        EBADF.
    // Cancellation:  safe.
    // Concurrency:   counts as a receive, as a send.
    // Python:        loop.add_reader(), loop.add_writer()
    auto wait_readable() noexcept { return detail::throwing<detail::readable_wait>(where_); }
    auto wait_writable() noexcept { return detail::throwing<detail::writable_wait>(where_); }
    auto try_wait_readable() noexcept { return detail::trying<detail::readable_wait>(where_); }
    auto try_wait_writable() noexcept { return detail::trying<detail::writable_wait>(where_); }

    // Receives with what travels beside the bytes (message.hpp): descriptors and credentials of a
    // Unix connection, time stamps. `ancillary_size` is room for that in bytes: cmsg_space() of
    // what is awaited. The forms with targets fill memory of the caller's, the first piece first;
    // memory and list stay valid until the await ends.
    //
    // Errors:        as recv; EINVAL for an ancillary size above 2^31 - 1, EMSGSIZE for more than
    //                1024 pieces.
    // Cancellation:  safe: neither bytes nor descriptors are lost.
    // Concurrency:   as recv.
    // Python:        socket.recvmsg(), socket.recvmsg_into()
    auto recvmsg(std::size_t size, std::size_t ancillary_size = 0, int flags = 0) noexcept {
        return detail::throwing<detail::recvmsg_wait>(where_, size, ancillary_size, flags);
    }
    auto try_recvmsg(std::size_t size, std::size_t ancillary_size = 0, int flags = 0) noexcept {
        return detail::trying<detail::recvmsg_wait>(where_, size, ancillary_size, flags);
    }
    auto recvmsg_into(std::span<const bytes_span> targets, std::size_t ancillary_size = 0,
                      int flags = 0) noexcept {
        return detail::throwing<detail::recvmsg_into_wait>(where_, targets, ancillary_size, flags);
    }
    auto try_recvmsg_into(std::span<const bytes_span> targets, std::size_t ancillary_size = 0,
                          int flags = 0) noexcept {
        return detail::trying<detail::recvmsg_into_wait>(where_, targets, ancillary_size, flags);
    }

    // Sends what can be sent now of some pieces of memory, at least one byte, with what travels
    // beside it; returns how many. All that is referred to stays valid until the await ends.
    //
    // Errors:        as send; EMSGSIZE for more than 1024 pieces; EPERM for credentials that are
    //                not true.
    // Cancellation:  safe: nothing was sent.
    // Concurrency:   as send.
    // Python:        socket.sendmsg()
    auto sendmsg(std::span<const bytes_view> sources) noexcept {
        return detail::throwing<detail::sendmsg_wait>(where_, sources, nullptr, 0, address());
    }
    auto sendmsg(std::span<const bytes_view> sources, const outgoing_control& control,
                 int flags = 0) noexcept {
        return detail::throwing<detail::sendmsg_wait>(where_, sources, &control, flags, address());
    }
    auto try_sendmsg(std::span<const bytes_view> sources) noexcept {
        return detail::trying<detail::sendmsg_wait>(where_, sources, nullptr, 0, address());
    }
    auto try_sendmsg(std::span<const bytes_view> sources, const outgoing_control& control,
                     int flags = 0) noexcept {
        return detail::trying<detail::sendmsg_wait>(where_, sources, &control, flags, address());
    }

    // Sends a file from `offset` on, `count` bytes or to its end, by the kernel's sendfile(2) where
    // it can and by reading and sending where not; returns how many bytes went out and leaves the
    // file positioned behind the last of them, if there was one. Waits for the peer, but reads the
    // file at once: a disk that is slow holds the loop up. Sets O_NONBLOCK on the stream's
    // descriptor.
    //
    // Errors:        as send; value_error for a count of 0; ESPIPE for a pipe; EBADF, EIO of the
    //                file. failure::transferred() says how much has been sent.
    // Cancellation:  a prefix has been sent; failure::transferred() says how much.
    // Concurrency:   as send.
    // Python:        loop.sendfile(), socket.sendfile()
    auto sendfile(int file, std::size_t offset = 0,
                  std::optional<std::size_t> count = std::nullopt) noexcept {
        return detail::throwing<detail::sendfile_wait>(where_, file, offset, count);
    }
    auto try_sendfile(int file, std::size_t offset = 0,
                      std::optional<std::size_t> count = std::nullopt) noexcept {
        return detail::trying<detail::sendfile_wait>(where_, file, offset, count);
    }

    // How the library makes streams.
    explicit stream(detail::endpoint* where) noexcept : socket_handle(where) {}
};

}  // namespace priz::io
