// priz/io/detail/endpoint.hpp: a descriptor as its loop knows it.
//
// An endpoint says who waits for the descriptor, and what is known of its readiness. A verb asks
// may_read or may_write, makes its call at once, and waits when the call would block; readiness
// that the backend reports is remembered in the endpoint, so that none is lost. All of it is 64
// bytes, from the loop's own store, where it stays readable until no report about it can come any
// more.
#pragma once

#include <sys/socket.h>

#include <cstddef>
#include <cstdint>

#include "priz/address.hpp"
#include "priz/error.hpp"
#include "priz/export.hpp"
#include "priz/io/detail/waiter.hpp"

namespace priz::io {

class chunk;

namespace detail {

struct block;
struct endpoint;
struct loop_core;

// What an endpoint does where it is not a kernel's socket: a simulated one, the end of a memory
// pair, a layer over another stream. Each call has its system call's meaning, never waits, and
// returns a negative errno where that has -1; EAGAIN means: wait for readiness.
class PRIZ_API transport {
public:
    virtual ~transport() = default;

    virtual std::ptrdiff_t recvmsg(endpoint& e, ::msghdr& message, int flags) noexcept = 0;
    virtual std::ptrdiff_t sendmsg(endpoint& e, const ::msghdr& message, int flags) noexcept = 0;
    virtual int shutdown(endpoint& e, int how) noexcept = 0;
    // The last call: the endpoint is gone for this transport, which may be destroyed by it.
    virtual void close(endpoint& e) noexcept = 0;

    virtual int bind(endpoint& e, const address& local) noexcept;
    virtual int listen(endpoint& e, int backlog) noexcept;
    virtual int connect(endpoint& e, const address& remote) noexcept;
    // The new connection's endpoint in `made`.
    virtual int accept(endpoint& e, endpoint*& made, address& remote) noexcept;
    virtual int getname(endpoint& e, bool peer, address& name) noexcept;
    virtual int getsockopt(endpoint& e, int level, int option, void* value,
                           ::socklen_t& size) noexcept;
    virtual int setsockopt(endpoint& e, int level, int option, const void* value,
                           ::socklen_t size) noexcept;

    // What it knows of a failure that one of its calls has just given the number of: a cause and a
    // hint that say more.
    virtual void explain(endpoint& e, failure& why) noexcept;
};

// The peer of an Internet connection, kept for messages: after a reset the kernel no longer tells.
struct PRIZ_API compact_peer {
    unsigned char host[16];
    std::uint32_t scope;
    std::uint16_t port;
    std::uint8_t family;  // 0: not known

    void remember(const address& peer) noexcept;
    address recall() const noexcept;
};

struct endpoint {
    // may_read and may_write have the values of POLLIN and POLLOUT, so that a report is a mask.
    enum flag : std::uint16_t {
        may_read = 1,        // not known to be empty
        short_is_empty = 2,  // a receive that filled less than its room has emptied it: TCP
        may_write = 4,       // not known to be full
        has_ended = 8,       // an end or an error was reported: never again wait without asking
        closed = 16,
        has_transport = 32,  // not a socket of the kernel's: calls go to `via`
        watched_in = 64,     // the backend reports readiness for reading
        watched_out = 128,   // likewise for writing
        has_writer = 256,    // `writer` waits
        news_in = 512,       // loop_core::report_later
        news_out = 1024,
        news_end = 2048,
        stays_polled = 4096,  // not for uring/ring_receiver.hpp any more
    };

    loop_core* loop;
    transport* via;  // null: the kernel. Without has_transport: what receives ahead for it
    waiter* reader;
    waiter* writer;
    int fd;
    std::uint16_t flags;
    std::uint16_t reports_due;  // requests of the backend that have not ended
    compact_peer peer;

    bool has(flag f) const noexcept { return (flags & f) != 0; }
    void set(flag f) noexcept { flags = static_cast<std::uint16_t>(flags | f); }
    void unset(flag f) noexcept { flags = static_cast<std::uint16_t>(flags & ~f); }

    void set_writer(waiter& w) noexcept {
        writer = &w;
        set(has_writer);
    }
    void drop_writer() noexcept {
        writer = nullptr;
        unset(has_writer);
    }
};
static_assert(sizeof(endpoint) == 64);

}  // namespace detail
}  // namespace priz::io
