#include "priz/io/offload.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <semaphore>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "io/io_test_support.hpp"
#include "priz/error.hpp"
#include "priz/io/cancel_scope.hpp"
#include "priz/io/run.hpp"
#include "priz/io/scope.hpp"

namespace priz::io {
namespace {

constexpr auto with_others = detail::virtual_backend::others::may_post;

TEST(offload, calls_the_function_on_another_thread_and_gives_its_result) {
    io::run([]() -> task<> {
        const auto here = std::this_thread::get_id();
        EXPECT_NE(co_await offload([] { return std::this_thread::get_id(); }), here);
        EXPECT_EQ(std::this_thread::get_id(), here);
        const auto made = co_await offload([] { return std::make_unique<int>(5); });
        EXPECT_EQ(*made, 5);
        int was_called = 0;
        co_await offload([&] { ++was_called; });
        EXPECT_EQ(was_called, 1);
    }());
}

TEST(offload, throws_what_the_function_threw) {
    EXPECT_THROW(io::run([]() -> task<> {
                     co_await offload([]() -> int { throw std::out_of_range("x"); });
                 }()),
                 std::out_of_range);
}

TEST(offload, lets_other_tasks_run_meanwhile) {
    io::run([]() -> task<> {
        std::binary_semaphore may_end(0);
        co_await with_scope([&](scope& group) -> task<> {
            group.spawn([&]() -> task<> {
                may_end.release();
                co_return;
            });
            co_await offload([&] { may_end.acquire(); });
        });
    }());
}

TEST(offload, runs_no_more_functions_at_once_than_the_pool_has_threads) {
    io::run([]() -> task<> {
        thread_pool pool(3);
        EXPECT_EQ(pool.statistics().threads, 0U);
        std::atomic<int> inside = 0;
        std::atomic<int> most = 0;
        co_await with_scope([&](scope& group) {
            for (int i = 0; i < 200; ++i)
                group.spawn([&]() -> task<> {
                    co_await offload(pool, [&] {
                        const int now = ++inside;
                        int before = most;
                        while (before < now && !most.compare_exchange_weak(before, now)) continue;
                        std::this_thread::yield();
                        --inside;
                    });
                });
        });
        EXPECT_LE(most, 3);
        const thread_pool_statistics seen = pool.statistics();
        EXPECT_LE(seen.threads, 3U);
        EXPECT_EQ(seen.begun, 200U);
        EXPECT_EQ(seen.queued, 0U);
    }());
}

// One function that holds the only thread until it is told, and one behind it.
struct busy_pool {
    thread_pool pool{1};
    std::binary_semaphore has_begun{0};
    std::binary_semaphore may_end{0};
    bool was_called = false;

    task<int> hold() {
        co_return co_await offload(pool, [this] {
            has_begun.release();
            may_end.acquire();
            return 7;
        });
    }
    task<> stand_behind() {
        co_await offload(pool, [this] { was_called = true; });
    }
};

TEST(offload, that_is_cancelled_before_it_began_never_begins) {
    io::run([]() -> task<> {
        busy_pool busy;
        co_await with_scope([&](scope& group) -> task<> {
            group.spawn([&]() -> task<> { EXPECT_EQ(co_await busy.hold(), 7); });
            co_await everything_else();
            busy.has_begun.acquire();
            EXPECT_FALSE(co_await move_on_after(0, busy.stand_behind()));
            EXPECT_EQ(busy.pool.statistics().withdrawn, 1U);
            busy.may_end.release();
        });
        EXPECT_EQ(busy.pool.statistics().begun, 1U);
        EXPECT_FALSE(busy.was_called);
    }());
}

TEST(offload, that_is_cancelled_while_it_runs_gives_its_result) {
    io::run([]() -> task<> {
        busy_pool busy;
        int got = 0;
        co_await with_scope([&](scope& group) -> task<> {
            group.spawn([&]() -> task<> {
                got = co_await busy.hold();
                EXPECT_THROW(co_await yield(), cancelled);
            });
            co_await everything_else();
            busy.has_begun.acquire();
            group.cancel();
            co_await shield(everything_else());
            EXPECT_EQ(got, 0);
            busy.may_end.release();
        });
        EXPECT_EQ(got, 7);
    }());
}

TEST(offload, in_a_cancelled_scope_never_begins) {
    io::run([]() -> task<> {
        busy_pool busy;
        co_await with_scope([&](scope& group) -> task<> {
            group.cancel();
            EXPECT_THROW(co_await busy.stand_behind(), cancelled);
        });
        EXPECT_FALSE(busy.was_called);
        EXPECT_EQ(busy.pool.statistics().begun, 0U);
    }());
}

TEST(offload, may_start_a_loop_of_its_own) {
    io::run([]() -> task<> {
        const int got = co_await offload([] {
            return io::run([]() -> task<int> {
                co_await yield();
                co_return co_await offload([] { return 9; });
            }());
        });
        EXPECT_EQ(got, 9);
    }());
}

TEST(offload, wakes_a_loop_that_has_nothing_else_to_do) {
    for (int i = 0; i < 100; ++i)
        run_virtually([]() -> task<> { EXPECT_EQ(co_await offload([] { return 3; }), 3); }(),
                      with_others);
}

TEST(offload, on_a_pool_without_threads_runs_on_the_loops_own) {
    run_virtually([]() -> task<> {
        thread_pool none(0);
        const auto here = std::this_thread::get_id();
        EXPECT_EQ(co_await offload(none, [] { return std::this_thread::get_id(); }), here);
        bool was_called = false;
        co_await with_scope([&](scope& group) -> task<> {
            group.spawn([&]() -> task<> { co_await offload(none, [&] { was_called = true; }); });
            group.spawn([&]() -> task<> {
                group.cancel();
                co_return;
            });
            co_return;
        });
        EXPECT_FALSE(was_called);
    }());
}

TEST(offload, serves_the_loops_of_several_threads_from_one_pool) {
    thread_pool pool(2);
    std::atomic<int> calls = 0;
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < 3; ++i)
            threads.emplace_back([&] {
                io::run([](thread_pool& shared, std::atomic<int>& count) -> task<> {
                    for (int n = 0; n < 100; ++n) co_await offload(shared, [&] { ++count; });
                }(pool, calls));
            });
    }
    EXPECT_EQ(calls, 300);
}

}  // namespace
}  // namespace priz::io
