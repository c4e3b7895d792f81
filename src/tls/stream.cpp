#include "priz/tls/stream.hpp"

#include <cerrno>
#include <memory>
#include <new>
#include <utility>

#include "io/socket_calls.hpp"
#include "io/told.hpp"
#include "priz/io/cancel_scope.hpp"
#include "tls/causes.hpp"
#include "tls/stream_transport.hpp"

namespace priz::tls {

using detail::session_options;
using detail::stream_transport;

namespace {

using made_or_failure = result<std::unique_ptr<stream_transport>>;

constexpr const char* op = "handshake";

std::unexpected<failure> failed(stream_transport& on, int error) {
    failure why = io::detail::failure_of(on.below().native_endpoint(), error, op);
    on.tls().explain(why);
    return std::unexpected(std::move(why));
}

// What has to be sent goes first: the peer waits for it.
io::task<result<void>> shake_hands(stream_transport& on) {
    for (;;) {
        const int outcome = on.tls().handshake();
        if (outcome == 0) co_return result<void>();
        if (outcome != -EAGAIN) co_return failed(on, -outcome);
        const int flushed = on.tls().flush();
        if (flushed != 0 && flushed != -EAGAIN) co_return failed(on, -flushed);
        result<void> ready;
        if (flushed == -EAGAIN)
            ready = co_await on.below().try_wait_writable();
        else
            ready = co_await on.below().try_wait_readable();
        if (!ready) co_return std::unexpected(ready.error().with_operation(op));
    }
}

io::task<result<io::stream>> secure(made_or_failure made, std::optional<duration> limit) {
    if (!made) co_return std::unexpected(made.error());
    std::unique_ptr<stream_transport> over = *std::move(made);
    result<void> done;
    try {
        if (limit)
            done = co_await io::fail_after(*limit, shake_hands(*over));
        else
            done = co_await shake_hands(*over);
        if (!done) co_return std::unexpected(done.error());
        co_return stream_transport::open(std::move(over));
    } catch (...) {
        co_return std::unexpected(io::detail::failure_told(op));
    }
}

made_or_failure make(io::stream connection, const context& with, session_options options,
                     const char* operation) {
    return stream_transport::make(std::move(connection), with.native_state(), std::move(options),
                                  operation);
}

io::task<io::stream> or_throw(io::task<result<io::stream>> making) {
    auto made = co_await std::move(making);
    if (!made) made.error().raise();
    co_return *std::move(made);
}

io::task<result<io::stream>> connect_with(io::task<result<io::stream>> connecting, context with,
                                          std::string server_name, std::optional<duration> limit) {
    auto connection = co_await std::move(connecting);
    if (!connection) co_return std::unexpected(connection.error());
    auto made =
        make(*std::move(connection), with, {.server_name = std::move(server_name)}, "connect");
    co_return co_await secure(std::move(made), limit);
}

}  // namespace

io::task<result<io::stream>> try_connect_over(io::stream connection, context with,
                                              std::string server_name, over_options options) {
    return secure(
        make(std::move(connection), with, {.server_name = std::move(server_name)}, "connect_over"),
        options.handshake_limit);
}

io::task<io::stream> connect_over(io::stream connection, context with, std::string server_name,
                                  over_options options) {
    return or_throw(
        try_connect_over(std::move(connection), std::move(with), std::move(server_name), options));
}

io::task<result<io::stream>> try_accept_over(io::stream connection, context with,
                                             over_options options) {
    return secure(make(std::move(connection), with, {.is_server = true}, "accept_over"),
                  options.handshake_limit);
}

io::task<io::stream> accept_over(io::stream connection, context with, over_options options) {
    return or_throw(try_accept_over(std::move(connection), std::move(with), options));
}

io::task<result<io::stream>> try_connect(const host& name, const service& port, context with,
                                         const connect_options& options) {
    std::string server_name = options.server_name;
    if (server_name.empty() && name.what() == host::form::text) server_name = name.text();
    return connect_with(io::try_connect(name, port, options.connection), std::move(with),
                        std::move(server_name), options.handshake_limit);
}

io::task<io::stream> connect(const host& name, const service& port, context with,
                             const connect_options& options) {
    return or_throw(try_connect(name, port, std::move(with), options));
}

io::task<result<io::stream>> try_connect(const host& name, const service& port, context with) {
    return try_connect(name, port, std::move(with), connect_options());
}

io::task<io::stream> connect(const host& name, const service& port, context with) {
    return connect(name, port, std::move(with), connect_options());
}

result<connection_info> try_info_of(const io::stream& secured) noexcept try {
    const stream_transport* const over = stream_transport::of(secured);
    if (over == nullptr) return detail::wrong("info_of", "it is no stream of TLS");
    return over->tls().info();
} catch (const std::bad_alloc&) {
    return detail::no_memory("info_of");
}

connection_info info_of(const io::stream& secured) { return value_or_throw(try_info_of(secured)); }

}  // namespace priz::tls
