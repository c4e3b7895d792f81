// testing::check_stream() over every kind of stream that priz has, on every backend.
#include <gtest/gtest.h>

#include <cstdint>
#include <ostream>
#include <utility>

#include "io/uring/permission_fixture.hpp"
#include "priz/io/run.hpp"
#include "priz/sim.hpp"
#include "priz/testing/check_stream.hpp"
#include "priz/testing/memory_stream.hpp"
#include "priz/testing/run.hpp"
#include "support/simulated_pair.hpp"
#include "testing/kernel_pairs.hpp"

namespace priz::testing {
namespace {

stream_pair small_memory_pair() { return memory_pair({.capacity = 100}); }

// The kernel's, on each of its backends.
class on_the_kernel : public ::testing::TestWithParam<io::backend_kind> {
protected:
    // Runs it, or skips it where the kernel has no such thing.
    static void run(io::task<> check) {
        if (GetParam() == io::backend_kind::uring && !io::uring::test::kernel_has_io_uring())
            GTEST_SKIP() << "the kernel has no io_uring for us";
        std::string name;
        const auto noted = [&](io::task<> all) -> io::task<> {
            name = io::loop::current().backend_name();
            co_await std::move(all);
        };
        io::run(noted(std::move(check)), {.backend = GetParam()});
        EXPECT_EQ(name, GetParam() == io::backend_kind::epoll ? "epoll" : "io_uring");
    }
};

TEST_P(on_the_kernel, tcp) {
    run(check_stream([] { return tcp_pair(); }, [] { return tcp_pair(32768); }));
}

TEST_P(on_the_kernel, unix_sockets) {
    run(check_stream([] { return unix_pair(); }, [] { return unix_pair(4096); }));
}

TEST_P(on_the_kernel, memory) {
    run(check_stream([] { return memory_pair(); }, small_memory_pair));
}

INSTANTIATE_TEST_SUITE_P(backends, on_the_kernel,
                         ::testing::Values(io::backend_kind::epoll, io::backend_kind::uring),
                         [](const auto& which) {
                             return which.param == io::backend_kind::epoll ? "epoll" : "uring";
                         });

TEST(in_virtual_time, memory) {
    testing::run(check_stream([] { return memory_pair(); }, small_memory_pair));
}

void check_simulated(const sim::network_options& options, const sim::link_options& loopback) {
    sim::network net(options);
    net.link_loopback(loopback);
    sim::host& host = net.add_host("host", "10.0.0.1");
    host.spawn([]() -> io::task<> {
        co_await check_stream([] { return simulated_pair(0); }, [] { return simulated_pair(4096); },
                              {.patience = 3600, .bulk = std::size_t{256} * 1024});
    });
    net.run();
}

TEST(simulated, tcp) {
    for (std::uint64_t seed = 1; seed <= 10; ++seed) {
        SCOPED_TRACE(seed);
        check_simulated({.seed = seed}, {.latency = 0.00001});
    }
}

// With every fault that a correct program does not notice.
TEST(simulated, tcp_in_hard_times) {
    for (std::uint64_t seed = 1; seed <= 10; ++seed) {
        SCOPED_TRACE(seed);
        check_simulated({.seed = seed,
                         .faults = {.short_reads = 0.3,
                                    .short_writes = 0.3,
                                    .spurious_wakes = 0.2,
                                    .interruptions = 0.2,
                                    .stalls = 0.1,
                                    .longest_stall = 0.00001}},
                        {.latency = 0.00001, .jitter = 0.00001, .reordering = 0.1});
    }
}

}  // namespace
}  // namespace priz::testing
