// Content that comes in a coding: when it is asked for, when it is taken off, and when not.
#include <gmock/gmock.h>

#include "http/content_coders_fixture.hpp"
#include "world.hpp"

namespace priz::http {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

script answers_in(const std::string& coding, const std::string& content) {
    return
        [=](const seen&) { return scripted{ok(content, "Content-Encoding: " + coding + "\r\n")}; };
}

const std::string& hello_in_gzip() {
    static const std::string content = encoded(content_coding::gzip, "hello, hello");
    return content;
}

TEST(http_client_coding, content_is_asked_for_in_codings_and_has_them_taken_off) {
    for (const auto& [name, coding] :
         {std::pair("gzip", content_coding::gzip), std::pair("deflate", content_coding::deflate),
          std::pair("br", content_coding::br), std::pair("ZSTD", content_coding::zstd)}) {
        world w(answers_in(name, encoded(coding, "hello, hello")));
        w.memory.receive_max = 3;
        w.run([&](client& c) -> io::task<> {
            const response r = co_await c.get("http://a.test/");
            EXPECT_EQ(r.content, "hello, hello");
            EXPECT_EQ(r.headers.get("Content-Encoding"), name);
            EXPECT_EQ(c.idle_connections(), 1U);
        });
        EXPECT_THAT(w.requests[0], HasSubstr("Accept-Encoding: gzip, br, zstd\r\n"));
    }
}

TEST(http_client_coding, several_codings_are_taken_off_in_turn) {
    const std::string both = encoded(content_coding::br, hello_in_gzip());
    for (const char* told : {"gzip, br", "gzip\r\nContent-Encoding: br"}) {
        world w(answers_in(told, both));
        w.run([](client& c) -> io::task<> {
            EXPECT_EQ((co_await c.get("http://a.test/")).content, "hello, hello");
        });
    }
}

TEST(http_client_coding, what_is_not_asked_for_or_not_known_is_left_as_it_is) {
    const auto content_of = [](world& w, const request_options& asked) {
        std::string content;
        w.run([&](client& c) -> io::task<> {
            content = (co_await c.get("http://a.test/", asked)).content;
        });
        return content;
    };
    request_options identity;
    identity.headers = {{"accept-encoding", "identity"}};
    request_options part;
    part.headers = {{"Range", "bytes=0-"}};
    for (const request_options& each : {identity, part}) {
        world w(answers_in("gzip", hello_in_gzip()));
        EXPECT_EQ(content_of(w, each), hello_in_gzip());
        EXPECT_THAT(w.requests[0], Not(HasSubstr("Accept-Encoding: gzip")));
    }
    world off(answers_in("gzip", hello_in_gzip()));
    off.options.decode = false;
    EXPECT_EQ(content_of(off, {}), hello_in_gzip());
    world unknown(answers_in("gzip, compress", hello_in_gzip()));
    EXPECT_EQ(content_of(unknown, {}), hello_in_gzip());
    world partial([](const seen&) {
        return scripted{
            "HTTP/1.1 206 Partial Content\r\nContent-Encoding: gzip\r\n"
            "Content-Length: 4\r\n\r\npart"};
    });
    EXPECT_EQ(content_of(partial, {}), "part");
}

TEST(http_client_coding, an_answer_without_content_has_none_to_decode) {
    world w([](const seen& it) {
        return scripted{it.says("HEAD ")
                            ? "HTTP/1.1 200 OK\r\nContent-Encoding: br\r\nContent-Length: 9\r\n\r\n"
                            : ok("", "Content-Encoding: gzip\r\n")};
    });
    w.run([](client& c) -> io::task<> {
        EXPECT_EQ((co_await c.head("http://a.test/")).content, "");
        EXPECT_EQ((co_await c.get("http://a.test/")).content, "");
        EXPECT_EQ(c.idle_connections(), 1U);
    });
}

TEST(http_client_coding,
     coded_content_that_is_cut_or_wrong_is_an_error_in_a_message_that_is_whole) {
    const std::pair<std::string, defect> rows[] = {
        {hello_in_gzip().substr(0, 20), defect::truncated_content},
        {"hello, hello", defect::bad_content_coding},
        {hello_in_gzip() + "garbage", defect::bad_content_coding}};
    for (const auto& [content, what] : rows) {
        world w(answers_in("gzip", content));
        w.run([&](client& c) -> io::task<> {
            const auto got = co_await c.try_request("GET", "http://a.test/");
            EXPECT_EQ(cause_of(got), what);
            EXPECT_THAT(got.error().message(), HasSubstr("http://a.test/"));
            EXPECT_LE(c.connections(), 1U);
        });
    }
    world w(answers_in("gzip, gzip, gzip", hello_in_gzip()));
    w.run([](client& c) -> io::task<> {
        EXPECT_EQ(cause_of(co_await c.try_request("GET", "http://a.test/")),
                  defect::too_many_codings);
        EXPECT_EQ(c.connections(), 0U);
    });
}

TEST(http_client_coding, a_bomb_is_refused_and_the_limit_counts_what_comes_out) {
    const std::string bomb = encoded(content_coding::br, std::string(16 << 20, 'x'));
    ASSERT_LT(bomb.size(), 1000U);
    world w(answers_in("br", bomb));
    w.run([](client& c) -> io::task<> {
        EXPECT_EQ(cause_of(co_await c.try_request("GET", "http://a.test/")),
                  defect::decompression_bomb);
        request_options little;
        little.content_max = 1000;
        EXPECT_EQ(cause_of(co_await c.try_request("GET", "http://a.test/", little)),
                  defect::content_too_large);
        EXPECT_EQ(c.connections(), 0U);
        std::size_t count = 0;
        answer streamed = co_await c.open("GET", "http://a.test/");
        for (;;) {
            const auto piece = co_await streamed.try_read();
            if (!piece) {
                EXPECT_EQ(piece.error().code(), defect::decompression_bomb);
                break;
            }
            count += piece->size();
        }
        EXPECT_LE(count, (1U << 20) + 100'000);
    });
}

TEST(http_client_coding, progress_counts_what_is_sent) {
    world w(answers_in("gzip", hello_in_gzip()));
    w.run([](client& c) -> io::task<> {
        transfer last;
        request_options told;
        told.on_progress = [&](const transfer& now) { last = now; };
        EXPECT_EQ((co_await c.get("http://a.test/", told)).content, "hello, hello");
        EXPECT_EQ(last.received, hello_in_gzip().size());
        EXPECT_EQ(last.total, hello_in_gzip().size());
    });
}

}  // namespace
}  // namespace priz::http
