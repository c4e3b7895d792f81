// io::reader and io::writer over memory pairs that cut their bytes in every way.
#include "priz/io/reader.hpp"

#include <gtest/gtest.h>

#include "priz/io.hpp"
#include "priz/testing/memory_stream.hpp"
#include "priz/testing/run.hpp"

namespace priz::testing {
namespace {

TEST(reader, it_gives_the_same_however_the_bytes_come) {
    for (std::size_t most = 1; most < 20; ++most) {
        testing::run([](std::size_t at_most) -> io::task<> {
            auto [a, b] = memory_pair({.capacity = at_most + 3, .receive_max = at_most});
            co_await io::with_scope([&, &from = a, &to = b](io::scope& group) {
                group.spawn([&]() -> io::task<> {
                    io::writer out(from, 5);
                    for (const char* const piece : {"GET / HTTP/1.1\r\n", "Host: x", "\r\n", "\r\n",
                                                    "body", " and", " the", " rest"})
                        co_await out.write(piece);
                    co_await out.flush();
                    co_await from.shutdown(SHUT_WR);
                });
                group.spawn([&]() -> io::task<> {
                    io::reader in(to);
                    EXPECT_EQ(co_await in.readline(), "GET / HTTP/1.1\r\n");
                    EXPECT_EQ(co_await in.read_until("\r\n\r\n"), "Host: x\r\n\r\n");
                    EXPECT_EQ(co_await in.read_exactly(4), "body");
                    EXPECT_EQ((co_await in.peek(2)).substr(0, 2), " a");
                    EXPECT_EQ(co_await in.read_all(100), " and the rest");
                });
            });
        }(most));
    }
}

TEST(reader, a_slow_peer_meets_the_deadline_and_the_next_verb_goes_on) {
    testing::run([]() -> io::task<> {
        auto [a, b] = memory_pair();
        co_await io::with_scope([&, &from = a, &to = b](io::scope& group) {
            group.spawn([&]() -> io::task<> {
                for (const char letter : {'s', 'l', 'o', 'w', '\n'}) {
                    co_await io::sleep(1);
                    co_await from.sendall(bytes_view(&letter, 1));
                }
            });
            group.spawn([&]() -> io::task<> {
                io::reader in(to);
                EXPECT_THROW(co_await io::fail_after(2.5, in.readline()), timeout);
                EXPECT_EQ(now(), 2.5);
                EXPECT_EQ(co_await in.readline(), "slow\n");
                EXPECT_EQ(now(), 5);
            });
        });
    }());
}

}  // namespace
}  // namespace priz::testing
