#include "priz/testing/run.hpp"

#include <gmock/gmock.h>

#include <stdexcept>
#include <string>

#include "priz/error.hpp"
#include "priz/io.hpp"
#include "priz/socket.hpp"
#include "priz/testing/memory_stream.hpp"

namespace priz::testing {
namespace {

using io::task;

std::string why_deadlocked(task<> main, const run_options& options = {}) {
    try {
        testing::run(std::move(main), options);
    } catch (const deadlock& why) {
        return why.what();
    }
    return "it ended";
}

TEST(run, an_hour_of_sleep_takes_exactly_an_hour_and_no_time) {
    testing::run([]() -> task<> {
        EXPECT_EQ(now(), 0);
        co_await io::sleep(3600);
        EXPECT_EQ(now(), 3600);
        co_await io::sleep(0.25);
        EXPECT_EQ(now(), 3600.25);
    }());
}

TEST(run, it_returns_what_the_task_returns) {
    EXPECT_EQ(testing::run([]() -> task<int> { co_return 7; }()), 7);
}

TEST(run, it_throws_what_the_task_throws) {
    EXPECT_THROW(testing::run([]() -> task<> {
                     co_await io::yield();
                     throw std::out_of_range("far");
                 }()),
                 std::out_of_range);
}

TEST(run, timers_fire_in_the_order_of_their_times) {
    testing::run([]() -> task<> {
        std::string order;
        co_await io::with_scope([&](io::scope& group) {
            for (const int seconds : {3, 1, 2})
                group.spawn([&order, seconds]() -> task<> {
                    co_await io::sleep(seconds);
                    order += std::to_string(seconds);
                });
        });
        EXPECT_EQ(order, "123");
        EXPECT_EQ(now(), 3);
    }());
}

TEST(run, a_deadline_passes_at_its_time) {
    testing::run([]() -> task<> {
        auto [a, b] = memory_pair();
        EXPECT_FALSE(co_await io::move_on_after(30, a.recv()));
        EXPECT_EQ(now(), 30);
        const auto outcome = co_await io::fail_after(5, a.try_recv());
        EXPECT_EQ(outcome.error().code(), errc::timed_out);
        EXPECT_EQ(now(), 35);
    }());
}

TEST(run, a_task_that_would_wait_for_ever_fails_at_once) {
    EXPECT_EQ(why_deadlocked([]() -> task<> {
                  co_await io::sleep(2);
                  auto [a, b] = memory_pair();
                  const auto none = co_await a.recv();
              }()),
              "testing::run: nothing can go on any more, after 2 s of virtual time; it "
              "waited in: recv unix: cancelled");
}

TEST(run, tasks_that_wait_for_each_other_are_a_deadlock) {
    EXPECT_THAT(why_deadlocked([]() -> task<> {
                    auto [a, b] = memory_pair();
                    co_await io::with_scope([&](io::scope& group) {
                        group.spawn([&]() -> task<> { const auto none = co_await a.recv(); });
                        group.spawn([&]() -> task<> { const auto none = co_await b.recv(); });
                    });
                }()),
                ::testing::HasSubstr("nothing can go on"));
}

TEST(run, a_deadlock_that_the_task_survives_is_one_all_the_same) {
    EXPECT_THAT(why_deadlocked([]() -> task<> {
                    auto [a, b] = memory_pair();
                    static_cast<void>(co_await a.try_recv());
                }()),
                ::testing::HasSubstr("nothing can go on"));
}

TEST(run, a_heartbeat_does_not_hide_a_deadlock) {
    EXPECT_THAT(why_deadlocked(
                    []() -> task<> {
                        co_await io::with_scope([](io::scope&) -> task<> {
                            for (;;) co_await io::sleep(1);
                        });
                    }(),
                    {.limit = 100}),
                ::testing::HasSubstr("not done within the limit, after 100 s"));
}

TEST(run, what_is_cancelled_by_a_deadlock_has_time_to_say_goodbye) {
    bool has_said_goodbye = false;
    EXPECT_THROW(testing::run([](bool& said) -> task<> {
                     auto [a, b] = memory_pair();
                     static_cast<void>(co_await a.try_recv());
                     co_await io::shield(io::sleep(1));
                     said = true;
                 }(has_said_goodbye)),
                 deadlock);
    EXPECT_TRUE(has_said_goodbye);
}

TEST(run, a_letter_to_the_own_loop_is_not_overlooked) {
    testing::run([]() -> task<> {
        auto [a, b] = memory_pair();
        io::stream& far = b;
        io::loop::current().handle().post([&far]() noexcept { far.reset(); });
        EXPECT_TRUE((co_await a.recv()).empty());
    }());
}

TEST(run, a_wait_for_a_socket_of_the_kernel_is_refused) {
    testing::run([]() -> task<> {
        auto [left, right] = socketpair();
        io::stream here(std::move(left));
        right.sendall("x");
        EXPECT_EQ((co_await here.recv()).text(), "x");
        EXPECT_EQ((co_await here.try_recv()).error().code(), std::errc::operation_not_supported);
    }());
}

TEST(run, waiting_until_all_tasks_wait_takes_no_time) {
    testing::run([]() -> task<> {
        int steps = 0;
        co_await io::with_scope([&](io::scope& group) -> task<> {
            group.spawn([&]() -> task<> {
                for (; steps < 100; ++steps) co_await io::yield();
                co_await io::sleep(1);
                ++steps;
            });
            co_await wait_all_tasks_blocked();
            EXPECT_EQ(steps, 100);
            EXPECT_EQ(now(), 0);
        });
        EXPECT_EQ(steps, 101);
    }());
}

TEST(run, waiting_until_all_tasks_wait_can_be_cancelled) {
    testing::run([]() -> task<> {
        const auto outcome = co_await io::move_on_after(0, []() -> task<int> {
            co_await io::sleep(0);
            co_await wait_all_tasks_blocked();
            co_return 1;
        }());
        EXPECT_FALSE(outcome);
    }());
}

TEST(run, a_loop_does_not_run_within_a_loop) {
    testing::run([]() -> task<> {
        EXPECT_THROW(testing::run([]() -> task<> { co_return; }()), value_error);
        co_return;
    }());
}

}  // namespace
}  // namespace priz::testing
