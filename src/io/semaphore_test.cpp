#include "priz/io/semaphore.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "io/io_test_support.hpp"
#include "priz/error.hpp"
#include "priz/io/cancel_scope.hpp"
#include "priz/io/scope.hpp"

namespace priz::io {
namespace {

task<> say_with(semaphore& s, std::size_t count, std::string& said, const char* who) {
    auto permit = co_await s.acquire(count);
    said += who;
    co_await io::sleep(1);
}

TEST(semaphore, lets_so_many_in_at_a_time) {
    run_virtually([]() -> task<> {
        semaphore s(3);
        int inside = 0;
        int most = 0;
        co_await with_scope([&](scope& group) {
            for (int i = 0; i < 10; ++i)
                group.spawn([&]() -> task<> {
                    auto permit = co_await s.acquire();
                    most = std::max(most, ++inside);
                    co_await io::sleep(1);
                    --inside;
                });
        });
        EXPECT_EQ(most, 3);
        EXPECT_EQ(seconds_passed(), 4);
        EXPECT_EQ(s.available(), 3U);
    }());
}

TEST(semaphore, gives_permits_in_the_order_of_asking_however_many) {
    std::string said;
    run_virtually([](std::string& told) -> task<> {
        semaphore s(3);
        co_await with_scope([&](scope& group) {
            group.spawn(say_with(s, 1, told, "a"));
            group.spawn(say_with(s, 3, told, "bbb"));
            group.spawn(say_with(s, 1, told, "c"));
        });
    }(said));
    EXPECT_EQ(said, "abbbc");
}

TEST(semaphore, serves_who_stood_behind_one_that_was_cancelled) {
    std::string said;
    run_virtually([](std::string& told) -> task<> {
        semaphore s(3);
        co_await with_scope([&](scope& group) -> task<> {
            auto held = co_await s.acquire(1);
            group.spawn([&]() -> task<> {
                EXPECT_FALSE(co_await move_on_after(1, say_with(s, 3, told, "bbb")));
            });
            group.spawn(say_with(s, 1, told, "c"));
            co_await everything_else();
            EXPECT_EQ(told, "");
            EXPECT_TRUE(s.locked());
            EXPECT_FALSE(s.acquire_nowait());
            co_await io::sleep(1.5);
            EXPECT_EQ(told, "c");
        });
    }(said));
}

TEST(semaphore, gets_back_what_was_handed_over_to_one_that_is_cancelled) {
    run_virtually([]() -> task<> {
        semaphore s(1);
        co_await with_scope([&](scope& group) -> task<> {
            auto held = co_await s.acquire();
            group.spawn([&]() -> task<> {
                auto permit = co_await s.acquire();
                EXPECT_EQ(permit.count(), 1U);
                co_await yield();
            });
            co_await everything_else();
            held.release();
            EXPECT_EQ(s.available(), 0U);
            group.cancel();
        });
        EXPECT_EQ(s.available(), 1U);
    }());
}

TEST(semaphore, refuses_none_and_more_than_there_are) {
    semaphore s(2);
    EXPECT_THROW({ const auto none = s.acquire_nowait(0); }, error);
    EXPECT_THROW({ const auto none = s.acquire_nowait(3); }, error);
    const auto both = s.acquire_nowait(2);
    EXPECT_EQ(both->count(), 2U);
    EXPECT_EQ(s.available(), 0U);
    EXPECT_FALSE(s.acquire_nowait(1));
}

}  // namespace
}  // namespace priz::io
