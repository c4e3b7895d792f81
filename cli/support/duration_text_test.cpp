#include "duration_text.hpp"

#include <gtest/gtest.h>

namespace priz::cli {

namespace {

TEST(duration_text, a_number_alone_is_seconds) {
    EXPECT_EQ(parse_duration("5"), duration(5));
    EXPECT_EQ(parse_duration("0"), duration(0));
    EXPECT_EQ(parse_duration(".5"), duration(0.5));
}

TEST(duration_text, units_are_ms_s_m_and_h) {
    EXPECT_EQ(parse_duration("250ms"), duration(0.25));
    EXPECT_EQ(parse_duration("2.5s"), duration(2.5));
    EXPECT_EQ(parse_duration("2m"), duration(120));
    EXPECT_EQ(parse_duration("1h"), duration(3600));
}

TEST(duration_text, anything_else_is_refused) {
    for (const char* wrong : {"", "s", "-1", "+1", "5 s", " 5", "5d", "5sec", "1e3", "inf", "nan",
                              "0x10", "1.2.3", "5ms "})
        EXPECT_EQ(parse_duration(wrong), std::nullopt) << wrong;
}

TEST(duration_text, a_huge_number_is_the_longest_time_and_not_a_short_one) {
    EXPECT_EQ(parse_duration("99999999999999999999"), duration::max());
}

TEST(duration_text, people_read_microseconds_milliseconds_and_seconds) {
    EXPECT_EQ(duration_text(duration(0.0000812)), "81.2 µs");
    EXPECT_EQ(duration_text(duration(0)), "0 ms");
    EXPECT_EQ(duration_text(duration(0.25)), "250 ms");
    EXPECT_EQ(duration_text(duration(2.5)), "2.5 s");
}

}  // namespace

}  // namespace priz::cli
