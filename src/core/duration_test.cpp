#include "priz/duration.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <limits>
#include <sstream>

#include "core/python_fixture.hpp"

namespace priz {
namespace {

using namespace std::chrono_literals;

TEST(duration, a_plain_number_is_seconds) {
    EXPECT_EQ(duration(5).nanoseconds(), 5'000'000'000);
    EXPECT_EQ(duration(0.25).nanoseconds(), 250'000'000);
}

TEST(duration, a_chrono_duration_keeps_its_length) {
    EXPECT_EQ(duration(250us).nanoseconds(), 250'000);
    EXPECT_EQ(duration(24h).nanoseconds(), 86'400'000'000'000);
    EXPECT_EQ(duration(std::chrono::duration<double>(1.5)).nanoseconds(), 1'500'000'000);
}

TEST(duration, a_decimal_fraction_is_what_python_makes_of_it) {
    const double seconds[] = {0.1, 1.1, 0.3, 0.7, 2.2, 1e-9, 1.5e-9, 123456.789, 4e9 + 0.1};
    std::ostringstream script;
    std::ostringstream ours;
    script.precision(17);
    script << "from socket import socket\ns = socket()\n";
    for (const double one : seconds) {
        script << "s.settimeout(" << one << "); print(round(s.gettimeout() * 1e9))\n";
        ours << std::llround(duration(one).seconds() * 1e9) << '\n';
    }
    EXPECT_EQ(test::python(script.str()), ours.str());
    EXPECT_EQ(duration(0.1).nanoseconds(), 100'000'000);
}

TEST(duration, what_is_finer_than_a_nanosecond_never_becomes_zero) {
    EXPECT_EQ(duration(1e-12).nanoseconds(), 1);
    EXPECT_EQ(duration(-1e-12).nanoseconds(), -1);
    EXPECT_EQ(duration(1.0000000001).nanoseconds(), 1'000'000'001);
}

TEST(duration, what_is_too_long_becomes_the_longest) {
    EXPECT_EQ(duration(1e10), duration::max());
    EXPECT_EQ(duration(std::numeric_limits<double>::infinity()), duration::max());
    EXPECT_EQ(duration(std::chrono::hours::max()), duration::max());
    EXPECT_EQ(duration(std::numeric_limits<unsigned long long>::max()), duration::max());
}

TEST(duration, not_a_number_is_not_valid) {
    EXPECT_FALSE(duration(std::nan("")).is_valid());
    EXPECT_TRUE(duration(-1e30).is_valid());
}

TEST(duration, gives_chrono_durations_back) {
    EXPECT_EQ(static_cast<std::chrono::milliseconds>(duration(2.5)), 2500ms);
    EXPECT_EQ(static_cast<std::chrono::seconds>(duration(2.9)), 2s);
    EXPECT_EQ(static_cast<std::chrono::duration<double>>(duration(2.5)).count(), 2.5);
    EXPECT_EQ(static_cast<std::chrono::hours>(duration(7200)), 2h);
}

TEST(duration, a_long_one_survives_chrono_to_the_nanosecond) {
    const auto long_one = duration::from_nanoseconds(4'161'722'926'731'829'965);
    EXPECT_EQ(static_cast<std::chrono::nanoseconds>(long_one).count(), long_one.nanoseconds());
    EXPECT_EQ(static_cast<std::chrono::nanoseconds>(duration::max()).count(),
              duration::max().nanoseconds());
}

TEST(duration, compares_by_length) {
    EXPECT_LT(duration(1ms), duration(1));
    EXPECT_EQ(duration(1000ms), duration(1));
}

}  // namespace
}  // namespace priz
