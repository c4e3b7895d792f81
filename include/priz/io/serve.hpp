// priz/io/serve.hpp: a server, as one verb.
//
//     io::task<> echo(io::stream s) {
//         while (auto data = co_await s.recv()) co_await s.sendall(data);
//     }
//     int main() { io::run(io::serve("any:7000", echo)); }
//
// serve() accepts connections and runs a handler for each of them. It ends by a signal, by its
// server object, or by being cancelled, and never because of a connection: what a handler throws
// ends that connection, and what accept(2) meets (aborted connections, no more descriptors) is
// waited out.
//
// The end has two stages. The first SIGTERM or SIGINT drains: connections that have come by then
// are taken, nothing listens any more, handlers go on for as long as drain_timeout says. What is
// left after that time, or at a second signal, is cancelled. serve() returns when the last handler
// has ended.
//
// A connection costs a handler's frame and an endpoint of 64 bytes. Where a service manager started
// the program, it is told when the server is ready and when it stops (service_manager.hpp). A
// server can hand its listener over to its successor (handover.hpp).
//
// Belongs to its loop's thread; a loop in every thread: io::run(0, …) with reuse_port. Python:
// asyncio.start_server(), Server.serve_forever()
#pragma once

#include <signal.h>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

#include "priz/address.hpp"
#include "priz/address_like.hpp"
#include "priz/duration.hpp"
#include "priz/export.hpp"
#include "priz/io/cancel_scope.hpp"
#include "priz/io/listener.hpp"
#include "priz/io/signals.hpp"
#include "priz/io/stream.hpp"
#include "priz/io/task.hpp"
#include "priz/socket_object.hpp"

namespace priz::io {

class server;

// Counted since serve() began.
struct serve_statistics {
    std::uint64_t accepted = 0;
    std::uint64_t active = 0;     // handlers that run now
    std::uint64_t failed = 0;     // handlers that ended by an exception
    std::uint64_t cut = 0;        // handlers that the end of the server cancelled
    std::uint64_t held = 0;       // times that accepting stopped at connections_max
    std::uint64_t shortages = 0;  // times that descriptors or memory had run out
    std::uint64_t aborted = 0;    // connections that were gone before they were accepted
};

// Refers to a function that is told of an error: `[](const std::exception_ptr&) {…}` without
// captures, or any callable that has a name and outlives the server. It must not throw.
class error_observer {
public:
    error_observer() noexcept = default;
    error_observer(void (*told)(const std::exception_ptr&)) noexcept : function_(told) {}
    template <class F>
    requires std::invocable<F&, const std::exception_ptr&> &&
        (!std::convertible_to<F&, void (*)(const std::exception_ptr&)>)&&(
            !std::same_as<std::remove_const_t<F>, error_observer>)error_observer(F& told) noexcept
        : object_(std::addressof(told)),
          call_([](const void* object, const std::exception_ptr& why) {
              (*static_cast<F*>(const_cast<void*>(object)))(why);
          }) {}

    void operator()(const std::exception_ptr& why) const noexcept {
        if (call_ != nullptr) return call_(object_, why);
        if (function_ != nullptr) function_(why);
    }

private:
    const void* object_ = nullptr;
    void (*call_)(const void*, const std::exception_ptr&) = nullptr;
    void (*function_)(const std::exception_ptr&) = nullptr;
};

struct serve_options {
    // How many connections may wait for being accepted; none: 4096, or what the system allows.
    std::optional<int> backlog = std::nullopt;

    // Several loops or processes share the port (SO_REUSEPORT).
    bool reuse_port = false;

    // How many connections are served at a time; none: as many as come. Further ones wait in the
    // backlog.
    std::optional<std::size_t> connections_max = std::nullopt;

    // Small writes go out at once (TCP_NODELAY). Set on the listener, whose connections inherit it.
    bool nodelay = true;

    // How long handlers may go on when the server ends.
    duration drain_timeout = 30;

    // What ends the server; {}: nothing does.
    signal_list signals = {SIGTERM, SIGINT};

    // Told what a handler threw. Without it failures are counted, and that is all: a peer that
    // resets its connection is one of them.
    error_observer on_error = {};

    // Told what accept(2) says when descriptors or memory have run out: new connections wait until
    // it can be had again, and it is told each time that accepting is tried in vain.
    error_observer on_shortage = {};

    // To look at the server and to end it; outlives serve().
    server* control = nullptr;

    // Whether $NOTIFY_SOCKET is told of start and end.
    bool notify_service_manager = true;

    // The path of a Unix socket at which this server gives its listener to its successor, and took
    // it from its predecessor if there was one (handover.hpp). Only for a server that is told an
    // address, which counts where there is no predecessor. The text outlives serve().
    std::string_view handover = {};
};
// GCC before 14 destroys twice what is made in braces inside a co_await expression.
static_assert(std::is_trivially_copyable_v<serve_options>);

namespace detail {

class serving;

// A wait that ends when the server drains.
struct drain_link {
    drain_link* before = nullptr;
    drain_link* after = nullptr;
    cancel_scope* scope = nullptr;
};

}  // namespace detail

// A server as its program sees it. Give it to serve() in its options; it serves once.
class PRIZ_API server {
public:
    server() noexcept { waits_.before = waits_.after = &waits_; }
    server(const server&) = delete;
    server& operator=(const server&) = delete;
    ~server() = default;

    // As the first signal, and as the second. Before the server has begun they end it when it
    // begins. From another thread: loop_handle::post.
    void drain() noexcept;
    void cancel() noexcept;

    bool is_draining() const noexcept { return is_draining_; }
    const serve_statistics& statistics() const noexcept { return counts_; }

