// testing::check_stream() over TLS over every kind of stream.
#include <gtest/gtest.h>

#include <cstdint>

#include "pairs.hpp"
#include "priz/io/run.hpp"
#include "priz/sim.hpp"
#include "priz/testing/memory_stream.hpp"
#include "priz/testing/run.hpp"
#include "support/simulated_pair.hpp"
#include "testing/kernel_pairs.hpp"

namespace priz::tls {
namespace {

using testing::check_stream;
using testing::memory_pair;
using testing::simulated_pair;

// Once the client has taken the tickets that a server sends behind its handshake, its end leaves
// nothing unread.
template <class Below>
io::task<stream_pair> settled(Below below) {
    stream_pair made = co_await secure(std::move(below));
    std::byte one{};
    co_await io::when_all(made.second.sendall(bytes_view("x")),
                          made.first.recv_exactly_into(bytes_span(&one, 1)));
    co_return made;
}

io::task<stream_pair> over_memory() { return settled(memory_pair()); }
io::task<stream_pair> over_little_memory() { return settled(memory_pair({.capacity = 100})); }

TEST(tls_keeps_every_promise, over_memory) {
    testing::run(check_stream(over_memory, over_little_memory));
}

TEST(tls_keeps_every_promise, over_memory_byte_by_byte) {
    testing::run(
        check_stream([] { return settled(memory_pair({.receive_max = 1, .send_max = 1})); },
                     [] { return settled(memory_pair({.capacity = 1})); }, {.bulk = 100'000}));
}

TEST(tls_keeps_every_promise, over_tcp_on_epoll) {
    io::run(check_stream([] { return settled(testing::tcp_pair()); },
                         [] { return settled(testing::tcp_pair(32768)); }),
            {.backend = io::backend_kind::epoll});
}

TEST(tls_keeps_every_promise, over_tcp_on_the_loop_of_this_kernel) {
    io::run(check_stream([] { return settled(testing::tcp_pair()); },
                         [] { return settled(testing::tcp_pair(32768)); }));
}

TEST(tls_keeps_every_promise, over_tls) {
    testing::run(check_stream([] { return settled(over_memory()); },
                              [] { return settled(over_little_memory()); }));
}

TEST(tls_keeps_every_promise, over_simulated_connections_in_hard_times) {
    for (std::uint64_t seed = 1; seed <= 3; ++seed) {
        SCOPED_TRACE(seed);
        sim::network net({.seed = seed,
                          .faults = {.short_reads = 0.3,
                                     .short_writes = 0.3,
                                     .spurious_wakes = 0.2,
                                     .interruptions = 0.2,
                                     .stalls = 0.1,
                                     .longest_stall = 0.00001}});
        net.link_loopback({.latency = 0.00001, .jitter = 0.00001, .reordering = 0.1});
        net.add_host("host", "10.0.0.1").spawn([]() -> io::task<> {
            co_await check_stream([] { return settled(simulated_pair(0)); },
                                  [] { return settled(simulated_pair(4096)); },
                                  {.patience = 3600, .bulk = std::size_t{256} * 1024});
        });
        net.run();
    }
}

TEST(tls_keeps_every_promise, and_leaves_nothing_behind) {
    testing::run([]() -> io::task<> {
        co_await check_stream(over_memory, over_little_memory);
        EXPECT_EQ(io::loop::current().statistics().endpoints, 0U);
        EXPECT_EQ(io::loop::current().statistics().timers, 0U);
    }());
}

}  // namespace
}  // namespace priz::tls
