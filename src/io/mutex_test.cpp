#include "priz/io/mutex.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "io/io_test_support.hpp"
#include "priz/error.hpp"
#include "priz/io/cancel_scope.hpp"
#include "priz/io/scope.hpp"

namespace priz::io {
namespace {

task<> say_inside(mutex& m, std::string& said, char who) {
    auto held = co_await m.lock();
    said += who;
    co_await io::sleep(1);
    said += static_cast<char>(who - 'a' + 'A');
}

TEST(mutex, lets_one_in_at_a_time_in_the_order_of_coming) {
    std::string said;
    run_virtually([](std::string& s) -> task<> {
        mutex m;
        co_await with_scope([&](scope& group) {
            for (const char who : {'a', 'b', 'c'}) group.spawn(say_inside(m, s, who));
        });
        EXPECT_FALSE(m.locked());
    }(said));
    EXPECT_EQ(said, "aAbBcC");
}

TEST(mutex, is_not_taken_by_one_who_comes_between_two_holders) {
    std::string said;
    run_virtually([](std::string& s) -> task<> {
        mutex m;
        co_await with_scope([&](scope& group) -> task<> {
            {
                auto held = co_await m.lock();
                group.spawn(say_inside(m, s, 'a'));
                co_await everything_else();
            }
            EXPECT_TRUE(m.locked());
            EXPECT_FALSE(m.lock_nowait());
            co_await say_inside(m, s, 'b');
        });
    }(said));
    EXPECT_EQ(said, "aAbB");
}

TEST(mutex, is_free_when_its_guard_was_moved_and_destroyed) {
    run_virtually([]() -> task<> {
        mutex m;
        {
            auto held = co_await m.lock();
            const auto other = std::move(held);
            EXPECT_FALSE(held);
            EXPECT_TRUE(other);
            EXPECT_TRUE(m.locked());
        }
        EXPECT_FALSE(m.locked());
        auto again = m.lock_nowait();
        EXPECT_TRUE(m.locked());
        again->unlock();
        EXPECT_FALSE(m.locked());
    }());
}

TEST(mutex, passes_over_who_was_cancelled_in_line) {
    std::string said;
    run_virtually([](std::string& s) -> task<> {
        mutex m;
        co_await with_scope([&](scope& group) -> task<> {
            auto held = co_await m.lock();
            group.spawn([&]() -> task<> {
                EXPECT_FALSE(co_await move_on_after(1, say_inside(m, s, 'x')));
            });
            group.spawn(say_inside(m, s, 'a'));
            co_await io::sleep(2);
        });
        EXPECT_FALSE(m.locked());
    }(said));
    EXPECT_EQ(said, "aA");
}

TEST(mutex, handed_over_before_the_cancellation_is_held_and_given_back) {
    run_virtually([]() -> task<> {
        mutex m;
        bool was_held = false;
        co_await with_scope([&](scope& group) -> task<> {
            auto held = co_await m.lock();
            group.spawn([&]() -> task<> {
                auto mine = co_await m.lock();
                was_held = true;
                co_await yield();
                ADD_FAILURE() << "the cancellation was not met";
            });
            co_await everything_else();
            held.unlock();
            group.cancel();
        });
        EXPECT_TRUE(was_held);
        EXPECT_FALSE(m.locked());
    }());
}

TEST(mutex, is_not_locked_by_a_task_that_is_cancelled_already) {
    run_virtually([]() -> task<> {
        mutex m;
        co_await with_scope([&](scope& group) -> task<> {
            group.cancel();
            EXPECT_THROW(auto held = co_await m.lock(), cancelled);
            EXPECT_FALSE(m.locked());
        });
    }());
}

}  // namespace
}  // namespace priz::io
