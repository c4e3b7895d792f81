#include "schedule.hpp"

#include <gtest/gtest.h>

namespace priz::cli {

namespace {

constexpr std::int64_t ms = 1'000'000;
constexpr std::uint64_t no_limit = std::uint64_t{1} << 60U;

TEST(schedule, the_first_message_is_due_at_once_and_the_others_at_the_rate) {
    const schedule thousand(1000);
    EXPECT_EQ(thousand.due(0), 0);
    EXPECT_EQ(thousand.due(300), 300 * ms);
    EXPECT_EQ(schedule(1e9).due(2), 2);
}

TEST(schedule, what_is_due_at_the_end_is_not_due_before_it) {
    // 0.3 s at 1000 a second is more than 300 in doubles.
    EXPECT_EQ(schedule(1000).count_before(300 * ms, no_limit), 300);
    EXPECT_EQ(schedule(1000).count_before(300 * ms + 1, no_limit), 301);
    EXPECT_EQ(schedule(1000).count_before(0, no_limit), 0);
}

TEST(schedule, counts_what_it_has_due_whatever_the_rate) {
    for (const double rate : {0.3, 7.0, 1000.0, 2999.97, 20'000.0, 1e6})
        for (std::int64_t length = 1; length < 5000 * ms; length = length * 3 + 1) {
            const schedule all(rate);
            const auto count = all.count_before(length, no_limit);
            EXPECT_LT(all.due(count - 1), length) << rate;
            EXPECT_GE(all.due(count), length) << rate;
        }
}

TEST(schedule, counts_no_more_than_there_are) {
    EXPECT_EQ(schedule(1000).count_before(300 * ms, 7), 7);
    EXPECT_EQ(schedule(1000).count_before(schedule::never, 7), 7);
    EXPECT_EQ(schedule(1e300).count_before(1, no_limit), no_limit);
}

TEST(schedule, what_is_later_than_time_goes_is_never_due) {
    EXPECT_EQ(schedule(1e-300).due(1), schedule::never);
    EXPECT_EQ(schedule(1e-300).count_before(schedule::never, no_limit), 1);
}

}  // namespace

}  // namespace priz::cli
