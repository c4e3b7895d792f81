#include "bench_load.hpp"

#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include <priz/serve.hpp>

#include <atomic>
#include <string>
#include <thread>
#include <utility>

#include "support/exit_code.hpp"

namespace {

// The time of the first reading while a test has set it, and a microsecond more with each further
// one; that of the kernel otherwise.
std::atomic<std::int64_t> reading = 0;

}  // namespace

// The library is to see it, too.
extern "C" [[gnu::visibility("default")]] int clock_gettime(::clockid_t clock,
                                                            ::timespec* now) noexcept {
    if (clock != CLOCK_MONOTONIC || reading == 0)
        return static_cast<int>(::syscall(SYS_clock_gettime, clock, now));
    const std::int64_t time = reading.fetch_add(1'000);
    *now = {.tv_sec = time / 1'000'000'000, .tv_nsec = time % 1'000'000'000};
    return 0;
}

namespace priz::cli {

namespace {

class time_by_readings {
public:
    time_by_readings() { reading = deadline::after(0).monotonic_ns(); }
    time_by_readings(const time_by_readings&) = delete;
    ~time_by_readings() { reading = 0; }
};

io::task<bench_outcome> put(bench_options options, socket first, deadline connected_by) {
    report silent("bench", {.quiet = true});
    bench_load load(options, std::move(first), connected_by, silent);
    co_await load.run();
    co_return load.outcome();
}

// A peer that takes everything, and ends when the other has.
bench_outcome put_on_a_sink(const bench_options& options, deadline connected_by) {
    auto [near, far] = socketpair();
    near.setblocking(false);
    const std::jthread sink([peer = std::move(far)]() mutable {
        while (!peer.recv(4096).empty()) {
        }
        peer.close();
    });
    return io::run(put(options, std::move(near), connected_by));
}

deadline in_an_hour() { return deadline::after(3600); }

TEST(bench_load, the_end_of_a_stream_counts_only_what_was_begun) {
    // Wherever between two looks at the clock the end falls.
    for (int readings = 1; readings <= 40; ++readings) {
        const auto until = in_an_hour();
        const time_by_readings clock;
        const auto length = duration::from_nanoseconds(readings * 1'000);
        const auto got = put_on_a_sink(
            {.connections = 1, .stream = true, .length = length, .patience = 3600}, until);
        EXPECT_EQ(got.messages, got.begun) << readings;
        EXPECT_EQ(got.sent, got.messages * 64) << readings;
        EXPECT_TRUE(got.errors.empty()) << got.first_error;
    }
}

TEST(bench_load, connections_have_no_longer_than_the_first_left_of_the_time) {
    // The server's queue is full with the first.
    const auto full =
        create_server("unix-abstract:bench." + std::to_string(::getpid()), {.backlog = 0});
    socket first(AF_UNIX);
    first.connect(full.getsockname());
    const bench_options two{.connections = 2, .messages = 2, .patience = 3600};
    try {
        io::run(put(two, std::move(first), deadline::after(0)));
        FAIL() << "it had an hour of its own";
    } catch (const stop_here& why) {
        EXPECT_EQ(why.code(), exit_code::timed_out);
        EXPECT_STREQ(why.what(), "only 1 of 2 connections in time");
    }
}

TEST(bench_load, the_rate_of_the_progress_is_that_of_the_time_that_went) {
    progress_meter meter;
    EXPECT_EQ(meter.rate(100, 2), 50);
    EXPECT_EQ(meter.rate(700, 5), 200);
    EXPECT_EQ(meter.rate(700, 5), 0) << "no time went";
}

}  // namespace

}  // namespace priz::cli
