// priz/http/websocket.hpp: WebSocket: messages in both directions over one connection (RFC 6455).
//
//     web.get("/echo", http::websockets([](http::websocket& ws) -> io::task<> {
//         while (auto m = co_await ws.recv()) co_await ws.send(*m);
//     }));
//
//     auto ws = co_await http::connect_websocket("wss://example.org/echo");
//     co_await ws.send("hello");
//     auto answer = co_await ws.recv();
//
// A message is whole, text or binary; text is UTF-8, in both directions. Pings are answered while
// recv() is awaited. The end is told by both sides: recv() gives nothing once the peer has closed,
// and close() closes and waits for the peer's word. Destroying a websocket closes the connection
// without a word.
//
// A websocket belongs to its loop's thread; one recv() and any number of sends may be pending
// together. It goes over any io::stream. Messages are sent as one frame. Elsewhere: servers
// (server.hpp). Python: the package websockets
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "priz/bytes.hpp"
#include "priz/duration.hpp"
#include "priz/error.hpp"
#include "priz/export.hpp"
#include "priz/http/headers.hpp"
#include "priz/http/reply.hpp"
#include "priz/http/request.hpp"
#include "priz/io/stream.hpp"
#include "priz/io/task.hpp"
#include "priz/tls/context.hpp"

namespace priz::http {

// Of what a peer sends in one message: bytes, when it is decompressed, and frames.
struct websocket_limits {
    std::uint64_t message = std::uint64_t{16} * 1024 * 1024;
    std::uint64_t fragments = 1024;
};

struct websocket_options {
    websocket_limits limits = {};

    // The protocols that are spoken here, the one that is liked best first; empty: none is asked
    // for, and none is agreed on.
    std::vector<std::string> protocols = {};

    // Whether messages may be compressed (permessage-deflate, RFC 7692). It costs some 300 KiB a
    // connection, and secrets beside what an attacker can choose are found out by their length.
    bool compression = false;

    // How long the peer may take nothing of what it is sent, and how long close() may take.
    duration write_time = 30;
    duration close_time = 10;

    // How long recv() waits for a sign of life: it asks for one by a ping when half of that time
    // has passed, and fails with timeout at its end. None: for ever.
    std::optional<duration> idle_time = 60.0;

    // A server's: which pages of other origins may connect, such as "https://example.org"; "*":
    // all. Browsers let every page connect to every server and say in Origin whose it is: who is
    // neither of the server's own host nor named here is refused with 403. Programs send no Origin.
    std::vector<std::string> origins = {};

    // A client's: further fields of its request, whom to trust, and how long name, connection, TLS
    // and handshake may take together.
    headers fields = {};
    tls::context context = tls::context::client();
    duration connect_time = 30;
};

struct websocket_message {
    std::string data;
    bool is_text = true;

    const std::string& text() const noexcept { return data; }
};

namespace detail {
class websocket_state;
}

class PRIZ_API websocket {
public:
    // None: every verb fails with EBADF.
    websocket() noexcept;
    websocket(websocket&&) noexcept;
    websocket& operator=(websocket&&) noexcept;
    ~websocket();

    explicit operator bool() const noexcept { return state_ != nullptr; }

    // Waits for the next message; nothing when the peer has closed, and again after that. Pings
    // that come meanwhile are answered.
    //
    // Errors:        timeout after idle_time; protocol_error when the peer breaks the protocol or a
    // limit: it was told so,
    //                and it is the end; end_of_stream when the connection ends without having been
    //                closed; what the connection fails with.
    // Cancellation:  safe: what had come of a message is kept. An answer to a ping or to a close
    //                that has to be sent goes first, for write_time at most.
    // Concurrency:   one recv() at a time: a second one fails with EBUSY.
    // Python:        Connection.recv()
    io::task<std::optional<websocket_message>> recv();

    // Sends a message; done when the connection has taken it. What is sent at the same time goes
    // one after the other, in the order of the calls.
    //
    // Errors:        broken_pipe after close(), or when the peer has closed; value_error for text
    //                that is not UTF-8; timeout when the peer takes nothing for write_time, which
    //                is the end; what the connection fails with.
    // Cancellation:  the message may have been sent in part: the connection is closed then.
    // Concurrency:   any number.
    // Python:        Connection.send()
    io::task<> send(std::string text);
    io::task<> send_bytes(std::string data);
    io::task<> send(const websocket_message& message);
#if defined(__GNUC__) && !defined(__clang__) && __GNUC__ < 14
    // This compiler destroys twice what is made in braces inside a co_await expression. Give it a
    // name.
    io::task<> send(websocket_message&& message) = delete;
#endif

    // Asks the peer for a sign of life; recv() sees to the answer. At most 125 bytes.
    //
    // Errors:        as send; value_error for more.
    // Python:        Connection.ping()
    io::task<> ping(std::string content = {});

