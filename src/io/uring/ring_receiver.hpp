// ring_receiver.hpp: connections whose data the kernel brings, instead of telling that there is
// some.
//
// A connection in this mode has a receive armed that stays (multishot): what comes is written into
// a buffer of a ring that all connections share (buffer_ring.hpp), and announced by the completion.
// So a message costs no receive call of its own. The verbs are the same; they find the connection's
// transport here, and copy what has come. Sends go to the kernel as ever.
//
// Bounds. An armed receive has a credit: after so many bytes the kernel stops by itself, and is
// asked for more when the program has taken what is there. So a program that does not read is felt
// by its peer, as without this mode. The buffers are few, that they stay in the processor's cache:
// when all are in use receives end with -ENOBUFS. Who is told that, and who moves bulk data (more
// than half of a credit lies here untaken when it ends), goes back to being told of readiness, for
// good.
//
// What travels beside the bytes (time stamps, TCP_INQ) is not told by such a receive: who asks for
// it, by a socket option or by room for it in recvmsg(), goes back as well.
//
// Closing. A request that is pending holds the open file: it is cancelled before the descriptor is
// closed. Bytes that have been received here and not taken by the program make the close a reset,
// as unread bytes in the kernel do.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "io/uring/buffer_ring.hpp"
#include "priz/error.hpp"
#include "priz/io/detail/endpoint.hpp"

namespace priz::io::detail {

class uring_backend;
class ring_receiver;

// The transport of one such connection.
class ring_stream final : public transport {
public:
    std::ptrdiff_t recvmsg(endpoint& e, ::msghdr& message, int flags) noexcept override;
    std::ptrdiff_t sendmsg(endpoint& e, const ::msghdr& message, int flags) noexcept override;
    int shutdown(endpoint& e, int how) noexcept override;
    void close(endpoint& e) noexcept override;
    int bind(endpoint& e, const address& local) noexcept override;
    int listen(endpoint& e, int backlog) noexcept override;
    int connect(endpoint& e, const address& remote) noexcept override;
    int accept(endpoint& e, endpoint*& made, address& remote) noexcept override;
    int getname(endpoint& e, bool peer, address& name) noexcept override;
    int getsockopt(endpoint& e, int level, int option, void* value,
                   ::socklen_t& size) noexcept override;
    int setsockopt(endpoint& e, int level, int option, const void* value,
                   ::socklen_t size) noexcept override;

private:
    friend class ring_receiver;

    void begin_to_leave(endpoint& e) noexcept;
    bool keep(uring::buffer_ring::lease&& bytes) noexcept;
    std::size_t take(::msghdr& message, int flags) noexcept;
    std::size_t untaken() const noexcept;

    ring_receiver* home_ = nullptr;
    std::vector<uring::buffer_ring::lease> here_;  // from first_ on, oldest first
    std::size_t first_ = 0;
    std::size_t offset_ = 0;  // taken of the first one
    int error_ = 0;           // what the kernel's last receive ended with
    bool is_armed_ = false;
    bool is_leaving_ = false;  // goes back to readiness when what is here has been taken
};

class ring_receiver {
public:
    // Of what one connection may have received and not taken.
    static constexpr std::uint32_t credit = 64 * 1024;

    static result<std::unique_ptr<ring_receiver>> make(uring_backend& kernel, uring::ring& ring);
    ring_receiver(uring_backend& kernel, uring::ring& ring,
                  std::unique_ptr<uring::buffer_ring> buffers) noexcept
        : kernel_(kernel), ring_(ring), buffers_(std::move(buffers)) {}

    // The connection's data is brought from now on. False when memory has run out.
    bool adopt(endpoint& e) noexcept;

    // A completion of the receive.
    void take(endpoint& e, ::io_uring_cqe& completion) noexcept;

    // The connection was closed and no report is due.
    void free(endpoint& e) noexcept;

    static ring_stream& stream_of(endpoint& e) noexcept {
        return static_cast<ring_stream&>(*e.via);
    }

private:
    friend class ring_stream;

    void arm(endpoint& e) noexcept;
    void leave(endpoint& e) noexcept;
    void cancel(endpoint& e) noexcept;
    int news_of(endpoint& e, const ::io_uring_cqe& done,
                uring::buffer_ring::lease&& bytes) noexcept;
    bool has_bytes_due(const endpoint& e) const noexcept;
    int outcome_of_cancellation(const endpoint& e) const noexcept;

    uring_backend& kernel_;
    uring::ring& ring_;
    std::unique_ptr<uring::buffer_ring> buffers_;
    std::deque<ring_stream> streams_;  // all that there ever were
    std::vector<ring_stream*> free_;
};

}  // namespace priz::io::detail
