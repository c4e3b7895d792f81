#include "priz/io/event.hpp"

#include <gtest/gtest.h>

#include "io/io_test_support.hpp"
#include "priz/io/cancel_scope.hpp"
#include "priz/io/scope.hpp"

namespace priz::io {
namespace {

task<> count_when(event& happens, int& count) {
    co_await happens.wait();
    ++count;
}

TEST(event, that_is_set_lets_pass_without_waiting) {
    run_virtually([]() -> task<> {
        event e;
        e.set();
        const auto before = loop::current().statistics().turns;
        co_await e.wait();
        EXPECT_EQ(loop::current().statistics().turns, before);
    }());
}

TEST(event, wakes_everyone_who_waits) {
    run_virtually([]() -> task<> {
        event e;
        int count = 0;
        co_await with_scope([&](scope& group) -> task<> {
            for (int i = 0; i < 10; ++i) group.spawn(count_when(e, count));
            co_await everything_else();
            EXPECT_EQ(count, 0);
            e.set();
            EXPECT_EQ(count, 0);
            co_await yield();
            EXPECT_EQ(count, 10);
        });
    }());
}

TEST(event, wakes_those_who_waited_also_when_it_is_cleared_at_once) {
    run_virtually([]() -> task<> {
        event e;
        int count = 0;
        co_await with_scope([&](scope& group) -> task<> {
            group.spawn(count_when(e, count));
            co_await everything_else();
            e.set();
            e.clear();
            co_await everything_else();
            EXPECT_EQ(count, 1);
            EXPECT_FALSE(co_await move_on_after(1, e.wait()));
        });
    }());
}

TEST(event, forgets_who_was_cancelled) {
    run_virtually([]() -> task<> {
        event e;
        EXPECT_FALSE(co_await move_on_after(1, e.wait()));
        e.set();
        EXPECT_TRUE(co_await move_on_after(1, e.wait()));
    }());
}

TEST(event, that_came_before_the_cancellation_counts) {
    run_virtually([]() -> task<> {
        event e;
        int count = 0;
        co_await with_scope([&](scope& group) -> task<> {
            group.spawn(count_when(e, count));
            co_await everything_else();
            e.set();
            group.cancel();
        });
        EXPECT_EQ(count, 1);
    }());
}

TEST(event, lets_others_run_where_it_is_always_set) {
    run_virtually([]() -> task<> {
        event e;
        e.set();
        bool may_end = false;
        co_await with_scope([&](scope& group) -> task<> {
            group.spawn([&]() -> task<> {
                may_end = true;
                co_return;
            });
            while (!may_end) co_await e.wait();
        });
    }());
}

}  // namespace
}  // namespace priz::io
