#include "priz/io/condition.hpp"

#include <gtest/gtest.h>

#include <string>

#include "io/io_test_support.hpp"
#include "priz/error.hpp"
#include "priz/io/cancel_scope.hpp"
#include "priz/io/scope.hpp"

namespace priz::io {
namespace {

// Waits once, and notes who goes on; checks that nobody else is inside.
task<> wait_once(mutex& m, condition& c, std::string& said, char who) {
    auto held = co_await m.lock();
    co_await c.wait(held);
    EXPECT_TRUE(held);
    EXPECT_TRUE(m.locked());
    said += who;
}

TEST(condition, lets_go_on_who_waited_longest) {
    std::string said;
    run_virtually([](std::string& s) -> task<> {
        mutex m;
        condition c;
        co_await with_scope([&](scope& group) -> task<> {
            for (const char who : {'a', 'b', 'c', 'd'}) group.spawn(wait_once(m, c, s, who));
            co_await everything_else();
            EXPECT_FALSE(m.locked());
            c.notify_one();
            co_await everything_else();
            EXPECT_EQ(s, "a");
            c.notify(2);
            co_await everything_else();
            EXPECT_EQ(s, "abc");
            c.notify_all();
            c.notify_all();
        });
    }(said));
    EXPECT_EQ(said, "abcd");
}

TEST(condition, goes_on_only_when_the_mutex_is_free_again) {
    std::string said;
    run_virtually([](std::string& s) -> task<> {
        mutex m;
        condition c;
        co_await with_scope([&](scope& group) -> task<> {
            group.spawn(wait_once(m, c, s, 'a'));
            co_await everything_else();
            auto held = co_await m.lock();
            c.notify_all();
            co_await io::sleep(1);
            s += "holder ";
        });
    }(said));
    EXPECT_EQ(said, "holder a");
}

TEST(condition, waits_for_what_it_is_told_to) {
    run_virtually([]() -> task<> {
        mutex m;
        condition c;
        int level = 0;
        co_await with_scope([&](scope& group) -> task<> {
            group.spawn([&]() -> task<> {
                auto held = co_await m.lock();
                co_await c.wait_for(held, [&] { return level >= 3; });
                EXPECT_EQ(level, 3);
            });
            for (int i = 0; i < 3; ++i) {
                auto held = co_await m.lock();
                ++level;
                c.notify_all();
                held.unlock();
                co_await io::sleep(1);
            }
        });
    }());
}

TEST(condition, holds_the_mutex_again_when_it_was_cancelled) {
    run_virtually([]() -> task<> {
        mutex m;
        condition c;
        co_await with_scope([&](scope& group) -> task<> {
            group.spawn([&]() -> task<> {
                auto held = co_await m.lock();
                EXPECT_FALSE(co_await move_on_after(1, c.wait(held)));
                EXPECT_TRUE(held);
                EXPECT_EQ(seconds_passed(), 5);
            });
            co_await everything_else();
            auto held = co_await m.lock();
            co_await io::sleep(5);
        });
        EXPECT_FALSE(m.locked());
    }());
}

TEST(condition, loses_no_notification_to_one_that_is_cancelled) {
    std::string said;
    run_virtually([](std::string& s) -> task<> {
        mutex m;
        condition c;
        co_await with_scope([&](scope& all) -> task<> {
            all.spawn(wait_once(m, c, s, 'b'));
            co_await everything_else();
            co_await with_scope([&](scope& group) -> task<> {
                group.spawn(wait_once(m, c, s, 'a'));
                co_await everything_else();
                auto held = co_await m.lock();
                c.notify(2);
                group.cancel();
            });
        });
    }(said));
    EXPECT_EQ(said, "ba");
}

TEST(condition, refuses_a_guard_that_holds_nothing) {
    run_virtually([]() -> task<> {
        condition c;
        mutex::guard nothing;
        EXPECT_THROW(co_await c.wait(nothing), error);
    }());
}

}  // namespace
}  // namespace priz::io
