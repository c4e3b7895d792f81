#include "core/resolve_hosts.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace priz::detail {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// The C library reads the same table the same way; see the comparison in tests/resolver.
constexpr std::string_view table =
    "127.0.0.1\tlocalhost\n"
    "::1 localhost ip6-localhost # loopback\n"
    "192.0.2.10 multi multi.example m1\n"
    "192.0.2.11 other multi m2\n"
    "2001:db8::5 multi\n"
    "192.0.2.11 MULTI again\n"
    "10.0.0.256 bad\n"
    "1.2 odd\n"
    "fe80::1%lo scoped\n"
    "192.0.2.99\n"
    "::ffff:192.0.2.44 mapped\n"
    "192.0.2.12 last";

std::vector<std::string> texts(const std::optional<host_record>& record) {
    std::vector<std::string> all;
    if (!record) return all;
    for (const address& where : record->addresses) all.push_back(where.host());
    return all;
}

std::vector<std::string> addresses(std::string_view name, int family = AF_UNSPEC) {
    return texts(hosts_with_name(table, name, family));
}

TEST(resolve_hosts, every_line_with_the_name_counts_in_their_order) {
    EXPECT_THAT(addresses("multi"), ElementsAre("192.0.2.10", "192.0.2.11", "2001:db8::5"));
    EXPECT_THAT(addresses("multi", AF_INET), ElementsAre("192.0.2.10", "192.0.2.11"));
    EXPECT_THAT(addresses("multi", AF_INET6), ElementsAre("2001:db8::5"));
}

TEST(resolve_hosts, the_first_name_of_the_first_line_is_the_hosts) {
    const auto record = hosts_with_name(table, "m2", AF_UNSPEC);
    ASSERT_TRUE(record);
    EXPECT_EQ(record->name, "other");
    EXPECT_THAT(record->aliases, ElementsAre("multi", "m2"));
}

TEST(resolve_hosts, case_does_not_count) {
    EXPECT_THAT(addresses("LOCALHOST", AF_INET6), ElementsAre("::1"));
}

TEST(resolve_hosts, ipv6_loopback_stands_for_ipv4_loopback_once) {
    EXPECT_THAT(addresses("localhost", AF_INET), ElementsAre("127.0.0.1"));
    EXPECT_THAT(addresses("ip6-localhost", AF_INET), ElementsAre("127.0.0.1"));
    EXPECT_THAT(addresses("mapped", AF_INET), ElementsAre("192.0.2.44"));
}

TEST(resolve_hosts, lines_that_begin_with_no_address_mean_nothing) {
    for (const auto* name : {"bad", "odd", "scoped"}) EXPECT_THAT(addresses(name), IsEmpty());
}

TEST(resolve_hosts, comments_and_lines_without_a_name_mean_nothing) {
    EXPECT_THAT(addresses("loopback"), IsEmpty());
    EXPECT_FALSE(hosts_with_address(table, address::ipv4("192.0.2.99", 0)));
}

TEST(resolve_hosts, a_last_line_needs_no_end) {
    EXPECT_THAT(addresses("last"), ElementsAre("192.0.2.12"));
}

TEST(resolve_hosts, a_part_of_a_name_is_not_the_name) {
    EXPECT_THAT(addresses("mult"), IsEmpty());
    EXPECT_THAT(addresses("multi."), IsEmpty());
    EXPECT_THAT(addresses(""), IsEmpty());
}

TEST(resolve_hosts, an_address_has_the_names_of_its_first_line) {
    const auto record = hosts_with_address(table, address::ipv4("192.0.2.11", 0));
    ASSERT_TRUE(record);
    EXPECT_EQ(record->name, "other");
    EXPECT_THAT(record->aliases, ElementsAre("multi", "m2"));
    EXPECT_FALSE(hosts_with_address(table, address::ipv4("192.0.2.77", 0)));
}

}  // namespace
}  // namespace priz::detail
