// What websockets hear of a server that drains, in virtual time.
#include <gmock/gmock.h>

#include <string>
#include <utility>

#include "priz/http/server.hpp"
#include "priz/http/websocket.hpp"
#include "priz/io/serve.hpp"
#include "priz/io/sleep.hpp"
#include "priz/io/when.hpp"
#include "priz/testing/memory_stream.hpp"
#include "priz/testing/run.hpp"

namespace priz::http {
namespace {

using testing::memory_pair;
using testing::now;

io::task<> echo_until_end(websocket& ws) {
    while (auto m = co_await ws.recv()) co_await ws.send(*m);
}

io::task<> serve_to_end(server& web, io::stream s, io::server& of, double& ended) {
    co_await web.serve_stream(std::move(s), &of);
    ended = now().seconds();
}

io::task<> drain_at(double when, io::server& which) {
    co_await io::sleep(when);
    which.drain();
}

TEST(websocket_drain, the_peer_is_told_1001_and_both_end_at_once) {
    server web;
    web.get("/", websockets(echo_until_end));
    double ended = 0;
    testing::run([](server& asked, double& when) -> io::task<> {
        io::server accepting;
        auto [near, far] = memory_pair();
        auto talk = [](io::stream s) -> io::task<> {
            auto ws = co_await connect_websocket_over(std::move(s), "ws://localhost/");
            co_await ws.send("before");
            const auto back = co_await ws.recv();
            EXPECT_TRUE(back && back->text() == "before");
            const auto none = co_await ws.recv();
            EXPECT_FALSE(none);
            EXPECT_EQ(now(), 3);
            EXPECT_EQ(ws.close_code(), 1001);
        };
        auto talking = talk(std::move(near));
        auto serving = serve_to_end(asked, std::move(far), accepting, when);
        auto draining = drain_at(3, accepting);
        co_await io::when_all(std::move(talking), std::move(serving), std::move(draining));
    }(web, ended));
    EXPECT_EQ(ended, 3);
    EXPECT_EQ(web.statistics().failed, 0U);
}

TEST(websocket_drain, a_peer_that_does_not_close_has_close_time) {
    server web;
    web.get("/", websockets(echo_until_end));
    double ended = 0;
    testing::run([](server& asked, double& when) -> io::task<> {
        io::server accepting;
        auto [near, far] = memory_pair();
        auto keep_silent = [](io::stream s) -> io::task<> {
            co_await s.sendall(
                "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
            std::string got;
            while (const auto data = co_await s.recv()) got += data.text();
            EXPECT_THAT(got, ::testing::EndsWith("\r\n\r\n\x88\x02\x03\xe9"));
            EXPECT_EQ(now(), 13);
        };
        auto silent = keep_silent(std::move(near));
        auto serving = serve_to_end(asked, std::move(far), accepting, when);
        auto draining = drain_at(3, accepting);
        co_await io::when_all(std::move(silent), std::move(serving), std::move(draining));
    }(web, ended));
    EXPECT_EQ(ended, 13);
}

TEST(websocket_drain, what_the_peer_has_sent_before_it_heard_is_received) {
    server web;
    std::string heard;
    web.get("/", websockets([&](websocket& ws) -> io::task<> {
                while (auto m = co_await ws.recv()) {
                    heard += m->text();
                    try {
                        co_await ws.send("answer");
                    } catch (const broken_pipe&) {
                        heard += '!';
                    }
                }
                heard += '.';
            }));
    testing::run([](server& asked) -> io::task<> {
        io::server accepting;
        auto [near, far] = memory_pair();
        auto talk = [](io::stream s) -> io::task<> {
            auto ws = co_await connect_websocket_over(std::move(s), "ws://localhost/");
            co_await ws.send("a");
            co_await io::sleep(4);
            // The server has said its end at 3, and nobody here has looked.
            co_await ws.send("b");
            const auto answer = co_await ws.recv();
            EXPECT_TRUE(answer);
            const auto none = co_await ws.recv();
            EXPECT_FALSE(none);
        };
        double ended = 0;
        auto talking = talk(std::move(near));
        auto serving = serve_to_end(asked, std::move(far), accepting, ended);
        auto draining = drain_at(3, accepting);
        co_await io::when_all(std::move(talking), std::move(serving), std::move(draining));
        EXPECT_EQ(ended, 4);
    }(web));
    EXPECT_EQ(heard, "ab!.");
}

}  // namespace
}  // namespace priz::http
