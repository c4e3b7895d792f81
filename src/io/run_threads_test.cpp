#include <gtest/gtest.h>
#include <sched.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <set>
#include <stdexcept>
#include <thread>

#include "priz/error.hpp"
#include "priz/io/run.hpp"
#include "priz/io/signals.hpp"
#include "priz/io/sleep.hpp"

namespace priz::io {
namespace {

TEST(run_threads, each_main_runs_in_a_thread_of_its_own) {
    std::atomic<unsigned> indices = 0;
    std::atomic<std::uint64_t> sum = 0;
    run(4, [&](unsigned index) -> task<> {
        indices |= 1U << index;
        sum += static_cast<std::uint64_t>(::gettid());
        co_await yield();
        sum -= static_cast<std::uint64_t>(::gettid());
    });
    EXPECT_EQ(indices, 0b1111U);
    EXPECT_EQ(sum, 0U);
}

TEST(run_threads, the_first_main_runs_in_the_caller) {
    const auto caller = std::this_thread::get_id();
    std::atomic<bool> is_caller = false;
    run(2, [&](unsigned index) -> task<> {
        if (index == 0) is_caller = std::this_thread::get_id() == caller;
        co_return;
    });
    EXPECT_TRUE(is_caller);
}

TEST(run_threads, no_number_means_the_cores_that_may_be_used) {
    ::cpu_set_t allowed;
    ASSERT_EQ(::sched_getaffinity(0, sizeof allowed, &allowed), 0);
    std::atomic<int> count = 0;
    run(0, [&]() -> task<> {
        ++count;
        co_return;
    });
    EXPECT_EQ(count, CPU_COUNT(&allowed));
}

TEST(run_threads, a_failure_cancels_the_others_and_is_thrown) {
    std::atomic<int> cancelled_ones = 0;
    const auto main = [&](unsigned index) -> task<> {
        if (index == 2) throw std::out_of_range("the third");
        try {
            co_await wait_signal({SIGUSR2});
        } catch (const cancelled&) {
            ++cancelled_ones;
            throw;
        }
    };
    EXPECT_THROW(run(4, main), std::out_of_range);
    EXPECT_EQ(cancelled_ones, 3);
}

TEST(run_threads, a_main_that_cannot_be_made_is_a_failure) {
    const auto main = [](unsigned index) -> task<> {
        if (index == 0) throw std::out_of_range("none");
        return [](signal_list never) -> task<> { co_await wait_signal(never); }({SIGUSR2});
    };
    EXPECT_THROW(run(2, main), std::out_of_range);
}

TEST(run_threads, a_loop_within_a_loop_is_refused) {
    run([]() -> task<> {
        const auto main = []() -> task<> { co_return; };
        EXPECT_THROW(run(2, main), value_error);
        co_return;
    }());
}

TEST(run_threads, a_signal_of_the_process_is_heard_in_every_loop) {
    std::atomic<int> open = 0;
    std::atomic<int> heard = 0;
    run(3, [&]() -> task<> {
        signal_set signals{SIGUSR1};
        if (++open == 3) ::kill(::getpid(), SIGUSR1);
        heard += co_await signals.wait() == SIGUSR1 ? 1 : 0;
    });
    EXPECT_EQ(heard, 3);
}

TEST(run_threads, the_mask_of_the_caller_is_what_it_was) {
    ::sigset_t before;
    ::sigset_t after;
    ::pthread_sigmask(SIG_BLOCK, nullptr, &before);
    run(2, []() -> task<> {
        signal_set signals{SIGUSR1};
        co_return;
    });
    ::pthread_sigmask(SIG_BLOCK, nullptr, &after);
    for (int number = 1; number < 32; ++number)
        EXPECT_EQ(::sigismember(&before, number), ::sigismember(&after, number)) << number;
}

}  // namespace
}  // namespace priz::io
