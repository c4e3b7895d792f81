// Tests the handlers of a web server without a network and without waiting.
//
// It prints:
//     200 Hello, Ada
//     404 Not Found
//     timed out, after 5 s
#include <priz/http/client.hpp>
#include <priz/http/server.hpp>
#include <priz/io/scope.hpp>
#include <priz/io/sleep.hpp>
#include <priz/testing/memory_stream.hpp>
#include <priz/testing/run.hpp>

#include <iostream>
#include <memory>
#include <string>
#include <utility>

namespace http = priz::http;
namespace io = priz::io;

struct in_memory : http::connector {
    in_memory(http::server& served, io::scope& tasks) : web(served), group(tasks) {}

    io::task<io::stream> connect(http::destination) override {
        auto [client, server] = priz::testing::memory_pair();
        group.spawn(web.serve_stream(std::move(server)));
        co_return std::move(client);
    }

    http::server& web;
    io::scope& group;
};

io::task<> ask(http::server& web, io::scope& group) {
    http::client c({.connector = std::make_shared<in_memory>(web, group)});
    for (const char* path : {"/greet/Ada", "/absent"}) {
        const auto answer = co_await c.get(std::string("http://localhost") + path);
        std::cout << answer.status << ' ' << answer.text() << '\n';
    }
    const http::request_options soon{.timeout = 5};
    const auto none = co_await c.try_request("GET", "http://localhost/slow", soon);
    if (!none)
        std::cout << none.error().code().message() << ", after " << priz::testing::now().seconds()
                  << " s\n";
}

io::task<> slow() { co_await io::sleep(3600); }

int main() {
    http::server web;
    web.get("/greet/{name}", [](http::request& r) { return "Hello, " + r.parameter("name"); });
    web.get("/slow", slow);
    priz::testing::run(io::with_scope([&](io::scope& group) { return ask(web, group); }));
}
