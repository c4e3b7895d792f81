// How a WebSocket begins, and what is refused.
#include "http/websocket/handshake.hpp"

#include <gmock/gmock.h>

#include <string>

#include "priz/http/server.hpp"
#include "priz/io/when.hpp"
#include "priz/testing/memory_stream.hpp"
#include "priz/testing/run.hpp"

namespace priz::http::detail {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

const std::string good =
    "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

// What a server answers to a request with these fields.
std::string answer(const std::string& fields, const websocket_options& options = {},
                   const std::string& line = "GET /chat HTTP/1.1") {
    server web;
    const auto talk = [](websocket&) -> io::task<> { co_return; };
    web.get("/chat", websockets(talk, options));
    std::string got;
    testing::run([](server& asked, std::string sent, std::string& heard) -> io::task<> {
        auto [near, far] = testing::memory_pair();
        co_await near.sendall(sent);
        co_await near.shutdown(SHUT_WR);
        co_await asked.serve_stream(std::move(far));
        while (const auto data = co_await near.recv()) heard += data.text();
    }(web, line + "\r\nHost: example.org\r\n" + fields + "\r\n", got));
    return got;
}

TEST(websocket_handshake, a_key_has_the_answer_of_the_standards_example) {
    EXPECT_EQ(accept_of_key("dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    EXPECT_TRUE(is_key(new_key()));
    EXPECT_NE(new_key(), new_key());
}

TEST(websocket_handshake, a_good_request_is_answered_with_101) {
    const std::string got = answer(good);
    EXPECT_THAT(got, StartsWith("HTTP/1.1 101 Switching Protocols\r\n"));
    EXPECT_THAT(got, HasSubstr("\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"));
    EXPECT_THAT(got, HasSubstr("\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"));
    EXPECT_THAT(got, Not(HasSubstr("Extensions")));
}

TEST(websocket_handshake, what_is_no_request_for_one_is_refused_with_the_reason) {
    const auto without = [](const std::string& line) {
        std::string fields = good;
        const std::size_t at = fields.find(line);
        return fields.erase(at, fields.find("\r\n", at) + 2 - at);
    };
    EXPECT_THAT(answer(""), StartsWith("HTTP/1.1 426 "));
    EXPECT_THAT(answer(without("Upgrade: ")), StartsWith("HTTP/1.1 426 "));
    EXPECT_THAT(answer(without("Connection: ")), StartsWith("HTTP/1.1 426 "));
    EXPECT_THAT(answer(without("Sec-WebSocket-Version: ")),
                HasSubstr("Sec-WebSocket-Version: 13\r\n"));
    EXPECT_THAT(answer(without("Sec-WebSocket-Version: ") + "Sec-WebSocket-Version: 8\r\n"),
                StartsWith("HTTP/1.1 426 "));
    EXPECT_THAT(answer(without("Sec-WebSocket-Key: ")), StartsWith("HTTP/1.1 400 "));
    for (const char* key : {"", "short", "dGhlIHNhbXBsZSBub25jZQ=", "dGhlIHNhbXBsZSBub25j!Q==",
                            "dGhlIHNhbXBsZSBub25jZWE="})
        EXPECT_THAT(answer(without("Sec-WebSocket-Key: ") + "Sec-WebSocket-Key: " + key + "\r\n"),
                    StartsWith("HTTP/1.1 400 "))
            << key;
    EXPECT_THAT(answer(good + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"),
                StartsWith("HTTP/1.1 400 "));
    EXPECT_THAT(answer(good, {}, "GET /chat HTTP/1.0"), StartsWith("HTTP/1.1 400 "));
    EXPECT_THAT(answer(good, {}, "POST /chat HTTP/1.1"), StartsWith("HTTP/1.1 405 "));
    EXPECT_THAT(answer(good + "Content-Length: 1\r\n"), StartsWith("HTTP/1.1 400 "));
}

TEST(websocket_handshake, pages_of_other_origins_may_not_connect_unless_they_are_named) {
    const auto from = [](const std::string& origin, const websocket_options& options = {}) {
        return answer(good + "Origin: " + origin + "\r\n", options).substr(9, 3);
    };
    EXPECT_EQ(from("http://example.org"), "101");
    EXPECT_EQ(from("https://example.org"), "101");
    EXPECT_EQ(from("https://EXAMPLE.org:443"), "101");
    EXPECT_EQ(from("https://example.org:8443"), "403");
    EXPECT_EQ(from("https://evil.example"), "403");
    EXPECT_EQ(from("https://example.org.evil.example"), "403");
    EXPECT_EQ(from("https://evil.example/example.org"), "403");
    EXPECT_EQ(from("null"), "403");
    EXPECT_EQ(from("file://example.org"), "403");
    websocket_options named;
    named.origins = {"https://friend.example"};
    EXPECT_EQ(from("https://friend.example", named), "101");
    EXPECT_EQ(from("http://friend.example", named), "403");
    named.origins = {"*"};
    EXPECT_EQ(from("null", named), "101");
}

TEST(websocket_handshake, of_the_protocols_offered_the_servers_favourite_is_taken) {
    websocket_options options;
    options.protocols = {"b", "a"};
    const std::string offer = "Sec-WebSocket-Protocol: x, a\r\nSec-WebSocket-Protocol: b\r\n";
    EXPECT_THAT(answer(good + offer, options), HasSubstr("\r\nSec-WebSocket-Protocol: b\r\n"));
    EXPECT_THAT(answer(good + "Sec-WebSocket-Protocol: x\r\n", options),
                Not(HasSubstr("Sec-WebSocket-Protocol")));
    EXPECT_THAT(answer(good + offer), Not(HasSubstr("Sec-WebSocket-Protocol")));
}

TEST(websocket_handshake, of_the_offers_of_compression_the_first_that_can_be_had_is_taken) {
    const auto chosen = [](std::string_view offers) {
        const auto terms = choose_terms(offers);
        return terms ? terms_text(*terms) : "none";
    };
    const std::string plain = "permessage-deflate";
    EXPECT_EQ(chosen("permessage-deflate"), plain);
    EXPECT_EQ(chosen("permessage-deflate; client_max_window_bits"), plain);
    EXPECT_EQ(chosen("permessage-deflate; client_max_window_bits=10"), plain);
    EXPECT_EQ(chosen("x, permessage-deflate ; server_no_context_takeover"),
              plain + "; server_no_context_takeover");
    EXPECT_EQ(
        chosen("permessage-deflate; client_no_context_takeover; server_max_window_bits=\"10\""),
        plain + "; client_no_context_takeover; server_max_window_bits=10");
    EXPECT_EQ(chosen("permessage-deflate; server_max_window_bits=8, permessage-deflate"), plain);
    for (const char* bad :
         {"", "x", "permessage-deflate; server_max_window_bits", "permessage-deflate; what",
          "permessage-deflate; server_max_window_bits=16",
          "permessage-deflate; server_max_window_bits=07",
          "permessage-deflate; server_max_window_bits=1x",
          "permessage-deflate; server_no_context_takeover=1",
          "permessage-deflate; server_no_context_takeover; server_no_context_takeover"})
        EXPECT_EQ(chosen(bad), "none") << bad;
    websocket_options options;
    options.compression = true;
    const std::string offer = "Sec-WebSocket-Extensions: permessage-deflate\r\n";
    EXPECT_THAT(answer(good + offer, options),
                HasSubstr("\r\nSec-WebSocket-Extensions: permessage-deflate\r\n"));
    EXPECT_THAT(answer(good + offer), Not(HasSubstr("Extensions")));
}

TEST(websocket_handshake, an_answer_that_was_not_offered_is_none) {
    EXPECT_TRUE(read_terms("permessage-deflate; client_max_window_bits=12"));
    EXPECT_EQ(read_terms("permessage-deflate; client_max_window_bits=12")->client_window_bits, 12);
    for (const char* bad : {"", "x", "permessage-deflate; client_max_window_bits",
                            "permessage-deflate, permessage-deflate", "permessage-deflate; a=b",
                            "permessage-deflate; client_max_window_bits=8"})
        EXPECT_FALSE(read_terms(bad)) << bad;
}

// What a client says of a server that answers so.
std::string client_says(const std::string& answered, const websocket_options& options = {}) {
    std::string said = "connected";
    testing::run([](std::string bytes, websocket_options with, std::string& told) -> io::task<> {
        auto [near, far] = testing::memory_pair();
        auto serve = [](io::stream s, std::string all) -> io::task<> {
            std::string asked;
            while (!asked.ends_with("\r\n\r\n")) {
                const auto data = co_await s.recv();
                if (data.empty()) co_return;
                asked += data.text();
            }
            const std::size_t key = asked.find("Sec-WebSocket-Key: ") + 19;
            const std::size_t at = all.find("$");
            if (at != all.npos) all.replace(at, 1, accept_of_key(asked.substr(key, 24)));
            co_await s.sendall(all);
            s.reset();
        };
        auto connect = [](io::stream s, websocket_options how, std::string& what) -> io::task<> {
            try {
                co_await connect_websocket_over(std::move(s), "ws://example.org/", how);
            } catch (const error& failed) {
                what = failed.hint().empty() ? failed.what() : failed.hint();
            }
        };
        co_await io::when_all(serve(std::move(far), std::move(bytes)),
                              connect(std::move(near), std::move(with), told));
    }(answered, options, said));
    return said;
}

TEST(websocket_handshake, a_client_takes_no_answer_but_the_right_one) {
    const std::string head = "HTTP/1.1 101 Switching Protocols\r\n";
    const std::string rest = "Connection: upgrade\r\nUpgrade: WebSocket\r\n";
    const std::string right = head + rest + "Sec-WebSocket-Accept: $\r\n";
    EXPECT_EQ(client_says(right + "\r\n"), "connected");
    EXPECT_EQ(client_says("HTTP/1.1 103 Early Hints\r\n\r\n" + right + "\r\n"), "connected");
    EXPECT_EQ(client_says("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"),
              "the server answers 403 Forbidden");
    EXPECT_EQ(client_says(head + rest + "\r\n"),
              "the server's Sec-WebSocket-Accept is not that of the key");
    EXPECT_EQ(
        client_says(head + rest + "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"),
        "the server's Sec-WebSocket-Accept is not that of the key");
    EXPECT_EQ(client_says(head + "Connection: upgrade\r\nUpgrade: h2c\r\n"
                                 "Sec-WebSocket-Accept: $\r\n\r\n"),
              "the server upgrades to something else");
    EXPECT_EQ(client_says(right + "Sec-WebSocket-Protocol: chat\r\n\r\n"),
              "the server speaks a protocol that was not offered");
    EXPECT_EQ(client_says(right + "Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n"),
              "the server uses an extension that was not offered");
    websocket_options offers;
    offers.compression = true;
    offers.protocols = {"chat"};
    EXPECT_EQ(client_says(right + "Sec-WebSocket-Protocol: chat\r\n"
                                  "Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n",
                          offers),
              "connected");
    EXPECT_EQ(client_says(right + "Sec-WebSocket-Extensions: x-other\r\n\r\n", offers),
              "the server uses an extension that was not offered");
    EXPECT_EQ(client_says("HTTP/1.1 101"), "the connection ended before the server's answer");
    EXPECT_THAT(client_says("HTTP/2 101\r\n\r\n"), HasSubstr("RFC"));
}

TEST(websocket_handshake, an_url_that_is_none_of_a_websocket_is_refused) {
    testing::run([]() -> io::task<> {
        for (const char* bad :
             {"http://example.org/", "ws://u:p@example.org/", "ws://example.org/#a", "ws://",
              "ws://a b/", "wss://example.org:0/"}) {
            bool is_refused = false;
            try {
                co_await connect_websocket(bad);
            } catch (const error&) {
                is_refused = true;
            }
            EXPECT_TRUE(is_refused) << bad;
        }
    }());
}

TEST(websocket_handshake, fields_of_the_program_inject_nothing) {
    websocket_options options;
    EXPECT_THROW(options.fields.add("X", "a\r\nHost: b"), error);
    options.protocols = {"a\r\nX: y"};
    EXPECT_EQ(client_says("", options), "RFC 9110, 5.5");
}

}  // namespace
}  // namespace priz::http::detail