    // Tells the peer the end and waits for its word, and for the connection's end, for close_time:
    // messages that come meanwhile are dropped. A `code` is 1000 (the work is done), 1001 (going
    // away), 1008 (a policy), 1011 (an unexpected condition), or 3000 to 4999 (the program's own);
    // the reason has at most 123 bytes.
    //
    // Errors:        value_error for a code or a reason that cannot be sent. What the connection
    //                fails with is dropped: it is the end.
    // Cancellation:  closes the connection.
    // Concurrency:   counts as a recv() and a send.
    // Python:        Connection.close()
    io::task<> close(int code = 1000, std::string reason = {});

    // What the peer has closed with: 1005 where it gave no code, 1006 where it has not closed.
    // Python: Connection.close_code, close_reason
    int close_code() const noexcept;
    const std::string& close_reason() const noexcept;

    // That both speak; empty: none.
    const std::string& protocol() const noexcept;

    // How the library makes it.
    explicit websocket(std::unique_ptr<detail::websocket_state> state) noexcept;

private:
    std::unique_ptr<detail::websocket_state> state_;
};

// A websocket of a connection whose handshake was made elsewhere; `received` is what came behind
// it. `options` count but for what belongs to the handshake.
//
// Errors: value_error for an empty stream.
PRIZ_API websocket wrap_websocket(io::stream connection, bool is_server, std::string received = {},
                                  const websocket_options& options = {});

// Connects to a "ws:" or "wss:" URL.
//
// Errors:        as io::connect() and tls::connect(); timeout after connect_time; protocol_error
//                when the server's answer is none that a WebSocket begins with, with its status in
//                the hint; those of parse_url().
// Cancellation:  closes the connection.
// Concurrency:   any number of tasks may connect.
// Python:        websockets.connect()
PRIZ_API io::task<websocket> connect_websocket(std::string url);
PRIZ_API io::task<websocket> connect_websocket(std::string url, const websocket_options& options);

// The same over a connection that is there. For a "wss:" URL it is made one of TLS first; over one
// that is encrypted already, say "ws:".
PRIZ_API io::task<websocket> connect_websocket_over(io::stream connection, std::string url);
PRIZ_API io::task<websocket> connect_websocket_over(io::stream connection, std::string url,
                                                    const websocket_options& options);

#if defined(__GNUC__) && !defined(__clang__) && __GNUC__ < 14
// This compiler destroys options in braces twice where they stand in a co_await expression. Give
// them a name.
io::task<websocket> connect_websocket(std::string, websocket_options&&) = delete;
io::task<websocket> connect_websocket_over(io::stream, std::string, websocket_options&&) = delete;
#endif

namespace detail {

struct deflate_terms;

// The answer to a request for a WebSocket, and what was agreed on.
struct PRIZ_API websocket_agreement {
    std::optional<reply> refusal;  // and then nothing else
    headers answer;
    std::string protocol;
    std::shared_ptr<const deflate_terms> compression;  // null: none
    io::server* accepts = nullptr;                     // null: nothing tells of a drain
};
PRIZ_API websocket_agreement agree_on_websocket(const request& r, const websocket_options& options);
PRIZ_API websocket make_websocket(io::stream connection, bool is_server, std::string received,
                                  const websocket_options& options,
                                  const websocket_agreement& agreed);

// Ends a websocket whose program has ended.
PRIZ_API io::task<> end_websocket(websocket& ws, std::exception_ptr why);

template <class F>
concept talks = requires(F& f, websocket& ws) {
    { f(ws) } -> std::same_as<io::task<>>;
};

template <class Kept>
io::task<> talk_to_the_end(std::shared_ptr<Kept> kept, websocket ws) {
    std::exception_ptr why;
    try {
        co_await kept->talk(ws);
    } catch (const cancelled&) {
        throw;
    } catch (...) {
        why = std::current_exception();
    }
    co_await end_websocket(ws, why);
}

}  // namespace detail

// A handler (handler.hpp) that answers requests for a WebSocket, and runs `talk`, a coroutine, for
// each. When it returns, the websocket is closed with 1000; when it throws, with 1011. When the
// server drains, the peer is told 1001 by the recv() that is pending, or the next one: what it
// sends until it has closed too is received for close_time, and a send() fails as after close().
// Other requests are answered with 400, 403 or 426.
template <detail::talks F>
auto websockets(F talk, websocket_options options = {}) {
    struct shared {
        F talk;
        websocket_options options;
    };
    auto kept = std::make_shared<shared>(shared{std::move(talk), std::move(options)});
    return [kept](request& r) -> reply {
        auto agreed = std::make_shared<detail::websocket_agreement>(
            detail::agree_on_websocket(r, kept->options));
        if (agreed->refusal) return *std::move(agreed->refusal);
        return reply::upgrade(agreed->answer, [kept, agreed](io::stream s, std::string received) {
            return detail::talk_to_the_end(
                kept, detail::make_websocket(std::move(s), true, std::move(received), kept->options,
                                             *agreed));
        });
    };
}

}  // namespace priz::http
