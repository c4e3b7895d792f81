// How slowly the content of a request may come, in virtual time.
#include <string>

#include "priz/io/sleep.hpp"
#include "priz/testing/run.hpp"
#include "server_fixture.hpp"

namespace priz::http::test {
namespace {

using testing::memory_pair;
using testing::now;
using ::testing::StartsWith;

// A client that sends the head of a long request, `first` bytes of it at once, and then a piece at
// a time until the server has had enough.
struct drip {
    std::size_t first = 0;
    double every = 1;
    std::size_t piece = 1;
    int times = 100'000;
};
struct outcome {
    double at = 0;  // when the answer was there, in seconds
    std::string answer;
};

io::task<> send_pieces(io::stream& s, drip how) {
    co_await s.sendall("POST / HTTP/1.1\r\nHost: test\r\nContent-Length: " +
                       std::to_string(how.first + how.piece * static_cast<std::size_t>(how.times)) +
                       "\r\n\r\n" + std::string(how.first, 'x'));
    for (int i = 0; i < how.times; ++i) {
        co_await io::sleep(how.every);
        const auto sent = co_await s.try_sendall(std::string(how.piece, 'x'));
        if (!sent) co_return;
    }
}

io::task<> hear_answer(io::stream& s, outcome& told) {
    told.answer = (co_await s.recv()).copy();
    told.at = now().seconds();
    // The client goes away: what it still sends is refused.
    s.reset();
}

outcome outcome_of(server& web, drip how) {
    outcome told;
    testing::run([](server& asked, drip with, outcome& to) -> io::task<> {
        auto [near, far] = memory_pair();
        auto hear = hear_answer(near, to);
        auto send = send_pieces(near, with);
        auto serve = asked.serve_stream(std::move(far));
        co_await io::when_all(std::move(hear), std::move(send), std::move(serve));
    }(web, how, told));
    return told;
}

server counting(server_options options = {}) {
    server web(std::move(options));
    web.post("/", [](request& r) -> io::task<std::string> {
        const std::string text = co_await r.text();
        co_return std::to_string(text.size());
    });
    return web;
}
server_options at_least(std::uint64_t rate, duration grace) {
    server_options options;
    options.content_rate_min = rate;
    options.content_grace = grace;
    return options;
}

TEST(http_server, content_of_a_byte_now_and_then_ends_when_it_is_behind_by_the_grace) {
    server web = counting();
    // One byte is worth a five-hundredth of a second.
    const outcome got = outcome_of(web, {.every = 29});
    EXPECT_EQ(got.at, 30.002);
    EXPECT_THAT(got.answer, StartsWith("HTTP/1.1 408 Request Timeout\r\n"));
    EXPECT_EQ(web.statistics().late, 1U);

    // Half a second is lost in each.
    server strict = counting(at_least(100, 4.75));
    const outcome half = outcome_of(strict, {.piece = 50});
    EXPECT_EQ(half.at, 8.75);
    EXPECT_THAT(half.answer, StartsWith("HTTP/1.1 408 "));
}

TEST(http_server, content_that_keeps_to_the_rate_may_take_for_ever) {
    server web = counting(at_least(100, 5));
    const outcome got = outcome_of(web, {.piece = 100, .times = 3000});
    EXPECT_EQ(got.at, 3000);
    EXPECT_EQ(without_dates(got.answer), expected("200 OK", "300000"));
    server free = counting(at_least(0, 5));
    const outcome slow = outcome_of(free, {.every = 29, .times = 100});
    EXPECT_EQ(slow.at, 2900);
    EXPECT_EQ(without_dates(slow.answer), expected("200 OK", "100"));
}

TEST(http_server, content_that_came_fast_buys_no_more_than_the_grace) {
    server web = counting(at_least(100, 5));
    EXPECT_EQ(outcome_of(web, {.first = 60'000, .every = 100}).at, 5);
    EXPECT_EQ(outcome_of(web, {.first = 60'000, .every = 3}).at, 5.01);
}

TEST(http_server, the_time_of_a_handler_is_not_that_of_its_client) {
    server web(at_least(100, 5));
    web.post("/", [](request& r) -> io::task<std::string> {
        for (;;) {
            const auto piece = co_await r.read();
            if (piece.empty()) co_return "all";
            co_await io::sleep(20);
        }
    });
    const outcome got = outcome_of(web, {.piece = 10, .times = 30});
    EXPECT_EQ(without_dates(got.answer), expected("200 OK", "all"));
}

TEST(http_server, content_that_no_handler_reads_has_to_come_too) {
    server web(at_least(100, 5));
    web.post("/", [] { return "done"; });
    testing::run([](server& asked) -> io::task<> {
        auto [near, far] = memory_pair();
        auto drips = send_pieces(near, {.times = 1000});
        auto serves = [](server& by, io::stream s) -> io::task<> {
            co_await by.serve_stream(std::move(s));
            EXPECT_LT(now(), 10);
        };
        auto served = serves(asked, std::move(far));
        co_await io::when_all(std::move(drips), std::move(served));
    }(web));
    EXPECT_EQ(web.statistics().late, 1U);
}

TEST(http_server, a_grace_that_is_no_time_is_refused) {
    EXPECT_THROW(server{at_least(1, -1)}, value_error);
}

}  // namespace
}  // namespace priz::http::test
