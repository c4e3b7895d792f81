// WebSockets on streams of HTTP/2 (RFC 8441): the same handler as on HTTP/1.1.
#include <gmock/gmock.h>

#include <string>

#include "http2_client.hpp"
#include "priz/http/websocket.hpp"

namespace priz::http::test {
namespace {

using testing::now;

http2::message websocket_head() {
    http2::message head = head_of("CONNECT", "/echo", headers{{"sec-websocket-version", "13"}});
    head.protocol = "websocket";
    return head;
}

std::string masked(unsigned char first, std::string_view text) {
    std::string out{static_cast<char>(first), static_cast<char>(0x80 | text.size())};
    return out.append(4, '\0').append(text);
}

TEST(http2_server, a_websocket_is_a_stream) {
    server web;
    web.get("/echo", websockets([](websocket& ws) -> io::task<> {
                while (auto m = co_await ws.recv()) co_await ws.send(*m);
            }));
    with_http2(web, [](http2_client& client) -> io::task<> {
        co_await client.pump();
        EXPECT_TRUE(client.session.peer_takes_extended_connect());
        const std::string hello = masked(0x81, "hello");
        const auto id = client.begin(websocket_head(), hello, false);
        while (client.answers[id].content.size() < 7) {
            const bool goes_on = co_await client.pump();
            if (!goes_on) break;
        }
        EXPECT_EQ(client.answers[id].status, 200);
        EXPECT_EQ(client.answers[id].content, "\x81\x05hello");
        const std::string goodbye = masked(0x88, "\x03\xe8");
        client.session.offer(id, http2::raw::bytes(goodbye), false);
        co_await client.until_over(id);
        EXPECT_EQ(client.answers[id].content, "\x81\x05hello\x88\x02\x03\xe8");
        EXPECT_TRUE(client.answers[id].has_ended);
    });
}

TEST(http2_server, a_websocket_hears_of_a_drain) {
    server web;
    web.get("/echo", websockets([](websocket& ws) -> io::task<> {
                while (auto m = co_await ws.recv()) co_await ws.send(*m);
            }));
    testing::run([](server& asked) -> io::task<> {
        io::server accepting;
        auto [near, far] = testing::memory_pair();
        auto speak = [](io::stream s, io::server& all) -> io::task<> {
            http2_client client(std::move(s));
            co_await client.pump();
            const auto id = client.begin(websocket_head(), "", false);
            while (client.answers[id].status == 0) co_await client.pump();
            all.drain();
            while (client.answers[id].content.size() < 4) co_await client.pump();
            EXPECT_EQ(client.answers[id].content, "\x88\x02\x03\xe9");
            const std::string goodbye = masked(0x88, "\x03\xe9");
            client.session.offer(id, http2::raw::bytes(goodbye), true);
            co_await client.until_connection_ends();
            EXPECT_TRUE(client.answers[id].has_ended);
            EXPECT_EQ(now(), 0.25);
        };
        co_await io::when_all(speak(std::move(near), accepting),
                              asked.serve_stream(std::move(far), &accepting));
    }(web));
}

// As a connection does.
TEST(http2_server, a_stream_that_is_closed_with_bytes_unread_is_reset) {
    server web;
    web.get("/echo", [] {
        return reply::upgrade({}, [](io::stream s, std::string) -> io::task<> {
            co_await s.sendall("x");
            co_await s.wait_readable();
        });
    });
    with_http2(web, [](http2_client& client) -> io::task<> {
        co_await client.pump();
        const auto id = client.begin(websocket_head(), "nobody reads this", false);
        co_await client.until_over(id);
        EXPECT_TRUE(client.answers[id].reset);
        EXPECT_FALSE(client.answers[id].has_ended);
    });
}

// Any 2xx would be the beginning of one.
TEST(http2_server, what_is_no_websocket_is_not_taken_for_one) {
    server web;
    web.get("/echo", [] { return "a page"; });
    with_http2(web, [](http2_client& client) -> io::task<> {
        co_await client.pump();
        const auto id = client.begin(websocket_head(), "", false);
        co_await client.until_over(id);
        EXPECT_EQ(client.answers[id].status, 400);
    });
}

TEST(http2_server, a_websocket_moves_much_and_is_refused_as_others_are) {
    server web;
    web.get("/echo", websockets([](websocket& ws) -> io::task<> {
                const std::string big(1'000'000, 'x');
                for (int i = 0; i < 3; ++i) co_await ws.send_bytes(big);
            }));
    with_http2(web, [](http2_client& client) -> io::task<> {
        const auto id = client.begin(websocket_head(), "", false);
        // It closes, and waits for the word of a client that has none.
        co_await client.until_over(id);
        EXPECT_EQ(client.answers[id].content.size(), 3 * (1'000'000U + 10) + 4);
        EXPECT_EQ(now(), 10);
        http2::message wrong = websocket_head();
        wrong.fields.set("sec-websocket-version", "8");
        const auto second = client.begin(wrong, "", false);
        co_await client.until_over(second);
        EXPECT_EQ(client.answers[second].status, 426);
        wrong.protocol = "connect-udp";
        const auto third = client.begin(wrong, "", false);
        co_await client.until_over(third);
        EXPECT_EQ(client.answers[third].status, 501);
    });
}

}  // namespace
}  // namespace priz::http::test
