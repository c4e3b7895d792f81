#include "core/connect_targets.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace priz::detail {
namespace {

using testing::ElementsAre;

// Digits are IPv4 addresses, letters IPv6 ones.
std::string turns(const std::string& sorted) {
    std::vector<address_info> all;
    for (const char c : sorted)
        all.push_back({.family = c >= 'a' ? AF_INET6 : AF_INET, .canonname = std::string(1, c)});
    std::string result;
    for (const address_info& one : interleaved(all)) result += one.canonname;
    return result;
}

TEST(connect_targets, the_families_take_turns) {
    EXPECT_EQ(turns("abc123"), "a1b2c3");
    EXPECT_EQ(turns("123abc"), "1a2b3c");
}

TEST(connect_targets, the_rest_of_the_longer_family_follows) {
    EXPECT_EQ(turns("abcd1"), "a1bcd");
    EXPECT_EQ(turns("a123"), "a123");
}

TEST(connect_targets, one_family_keeps_its_order) {
    EXPECT_EQ(turns("cab"), "cab");
    EXPECT_EQ(turns("1"), "1");
}

TEST(connect_targets, nothing_gives_nothing) { EXPECT_EQ(turns(""), ""); }

}  // namespace
}  // namespace priz::detail