    // Where it listens; empty before and afterwards.
    const address& getsockname() const noexcept { return where_; }

    // Awaits `op` until the server drains, then goes on: with nothing, where `op` had a value to
    // give (std::optional), or with false. For connections that are idle:
    //
    //     while (auto request = co_await web.until_drain(read_request(s))) co_await answer(s, …);
    //
    // Errors:        what `op` throws.
    // Cancellation:  reaches `op`.
    // Python:        no equivalent
    template <awaitable Op>
    auto until_drain(Op&& op);

    // How until_drain() works.
    void link(detail::drain_link& wait) noexcept;

private:
    friend class detail::serving;

    serve_statistics counts_;
    address where_;
    bool is_draining_ = false;
    bool is_cancelled_ = false;
    detail::serving* running_ = nullptr;
    detail::drain_link waits_;
};

// Where a server listens: whatever listen() takes, kept until the server begins; or what listens
// already: a listener of this loop, or a socket, which the server's loop adopts.
class PRIZ_API serving_place {
public:
    serving_place(std::string_view text) : what_(std::string(text)) {}
    serving_place(const std::string& text) : what_(text) {}
    serving_place(const char* text) : what_(std::string(text)) {}
    serving_place(const address& exact) : what_(exact) {}
    serving_place(const host_port& pair);
    serving_place(listener listening) : what_(std::move(listening)) {}
    serving_place(socket listening) : what_(std::move(listening)) {}
    serving_place(serving_place&&) = default;
    serving_place& operator=(serving_place&&) = default;
    ~serving_place() = default;

    // Whether it is an address. Listens there, or takes what listens.
    bool is_address() const noexcept;
    listener take(const listen_options& options);

private:
    struct part {
        explicit part(const name_or_number& given);
        template <class As>
        As refer() const;

        name_or_number::form what;
        std::string text;
        std::int64_t number;
    };
    struct pair {
        part host;
        part service;
    };

    std::variant<std::string, address, pair, listener, socket> what_;
};

namespace detail {

template <class Op>
class [[nodiscard]] ending_with_drain : public enclosed<Op> {
public:
    using typename enclosed<Op>::value;
    using outcome = std::conditional_t<std::is_void_v<value>, bool, std::optional<value>>;

    template <class Given>
    ending_with_drain(Given&& op, server& whose)
        : enclosed<Op>(std::forward<Given>(op), {}, false), server_(&whose) {}
    // Before it is awaited.
    ending_with_drain(ending_with_drain&& other) noexcept
        : enclosed<Op>(std::move(other)), server_(other.server_) {}
    ending_with_drain& operator=(ending_with_drain&&) = delete;
    ~ending_with_drain() { unlink(); }

    bool await_ready() {
        link_.scope = &this->own_scope();
        server_->link(link_);
        return enclosed<Op>::await_ready();
    }
    outcome await_resume() {
        unlink();
        try {
            if constexpr (std::is_void_v<value>) {
                this->finish();
                return true;
            } else if constexpr (is_result<value>) {
                value given = this->finish();
                const bool is_cut = !given && given.error().code() == errc::cancelled &&
                                    this->own_scope().is_cancelled();
                // How much was transferred is told.
                if (is_cut && given.error().transferred() == 0) return outcome();
                return given;
            } else {
                return this->finish();
            }
        } catch (const cancelled&) {
            if (!this->own_scope().is_cancelled()) throw;
            return outcome();
        }
    }

private:
    void unlink() noexcept {
        if (link_.before == nullptr) return;
        link_.before->after = link_.after;
        link_.after->before = link_.before;
        link_.before = nullptr;
    }

    server* server_;
    drain_link link_;
};

// A handler, whatever its type: makes the task that serves a connection.
struct connection_handler {
    task<> (*serve)(void* handler, endpoint& connection);
    void* handler;
};

template <class Handler>
task<> serve_one(void* handler, endpoint& connection) {
    auto& serve = *static_cast<Handler*>(handler);
    stream s(&connection);
    if constexpr (std::invocable<Handler&, stream>)
        return serve(std::move(s));
    else
        return serve(std::move(s), connection.peer.recall());
}

PRIZ_API task<> serve_all(serving_place where, connection_handler handler, serve_options options);

}  // namespace detail

// What serves a connection: a function that takes a stream, or a stream and the peer's address
// (empty for families other than Internet's), and gives a task. It is kept as long as the server
// runs, so that a lambda that is a coroutine may have captures.
template <class Handler>
concept connection_handler = requires(Handler& serve, stream s) {
    { serve(std::move(s)) } -> std::same_as<task<>>;
}
|| requires(Handler& serve, stream s, address remote) {
    { serve(std::move(s), remote) } -> std::same_as<task<>>;
};

// Serves every connection that comes to `where` with `handler`, until it is told to end.
//
// Errors:        as listen(); what accept(2) says when the listener itself is no good; as
//                signal_set. Handlers that still run are cancelled then.
// Cancellation:  ends the server without draining it; reaches every handler. Returns when they have
//                ended.
// Concurrency:   any number of servers in a loop; each is told of the signals.
// Python:        asyncio.start_server(), Server.serve_forever(), Server.wait_closed()
template <connection_handler Handler>
task<> serve(serving_place where, Handler handler, serve_options options = {}) {
    co_await detail::serve_all(std::move(where), {detail::serve_one<Handler>, &handler}, options);
}

template <awaitable Op>
auto server::until_drain(Op&& op) {
    return detail::ending_with_drain<std::remove_cvref_t<Op>>(std::forward<Op>(op), *this);
}

}  // namespace priz::io
