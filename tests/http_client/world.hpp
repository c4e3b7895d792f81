// world.hpp: a client, and servers in memory that a test writes down.
//
//     world w([](const seen& it) { return scripted{ok("hello")}; });
//     w.run([](http::client& c) -> io::task<> { … co_await c.get("http://a.test/") … });
//     w.requests   what the servers were sent, word for word
//     w.dialled    whom the client connected to
//
// Time is virtual. The servers read requests with priz's own parser, and answer with bytes as the
// test gives them.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "priz/http.hpp"
#include "priz/io.hpp"
#include "priz/testing/memory_stream.hpp"
#include "priz/testing/run.hpp"
#include "priz/tls.hpp"

namespace priz::http {

struct seen {
    std::string request;  // head and content, chunks taken apart
    destination to;       // of the connection
    std::size_t connection = 0;
    std::size_t number = 0;  // of requests on this connection before it

    std::string line() const { return request.substr(0, request.find("\r\n")); }
    bool says(std::string_view text) const { return request.find(text) != std::string::npos; }
};

struct scripted {
    std::string bytes;
    bool closes = false;    // afterwards
    bool hangs = false;     // afterwards: neither reads nor closes
    duration pause = 0;     // before
    std::string then = {};  // sent after the request that follows has not come: at once, by itself
};

inline std::string ok(const std::string& content, const std::string& fields = {}) {
    return "HTTP/1.1 200 OK\r\n" + fields + "Content-Length: " + std::to_string(content.size()) +
           "\r\n\r\n" + content;
}

inline std::string to(int status, const std::string& location, const std::string& fields = {}) {
    return "HTTP/1.1 " + std::to_string(status) + " Moved\r\nLocation: " + location + "\r\n" +
           fields + "Content-Length: 0\r\n\r\n";
}

using script = std::function<scripted(const seen&)>;
// What is done to a connection before HTTP is spoken: TLS, a proxy's part.
using layer = std::function<io::task<io::stream>(io::stream, const destination&)>;

class world {
public:
    explicit world(script answers) : answers_(std::move(answers)) {}

    client_options options;
    layer below;
    testing::memory_options memory;
    std::vector<std::string> requests;
    std::vector<destination> dialled;
    std::size_t ended = 0;  // connections that the client has ended
    bool refuses = false;

    // Runs `body(client)` with the servers.
    template <class Body>
    void run(Body body) {
        testing::run(run_here(body));
    }
    template <class Body>
    io::task<> run_here(Body& body) {
        co_await io::with_scope([&](io::scope& group) -> io::task<> {
            options.connector = std::make_shared<network>(*this, group);
            {
                client c(options);
                co_await body(c);
            }
            options.connector = nullptr;
            group.cancel();
        });
    }

private:
    class network final : public connector {
    public:
        network(world& of, io::scope& group) : of_(of), group_(group) {}
        io::task<io::stream> connect(destination to) override {
            if (of_.refuses)
                failure(std::make_error_code(std::errc::connection_refused), "connect").raise();
            auto [near, far] = testing::memory_pair(of_.memory);
            group_.spawn(of_.serve_and_count(std::move(far), to, of_.dialled.size()));
            of_.dialled.push_back(std::move(to));
            co_return std::move(near);
        }

    private:
        world& of_;
        io::scope& group_;
    };

    io::task<> serve_and_count(io::stream s, destination to, std::size_t connection) {
        try {
            if (below) s = co_await below(std::move(s), to);
            co_await serve(s, std::move(to), connection);
        } catch (const priz::error&) {
            // The client has gone in the middle of something.
        }
        ++ended;
    }

    io::task<> serve(io::stream& s, destination to, std::size_t connection) {
        std::string buffer;
        for (std::size_t number = 0;; ++number) {
            auto request = co_await read_request(s, buffer);
            if (!request) co_return;
            requests.push_back(*request);
            const scripted answer = answers_({*std::move(request), to, connection, number});
            if (answer.pause > duration()) co_await io::sleep(answer.pause);
            if (!answer.bytes.empty()) co_await s.sendall(answer.bytes);
            if (answer.hangs) co_await io::sleep(1e6);
            if (!answer.then.empty()) {
                co_await testing::wait_all_tasks_blocked();
                co_await s.sendall(answer.then);
            }
            if (answer.closes) co_return;
        }
    }

    static io::task<std::optional<std::string>> read_request(io::stream& s, std::string& buffer) {
        std::vector<field_place> places(200);
        request_parser parser(places);
        for (progress how = parser.parse(buffer); how != progress::complete;) {
            const io::chunk piece = co_await s.recv();
            if (piece.empty()) co_return std::nullopt;
            buffer += piece.text();
            how = parser.parse(buffer);
            if (how == progress::failed) {
                ADD_FAILURE() << parser.error().message() << "\n" << buffer;
                co_return std::nullopt;
            }
        }
        std::string request = buffer.substr(0, parser.size());
        if (parser.expects_continue()) co_await s.sendall("HTTP/1.1 100 Continue\r\n\r\n");
        std::vector<field_place> trailers(20);
        body_decoder body(parser.framing(), trailers);
        buffer.erase(0, parser.size());
        for (;;) {
            const auto step = body.next(buffer);
            request += step.content;
            buffer.erase(0, step.consumed);
            if (step.how == decoded::complete) co_return request;
            if (step.how != decoded::more) continue;
            const io::chunk piece = co_await s.recv();
            if (piece.empty()) co_return std::nullopt;
            buffer += piece.text();
        }
    }

    script answers_;
};

// What a request fails with; no failure where it does not.
inline std::error_code cause_of(const result<response>& got) {
    return got ? std::error_code() : got.error().code();
}

}  // namespace priz::http
