#include "priz/io/sleep.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "io/io_test_support.hpp"
#include "priz/error.hpp"
#include "priz/io/cancel_scope.hpp"
#include "priz/io/scope.hpp"

namespace priz::io {
namespace {

TEST(sleep, lasts_exactly_as_long_as_asked) {
    run_virtually([]() -> task<> {
        co_await io::sleep(2.5);
        EXPECT_EQ(seconds_passed(), 2.5);
        co_await io::sleep(3600);
        EXPECT_EQ(seconds_passed(), 3602.5);
    }());
}

TEST(sleep, until_a_time_that_has_passed_ends_at_once) {
    run_virtually([]() -> task<> {
        co_await io::sleep(10);
        co_await io::sleep_until(deadline::at(5));
        EXPECT_EQ(seconds_passed(), 10);
    }());
}

TEST(sleep, of_nothing_lets_others_run) {
    std::string order;
    run_virtually([](std::string& said) -> task<> {
        co_await with_scope([&](scope& group) -> task<> {
            group.spawn([&said]() -> task<> {
                said += "b";
                co_return;
            });
            said += "a";
            co_await io::sleep(0);
            said += "c";
        });
    }(order));
    EXPECT_EQ(order, "abc");
}

TEST(sleep, of_less_than_nothing_is_refused) {
    const auto refused = [](duration given) {
        try {
            run_virtually([](duration d) -> task<> { co_await io::sleep(d); }(given));
        } catch (const error& why) {
            return why.code() == errc::value_error;
        }
        return false;
    };
    EXPECT_TRUE(refused(-1));
    EXPECT_TRUE(refused(std::numeric_limits<double>::quiet_NaN()));
}

TEST(sleep, outside_of_a_loop_is_refused) { EXPECT_THROW(detail::time_after(1), error); }

TEST(sleep, ends_in_the_order_of_time_not_of_the_calls) {
    std::string order;
    run_virtually([](std::string& said) -> task<> {
        co_await with_scope([&](scope& group) {
            for (const int n : {3, 1, 2, 1})
                group.spawn([&said, n]() -> task<> {
                    co_await io::sleep(n);
                    said += std::to_string(n);
                });
        });
        EXPECT_EQ(seconds_passed(), 3);
    }(order));
    EXPECT_EQ(order, "1123");
}

TEST(sleep, that_is_cancelled_says_so) {
    std::string said;
    run_virtually([](std::string& told) -> task<> {
        co_await with_scope([&](scope& group) -> task<> {
            group.spawn([&told]() -> task<> {
                try {
                    co_await io::sleep(100);
                } catch (const cancelled& why) {
                    told = why.why().operation();
                    throw;
                }
            });
            co_await io::sleep(1);
            group.cancel();
        });
        EXPECT_EQ(seconds_passed(), 1);
    }(said));
    EXPECT_EQ(said, "sleep");
}

TEST(sleep, for_ever_ends_by_cancellation) {
    run_virtually([]() -> task<> {
        EXPECT_FALSE(co_await move_on_after(7, io::sleep(duration::max())));
        EXPECT_EQ(seconds_passed(), 7);
    }());
}

TEST(sleep, for_ever_with_nobody_to_end_it_is_seen_to_be_stuck) {
    EXPECT_THROW(run_virtually([]() -> task<> { co_await io::sleep(duration::max()); }()),
                 std::logic_error);
}

TEST(yield, gives_everyone_a_turn) {
    std::string order;
    run_virtually([](std::string& said) -> task<> {
        co_await with_scope([&](scope& group) {
            for (const char who : {'a', 'b', 'c'})
                group.spawn([&said, who]() -> task<> {
                    for (int i = 0; i < 3; ++i) {
                        said += who;
                        co_await yield();
                    }
                });
        });
    }(order));
    EXPECT_EQ(order, "abcabcabc");
}

TEST(yield, in_a_cancelled_scope_throws) {
    run_virtually([]() -> task<> {
        co_await with_scope([](scope& group) -> task<> {
            group.cancel();
            EXPECT_THROW(co_await yield(), cancelled);
        });
    }());
}

}  // namespace
}  // namespace priz::io
