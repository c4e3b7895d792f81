// priz/http/server.hpp: a web server.
//
//     int main() {
//         priz::http::server web;
//         web.get("/", [] { return "Hello, World!"; });
//         web.get("/greet/{name}",
//                 [](priz::http::request& r) { return "Hello, " + r.parameter("name"); });
//         web.run("localhost:8080");
//     }
//
// run() serves until SIGTERM or Ctrl-C, lets the requests that are under way be answered, and
// returns. serve() does the same inside a program that has a loop, and serve_stream() serves one
// connection, whatever it is: a pair in memory, a simulated one, one that came by a listener of the
// program's own.
//
// What a server does by itself: HTTP/1.1 and 1.0 with keep-alive and pipelining; HTTP/2 for clients
// that ask for it, with TLS or without; HEAD for every GET; OPTIONS, and 405 with Allow, for every
// route; Date; 100 (Continue) when a handler reads. What a client can make long, large or slow has
// a limit (server_options). A request that has no one reading is answered with 400 and ends the
// connection, or its stream. A handler that throws is answered with 500, or with the status of a
// status_error.
//
// A server is filled with routes first and runs then; it may run in several threads. Elsewhere:
// handlers (handler.hpp), what they see and give (request.hpp, reply.hpp), who is told what happens
// (server_observer.hpp, metrics.hpp). Python: http.server, aiohttp.web, flask.Flask
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "priz/duration.hpp"
#include "priz/export.hpp"
#include "priz/http/handler.hpp"
#include "priz/http/limits.hpp"
#include "priz/http/server_observer.hpp"
#include "priz/http/trusted_proxies.hpp"
#include "priz/io/serve.hpp"
#include "priz/io/stream.hpp"
#include "priz/io/task.hpp"
#include "priz/tls/context.hpp"

namespace priz::http {

struct server_options {
    // Of each message.
    http::limits limits = {};

    // How long the head of a request may take, from its first byte, or from the beginning of the
    // connection; then it is answered with 408.
    duration header_time = 10;
    // How long a connection may wait for its next request.
    duration idle_time = 60;
    // How long a handler waits for the next piece of content, and for a client to take what it is
    // sent.
    duration read_time = 30;
    duration write_time = 30;

    // How slowly content may come while a handler waits for it: bytes a second, 0: as it likes. A
    // client may fall behind that rate by content_grace, and is answered with 408 then; bytes that
    // came faster earlier do not count beyond the grace. Without it a byte now and then would keep
    // a connection for ever. Source: Apache's mod_reqtimeout, which has the same rate.
    std::uint64_t content_rate_min = 500;
    duration content_grace = 30;

    // Under which hosts the server may be asked for, without ports, such as "example.org"; "*":
    // all. Empty: all, but where a connection comes to a loopback address, where only names of this
    // machine are taken (localhost, names below it, 127.0.0.1, [::1]): a page of somebody else's
    // whose name they had resolved to this machine could otherwise talk to a server that is meant
    // for it alone (DNS rebinding). Another host is answered with 421. A proxy on this machine that
    // passes its clients' Host on needs them named here.
    std::vector<std::string> hosts = {};

    // Who stands before this server and tells whose the requests are.
    trusted_proxies proxies = {};

    // How many requests a connection may bring; none: as many as come.
    std::optional<std::uint64_t> requests_max = std::nullopt;

    // Whether HTTP/2 is spoken with clients that ask for it: in the handshake of TLS (ALPN), or by
    // beginning with its preface where there is none. Another way, `Upgrade: h2c`, was given up
    // (RFC 9113, 3.1).
    bool http2 = true;
    // Of HTTP/2: how many requests of a connection may be under way at a time. Further ones are
    // refused as not having been looked at, so that the client may send them again.
    std::uint32_t streams_max = 100;

    // The field Server; empty: none.
    std::string name = {};

    // Every connection is TLS, with this context, which is a server's. Where no application
    // protocols were set for it, they are set to HTTP/1.1 and, with `http2`, to HTTP/2.
    std::optional<tls::context> tls = std::nullopt;

    // Of run(): how many threads, each with a loop of its own; 0: one a core. They share a port by
    // its number: 0 would be another one in each.
    unsigned threads = 1;

    // Where and how connections are accepted, and how it ends (priz/io/serve.hpp).
    io::serve_options serving = {};

    // Told what happens; outlives the server.
    server_observer* observer = nullptr;
};

// Counted since the server was made, over all its connections.
struct server_statistics {
    std::uint64_t requests = 0;  // that a reply was made for
    std::uint64_t refused = 0;   // heads that were no request, and answered with 4xx or 5xx
    std::uint64_t late = 0;      // connections that ended because a time was up
    std::uint64_t failed = 0;    // handlers that threw, but for status_error
};

namespace detail {
class server_state;
}

class PRIZ_API server {
public:
    // Errors: value_error for a time that is negative or not a number, for a network that is none,
    // and for a way to be told the client where nobody is trusted.
    server();
    explicit server(server_options options);
    server(server&&) noexcept;
    server& operator=(server&&) noexcept;
    ~server();

    // Answers requests of that method to that path with `does`. A path begins with a solidus; a
    // segment may be {name}, which stands for any one segment, and the last one {name...}, which
    // stands for all that is left, also for nothing. Where several patterns match, a segment in
    // letters wins over a parameter, and a parameter over {name...}. Not while the server runs.
    //
    // Errors: value_error for a pattern that is none, or that has a handler for this method.
    // Python: app.router.add_route(), @app.route()
    template <handler F>
    server& route(std::string_view method, std::string_view pattern, F does) {
        add(method, pattern, detail::make_handler(std::move(does)));
        return *this;
    }
    template <handler F>
    server& get(std::string_view pattern, F does) {
        return route("GET", pattern, std::move(does));
    }
    template <handler F>
    server& post(std::string_view pattern, F does) {
        return route("POST", pattern, std::move(does));
    }
    template <handler F>
    server& put(std::string_view pattern, F does) {
        return route("PUT", pattern, std::move(does));
    }
    template <handler F>
    server& patch(std::string_view pattern, F does) {
        return route("PATCH", pattern, std::move(does));
    }
    // The verb is a word of C++'s.
    template <handler F>
    server& delete_(std::string_view pattern, F does) {
        return route("DELETE", pattern, std::move(does));
    }
    // Whatever the method is, where the path has no handler for it.
    template <handler F>
    server& any(std::string_view pattern, F does) {
        return route("", pattern, std::move(does));
    }

    // Serves in this thread, and in others where options say so, until a signal of
    // server_options::serving has come and the last connection has ended.
    //
    // Errors: as io::serve().
    // Python: HTTPServer.serve_forever(), aiohttp.web.run_app()
    void run(const std::string& where);

    // The same on the running loop. The server outlives the await.
    //
    // Errors:        as io::serve().
    // Cancellation:  ends every connection.
    // Concurrency:   any number, on any loops.
    // Python:        aiohttp.web.TCPSite.start()
    io::task<> serve(io::serving_place where);

    // Serves one connection to its end; `of` is the server that accepted it, which then tells it
    // to drain. The server outlives the await.
    //
    // Errors:        none of the connection's: it ends.
    // Cancellation:  ends the connection.
    // Concurrency:   any number, on any loops.
    // Python:        no equivalent
    io::task<> serve_stream(io::stream connection, io::server* of = nullptr);

    const server_options& options() const noexcept;
    server_statistics statistics() const noexcept;

private:
    void add(std::string_view method, std::string_view pattern,
             std::unique_ptr<detail::any_handler> does);

    std::unique_ptr<detail::server_state> state_;
};

}  // namespace priz::http
