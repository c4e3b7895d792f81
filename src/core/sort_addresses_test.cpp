#include "core/sort_addresses.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netdb.h>

#include <array>
#include <string>
#include <utility>

namespace priz::detail {
namespace {

using testing::ElementsAre;

address at(const std::string& text) {
    if (text.empty()) return {};
    return text.find(':') == std::string::npos ? address::ipv4(text, 0) : address::ipv6(text, 0);
}

// Each pair is a destination and the source towards it, empty where there is no route.
std::vector<std::string> order(const std::vector<std::pair<std::string, std::string>>& pairs) {
    std::vector<address> destinations;
    std::vector<address> sources;
    for (const auto& [to, from] : pairs) {
        destinations.push_back(at(to));
        sources.push_back(at(from));
    }
    std::vector<std::string> sorted;
    for (const address& a : sort_addresses(destinations, sources)) sorted.push_back(a.host());
    return sorted;
}

// The next seven are the examples of RFC 6724, section 10.2, but for those about home and
// deprecated addresses.
TEST(sort_addresses, a_matching_scope_comes_first_when_only_ipv6_has_it) {
    EXPECT_THAT(order({{"198.51.100.121", "169.254.13.78"}, {"2001:db8:1::1", "2001:db8:1::2"}}),
                ElementsAre("2001:db8:1::1", "198.51.100.121"));
}

TEST(sort_addresses, a_matching_scope_comes_first_when_only_ipv4_has_it) {
    EXPECT_THAT(order({{"2001:db8:1::1", "fe80::1"}, {"198.51.100.121", "198.51.100.117"}}),
                ElementsAre("198.51.100.121", "2001:db8:1::1"));
}

TEST(sort_addresses, the_higher_precedence_comes_first) {
    EXPECT_THAT(order({{"10.1.2.3", "10.1.2.4"}, {"2001:db8:1::1", "2001:db8:1::2"}}),
                ElementsAre("2001:db8:1::1", "10.1.2.3"));
}

TEST(sort_addresses, the_smaller_scope_comes_first) {
    EXPECT_THAT(order({{"2001:db8:1::1", "2001:db8:1::2"}, {"fe80::1", "fe80::2"}}),
                ElementsAre("fe80::1", "2001:db8:1::1"));
}

TEST(sort_addresses, the_longest_matching_prefix_comes_first) {
    EXPECT_THAT(
        order({{"2001:db8:3ffe::1", "2001:db8:3f44::2"}, {"2001:db8:1::1", "2001:db8:1::2"}}),
        ElementsAre("2001:db8:1::1", "2001:db8:3ffe::1"));
}

TEST(sort_addresses, a_matching_label_comes_first) {
    EXPECT_THAT(
        order({{"2001:db8:1::1", "2002:c633:6401::2"}, {"2002:c633:6401::1", "2002:c633:6401::2"}}),
        ElementsAre("2002:c633:6401::1", "2001:db8:1::1"));
}

TEST(sort_addresses, native_ipv6_comes_before_six_to_four) {
    EXPECT_THAT(
        order({{"2002:c633:6401::1", "2002:c633:6401::2"}, {"2001:db8:1::1", "2001:db8:1::2"}}),
        ElementsAre("2001:db8:1::1", "2002:c633:6401::1"));
}

TEST(sort_addresses, what_has_no_route_comes_last) {
    EXPECT_THAT(order({{"2001:db8::1", ""}, {"192.0.2.1", "192.0.2.9"}, {"::1", ""}}),
                ElementsAre("192.0.2.1", "::1", "2001:db8::1"));
}

TEST(sort_addresses, ipv6_loopback_comes_before_ipv4_loopback) {
    EXPECT_THAT(order({{"127.0.0.1", "127.0.0.1"}, {"::1", "::1"}}),
                ElementsAre("::1", "127.0.0.1"));
}

TEST(sort_addresses, ipv4_comes_before_the_world_seen_from_a_unique_local_address) {
    EXPECT_THAT(order({{"2001:db8::1", "fd00::2"}, {"192.0.2.1", "192.0.2.9"}}),
                ElementsAre("192.0.2.1", "2001:db8::1"));
}

TEST(sort_addresses, equals_keep_their_order) {
    EXPECT_THAT(order({{"192.0.2.200", "192.0.2.9"},
                       {"192.0.2.8", "192.0.2.9"},
                       {"198.51.100.1", "192.0.2.9"}}),
                ElementsAre("192.0.2.200", "192.0.2.8", "198.51.100.1"));
}

TEST(sort_addresses, multicast_scopes_are_read_from_the_address) {
    EXPECT_THAT(order({{"ff0e::1", "2001:db8::2"}, {"ff02::1", "fe80::2"}}),
                ElementsAre("ff02::1", "ff0e::1"));
}

TEST(sort_addresses, nothing_sorts_to_nothing) { EXPECT_TRUE(order({}).empty()); }

TEST(sort_addresses, the_source_towards_loopback_is_loopback) {
    const std::array loopback{address::ipv4("127.0.0.1", 80)};
    EXPECT_EQ(sources_towards(loopback).front().host(), "127.0.0.1");
}

TEST(sort_addresses, there_is_no_source_towards_a_family_that_has_no_sockets) {
    const std::array strange{address::raw(AF_UNIX, "x")};
    EXPECT_TRUE(sources_towards(strange).front().empty());
}

// The C library sorts the two loopbacks by the same rules.
TEST(sort_addresses, the_c_library_agrees_about_loopback) {
    ::addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    ::addrinfo* all = nullptr;
    ASSERT_EQ(::getaddrinfo(nullptr, "80", &hints, &all), 0);
    std::vector<address> theirs;
    for (const auto* one = all; one != nullptr; one = one->ai_next)
        theirs.push_back(address::from_sockaddr(one->ai_addr, one->ai_addrlen));
    ::freeaddrinfo(all);
    std::vector<address> reversed(theirs.rbegin(), theirs.rend());
    EXPECT_EQ(sort_addresses(reversed, sources_towards(reversed)), theirs);
}

}  // namespace
}  // namespace priz::detail
