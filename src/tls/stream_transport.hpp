// stream_transport.hpp: a stream that is encrypted, as its endpoint's transport.
//
// It owns the stream below and is its only user. When OpenSSL lacks bytes, or something is left to
// be sent, one of two waiters is put where a verb of the stream below would wait, and what is below
// reports to it as to any verb. So a message costs one receive or one send below, and no coroutine.
//
// Leaving. What could not be sent when the stream was closed (the rest of a record, the
// close_notify) is sent on by this object, which lives on without an endpoint until that is done,
// fails, or has taken too long. A server sends tickets when the handshake is over. Where a client
// closes without having read anything, they are still on their way, and would find a connection
// that is closed: it would be reset, and what the server has not received yet of the client's bytes
// would be lost. So this object ends the stream below, and waits for the server's end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "priz/io/detail/endpoint.hpp"
#include "priz/io/detail/timer.hpp"
#include "priz/io/detail/waiter.hpp"
#include "priz/io/stream.hpp"
#include "tls/session.hpp"

namespace priz::tls::detail {

class stream_transport final : public io::detail::transport, wire {
public:
    // How long what is left may take to be sent after the end of the stream.
    static constexpr std::int64_t farewell_ns = 30'000'000'000;
    // How long tickets may take that a server sends after the handshake.
    static constexpr std::int64_t tickets_ns = 2'000'000'000;

    // Errors: as session::make().
    static result<std::unique_ptr<stream_transport>> make(io::stream below,
                                                          std::shared_ptr<context_state> with,
                                                          session_options options,
                                                          const char* operation);

    ~stream_transport() override;

    io::stream& below() noexcept { return below_; }
    session& tls() noexcept { return *session_; }
    const session& tls() const noexcept { return *session_; }

    // The stream that it is the transport of, once the handshake is done; owns `made`.
    static io::stream open(std::unique_ptr<stream_transport> made);
    // Null for a stream of another kind.
    static const stream_transport* of(const io::stream& s) noexcept;

    std::ptrdiff_t recvmsg(io::detail::endpoint& e, ::msghdr& message, int flags) noexcept override;
    std::ptrdiff_t sendmsg(io::detail::endpoint& e, const ::msghdr& message,
                           int flags) noexcept override;
    int shutdown(io::detail::endpoint& e, int how) noexcept override;
    void close(io::detail::endpoint& e) noexcept override;
    int getname(io::detail::endpoint& e, bool peer, address& name) noexcept override;
    int getsockopt(io::detail::endpoint& e, int level, int option, void* value,
                   ::socklen_t& size) noexcept override;
    int setsockopt(io::detail::endpoint& e, int level, int option, const void* value,
                   ::socklen_t size) noexcept override;
    void explain(io::detail::endpoint& e, failure& why) noexcept override;

private:
    struct below_waiter : io::detail::waiter {
        below_waiter(const io::detail::waiter_kind& what, stream_transport& of) noexcept
            : waiter(what), whose(of) {}
        stream_transport& whose;
    };
    struct farewell_timer : io::detail::timer {
        explicit farewell_timer(stream_transport& of) noexcept : timer(on_farewell), whose(of) {}
        stream_transport& whose;
    };

    explicit stream_transport(io::stream below) noexcept;

    std::ptrdiff_t receive(void* target, std::size_t size) noexcept override;
    std::ptrdiff_t send(const void* source, std::size_t size) noexcept override;

    std::ptrdiff_t fill(::msghdr& message, bool looks_only) noexcept;
    std::ptrdiff_t take(const ::msghdr& message) noexcept;
    int error_below() noexcept;
    void wait_to_read() noexcept;
    void wait_to_write() noexcept;
    void watch(bool writing) noexcept;
    void report_later(int news) noexcept;
    bool has_unread() noexcept;
    void stop_waiting() noexcept;
    void reset_below() noexcept;
    void end() noexcept;
    void abandon() noexcept;
    void take_leave() noexcept;
    bool leave(std::int64_t limit_ns) noexcept;
    void wait_to_leave(bool writing) noexcept;
    void take_tickets() noexcept;

    static void on_readable(io::detail::waiter& w);
    static void on_writable(io::detail::waiter& w);
    static void on_loops_end(io::detail::waiter& w) noexcept;
    static void on_farewell(io::detail::timer& t) noexcept;
    static const io::detail::waiter_kind readable;
    static const io::detail::waiter_kind writable;
    static const io::detail::waiter_kind lasting;

    io::stream below_;
    io::detail::endpoint& beneath_;  // below_'s
    std::unique_ptr<session> session_;
    io::detail::endpoint* mine_ = nullptr;
    below_waiter reader_;
    below_waiter writer_;
    below_waiter leaver_;
    farewell_timer farewell_;
    int watch_error_ = 0;
    int error_before_goodbye_ = -1;  // SO_ERROR below; negative: not asked
    bool reading_is_held_ = false;   // until what is to be sent has become less
    bool write_wants_read_ = false;  // a write waits for the rest of a message of the protocol's
    bool is_shut_for_reading_ = false;
    bool resets_on_close_ = false;
    bool is_leaving_ = false;
};

}  // namespace priz::tls::detail
