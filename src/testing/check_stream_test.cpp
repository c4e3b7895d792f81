#include "priz/testing/check_stream.hpp"

#include <gtest/gtest.h>

#include "priz/io.hpp"
#include "priz/testing/memory_stream.hpp"
#include "priz/testing/run.hpp"
#include "testing/kernel_pairs.hpp"

namespace priz::testing {
namespace {

stream_pair small_pair() { return memory_pair({.capacity = 100}); }

TEST(check_stream, a_memory_pair_keeps_every_promise) {
    testing::run(check_stream([] { return memory_pair(); }, small_pair));
}

TEST(check_stream, a_memory_pair_keeps_every_promise_byte_by_byte) {
    testing::run(check_stream([] { return memory_pair({.receive_max = 1, .send_max = 1}); },
                              [] { return memory_pair({.capacity = 1}); }, {.bulk = 20'000}));
}

TEST(check_stream, a_memory_pair_keeps_every_promise_on_a_loop_of_the_kernel) {
    io::run(check_stream([] { return memory_pair(); }, small_pair));
}

TEST(check_stream, a_connection_in_memory_takes_no_virtual_time) {
    testing::run([]() -> io::task<> {
        co_await check_stream([] { return memory_pair(); }, small_pair);
        EXPECT_EQ(now(), 0);
    }());
}

TEST(check_stream, tcp_keeps_every_promise) {
    io::run(check_stream([] { return tcp_pair(); }, [] { return tcp_pair(32768); }));
}

TEST(check_stream, a_unix_socket_keeps_every_promise) {
    io::run(check_stream([] { return unix_pair(); }, [] { return unix_pair(4096); }));
}

TEST(check_stream, it_leaves_nothing_behind) {
    testing::run([]() -> io::task<> {
        co_await check_stream([] { return memory_pair(); }, small_pair);
        EXPECT_EQ(io::loop::current().statistics().endpoints, 0U);
        EXPECT_EQ(io::loop::current().statistics().timers, 0U);
    }());
}

TEST(check_stream, cancelling_it_is_no_broken_promise) {
    testing::run([]() -> io::task<> {
        co_await io::with_scope([](io::scope& group) -> io::task<> {
            group.spawn(check_stream([] { return memory_pair(); }, small_pair));
            co_await io::yield();
            group.cancel();
        });
    }());
}

}  // namespace
}  // namespace priz::testing
