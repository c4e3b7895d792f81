#include "priz/deadline.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace priz {
namespace {

TEST(deadline, without_a_timeout_never_passes) {
    EXPECT_TRUE(deadline::after(std::nullopt).is_never());
    EXPECT_FALSE(deadline().has_passed());
    EXPECT_EQ(deadline().remaining(), std::nullopt);
}

TEST(deadline, a_timeout_beyond_the_clock_never_passes) {
    EXPECT_TRUE(deadline::after(duration::max()).is_never());
}

TEST(deadline, a_timeout_of_zero_has_passed_at_once) {
    const deadline now = deadline::after(duration());
    EXPECT_TRUE(now.has_passed());
    EXPECT_EQ(now.remaining(), duration());
}

TEST(deadline, what_remains_is_at_most_the_timeout_and_never_negative) {
    const auto left = deadline::after(duration(3600)).remaining();
    ASSERT_TRUE(left.has_value());
    EXPECT_LE(*left, duration(3600));
    EXPECT_GT(*left, duration(3000));
    EXPECT_EQ(deadline::at(1).remaining(), duration());
}

TEST(deadline, the_earlier_compares_less_and_never_is_last) {
    EXPECT_LT(deadline::at(5), deadline::at(6));
    EXPECT_LT(deadline::after(duration(3600)), deadline());
}

TEST(deadline, at_the_beginning_of_time_has_passed) {
    const auto first = deadline::at(std::numeric_limits<std::int64_t>::min());
    EXPECT_EQ(first.remaining(), duration());
}

}  // namespace
}  // namespace priz
