#include "priz/serve.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "core/socket_fixture.hpp"
#include "priz/connect.hpp"
#include "priz/endpoint.hpp"

namespace priz {
namespace {

using testing::HasSubstr;

int port_of(const socket& s) { return static_cast<int>(s.getsockname().port()); }

TEST(serve, a_host_and_a_port_listen_on_ipv4_as_in_python) {
    const auto listener = create_server({"", 0});
    EXPECT_EQ(listener.getsockname().host(), "0.0.0.0");
    EXPECT_EQ(listener.getsockopt(SOL_SOCKET, SO_ACCEPTCONN), 1);
    EXPECT_EQ(listener.getsockopt(SOL_SOCKET, SO_REUSEADDR), 1);
    EXPECT_EQ(listener.getsockopt(SOL_SOCKET, SO_REUSEPORT), 0);
}

TEST(serve, an_ipv6_server_is_ipv6_alone_unless_dual_stack_is_asked_for) {
    const auto alone = create_server({"", 0}, {.family = AF_INET6});
    EXPECT_EQ(alone.getsockopt(IPPROTO_IPV6, IPV6_V6ONLY), 1);
    const auto both = create_server({"", 0}, {.family = AF_INET6, .dualstack_ipv6 = true});
    EXPECT_EQ(both.getsockopt(IPPROTO_IPV6, IPV6_V6ONLY), 0);
}

TEST(serve, a_dual_stack_server_takes_both_families) {
    ASSERT_TRUE(has_dualstack_ipv6());
    auto listener = create_server("any:0");
    EXPECT_EQ(listener.family(), AF_INET6);
    const auto v4 = create_connection("127.0.0.1", port_of(listener));
    EXPECT_EQ(listener.accept().remote.host(), "::ffff:127.0.0.1");
    const auto v6 = create_connection("::1", port_of(listener));
    EXPECT_EQ(listener.accept().remote.host(), "::1");
}

TEST(serve, dual_stack_needs_ipv6) {
    EXPECT_THROW(create_server({"", 0}, {.dualstack_ipv6 = true}), value_error);
    EXPECT_THROW(create_server({"", 0}, {.family = AF_INET, .dualstack_ipv6 = true}), value_error);
}

TEST(serve, reuse_port_shares_the_port) {
    const auto first = create_server({"127.0.0.1", 0}, {.reuse_port = true});
    const auto second = create_server({"127.0.0.1", port_of(first)}, {.reuse_port = true});
    EXPECT_EQ(first.getsockname(), second.getsockname());
}

TEST(serve, a_port_in_use_says_so) {
    const auto first = create_server({"127.0.0.1", 0});
    try {
        create_server(first.getsockname());
        FAIL();
    } catch (const address_in_use& why) {
        EXPECT_THAT(why.what(), HasSubstr("bind tcp " + first.getsockname().str()));
    }
}

TEST(serve, an_exact_address_brings_its_family) {
    EXPECT_EQ(create_server(address::ipv6("::1", 0)).getsockname().host(), "::1");
    EXPECT_EQ(create_server("[::1]:0").family(), AF_INET6);
    EXPECT_EQ(create_server(parse_endpoint("127.0.0.1:0")).family(), AF_INET);
}

TEST(serve, a_port_alone_is_this_machine_alone) {
    EXPECT_EQ(create_server(":0").getsockname().host(), "127.0.0.1");
}

TEST(serve, a_unix_path_listens) {
    const std::string path = testing::TempDir() + "serve." + std::to_string(::getpid());
    auto listener = create_server("unix:" + path, {.backlog = 1});
    const auto client = create_connection("unix:" + path);
    EXPECT_TRUE(listener.accept().remote.is_unix_unnamed());
    std::filesystem::remove(path);
}

TEST(serve, a_datagram_server_is_bound_and_does_not_listen_or_share_its_address) {
    const auto receiver = create_server("udp://127.0.0.1:0");
    EXPECT_EQ(receiver.type(), SOCK_DGRAM);
    EXPECT_EQ(receiver.getsockopt(SOL_SOCKET, SO_REUSEADDR), 0);
    EXPECT_NE(port_of(receiver), 0);
}

TEST(serve, no_host_means_every_interface_of_both_families_on_one_port) {
    auto all = create_servers({nullptr, 0});
    ASSERT_EQ(all.size(), 2U);
    EXPECT_EQ(port_of(all[0]), port_of(all[1]));
    for (auto& listener : all) {
        EXPECT_TRUE(listener.getsockname().is_unspecified());
        const auto* const host = listener.family() == AF_INET ? "127.0.0.1" : "::1";
        const auto client = create_connection(host, port_of(listener));
        EXPECT_EQ(listener.accept().remote, client.getsockname());
    }
}

TEST(serve, any_and_an_empty_host_mean_every_interface_too) {
    EXPECT_EQ(create_servers("any:0").size(), 2U);
    EXPECT_EQ(create_servers({"", 0}).size(), 2U);
}

TEST(serve, a_port_alone_is_both_loopbacks) {
    const auto all = create_servers(":0");
    ASSERT_EQ(all.size(), 2U);
    for (const auto& listener : all) EXPECT_TRUE(listener.getsockname().is_loopback());
}

TEST(serve, the_family_narrows_to_one) {
    const auto all = create_servers({nullptr, 0}, {.family = AF_INET6});
    ASSERT_EQ(all.size(), 1U);
    EXPECT_EQ(all[0].family(), AF_INET6);
}

TEST(serve, one_address_in_use_closes_them_all) {
    // IPv6 refuses, after IPv4 was had. Where another program has the number in IPv4 it says
    // nothing about that, and the next is tried.
    for (int tries = 0; tries < 100; ++tries) {
        const auto taken = create_server(address::ipv6("::", 0), {.family = AF_INET6});
        const std::size_t before = test::open_descriptors();
        const auto failed = try_create_servers({nullptr, port_of(taken)});
        ASSERT_FALSE(failed);
        EXPECT_EQ(failed.error().code(), std::errc::address_in_use);
        if (failed.error().attempts().size() == 1) continue;
        EXPECT_EQ(failed.error().attempts().size(), 2U);
        EXPECT_EQ(test::open_descriptors(), before) << "the IPv4 socket was closed";
        return;
    }
    FAIL() << "every number is taken in IPv4";
}

TEST(serve, an_address_of_no_interface_is_an_error_even_if_it_is_the_only_one) {
    const auto failed = try_create_servers(address::ipv4("203.0.113.1", 0));
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().code(), std::errc::address_not_available);
    EXPECT_EQ(failed.error().attempts().size(), 1U);
}

TEST(serve, a_port_outside_its_range_is_an_overflow) {
    EXPECT_THROW(create_server({"", 65536}), overflow_error);
    EXPECT_THROW(create_servers({nullptr, -1}), overflow_error);
}

}  // namespace
}  // namespace priz
