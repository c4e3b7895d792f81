// Each option is set through its typed form and read back from the kernel by number, or the other
// way round.
#include "priz/options.hpp"

#include <gtest/gtest.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <iterator>
#include <limits>

#include "core/python_fixture.hpp"
#include "core/socket_fixture.hpp"

namespace priz {
namespace {

using namespace std::chrono_literals;

int raw(const priz::socket& s, int level, int name) {
    int value = -1;
    ::socklen_t size = sizeof value;
    EXPECT_EQ(::getsockopt(s.fileno(), level, name, &value, &size), 0) << level << ' ' << name;
    return value;
}

TEST(options, flags_reach_the_kernel_and_come_back) {
    const auto check = [](priz::socket s, const auto& option) {
        for (const bool value : {true, false}) {
            set_option(s, option, value);
            EXPECT_EQ(raw(s, option.everywhere.level, option.everywhere.name) != 0, value)
                << option.name;
            EXPECT_EQ(get_option(s, option), value) << option.name;
        }
    };
    const auto tcp = [] { return priz::socket(AF_INET, SOCK_STREAM); };
    const auto udp = [] { return priz::socket(AF_INET, SOCK_DGRAM); };
    check(udp(), options::broadcast);
    check(tcp(), options::reuse_address);
    check(tcp(), options::reuse_port);
    check(tcp(), options::dont_route);
    check(tcp(), options::oob_inline);
    check(tcp(), options::keep_alive);
    check(tcp(), options::no_delay);
    check(tcp(), options::cork);
    check(tcp(), options::fast_open_connect);
    check(tcp(), options::zero_copy);
    check(udp(), options::receive_timestamp);
    check(udp(), options::receive_dropped);
    check(udp(), options::gro);
    check(udp(), options::udp_cork);
    check(udp(), options::free_bind);
    check(udp(), options::bind_address_no_port);
    check(udp(), options::multicast_loop);
    check(udp(), options::multicast_all);
    check(udp(), options::receive_packet_info);
    check(udp(), options::receive_hop_limit);
    check(udp(), options::receive_traffic_class);
    check(udp(), options::receive_errors);
    check(priz::socket(AF_UNIX, SOCK_DGRAM), options::pass_credentials);
}

TEST(options, numbers_reach_the_kernel_and_come_back) {
    const auto check = [](priz::socket s, const auto& option, int value) {
        set_option(s, option, value);
        EXPECT_EQ(raw(s, option.everywhere.level, option.everywhere.name), value) << option.name;
        EXPECT_EQ(get_option(s, option), value) << option.name;
    };
    const auto tcp = [] { return priz::socket(AF_INET, SOCK_STREAM); };
    const auto udp = [] { return priz::socket(AF_INET, SOCK_DGRAM); };
    check(tcp(), options::keep_alive_count, 4);
    check(tcp(), options::receive_low_water, 100);
    check(tcp(), options::priority, 3);
    check(tcp(), options::syn_count, 2);
    check(tcp(), options::not_sent_low_water, 16384);
    check(udp(), options::segment_size, 1200);
    check(udp(), options::unicast_hops, 9);
    check(udp(), options::minimum_hops, 255);
    check(udp(), options::traffic_class, 0xb9);
    check(udp(), options::multicast_hops, 5);
    check(udp(), options::mtu_discover, IP_PMTUDISC_DO);
    check(udp(), options::incoming_cpu, 0);
    EXPECT_EQ(get_option(tcp(), options::send_low_water), 1);
}

TEST(options, durations_are_in_the_kernels_unit_rounded_up) {
    priz::socket s;
    set_option(s, options::keep_alive_idle, 90s);
    EXPECT_EQ(raw(s, IPPROTO_TCP, TCP_KEEPIDLE), 90);
    set_option(s, options::keep_alive_interval, 100ms);
    EXPECT_EQ(raw(s, IPPROTO_TCP, TCP_KEEPINTVL), 1);
    set_option(s, options::user_timeout, 1500us);
    EXPECT_EQ(raw(s, IPPROTO_TCP, TCP_USER_TIMEOUT), 2);
    EXPECT_EQ(get_option(s, options::user_timeout), duration(2ms));
    set_option(s, options::fin_wait2_time, 7);
    EXPECT_EQ(get_option(s, options::fin_wait2_time), duration(7));
}

TEST(options, durations_that_no_kernel_counts_are_refused) {
    priz::socket s;
    const auto cause = [&](duration d) {
        return try_set_option(s, options::user_timeout, d).error().code();
    };
    EXPECT_EQ(cause(-1), errc::value_error);
    EXPECT_EQ(cause(std::numeric_limits<double>::quiet_NaN()), errc::value_error);
    EXPECT_EQ(cause(duration::max()), errc::overflow_error);
    EXPECT_EQ(try_set_option(s, options::linger, duration(-1)).error().code(), errc::value_error);
    EXPECT_EQ(try_set_option(s, options::linger, duration::max()).error().code(),
              errc::overflow_error);
}

TEST(options, the_kernel_doubles_the_size_of_a_buffer) {
    priz::socket s;
    set_option(s, options::receive_buffer, 20'000);
    set_option(s, options::send_buffer, 30'000);
    EXPECT_EQ(get_option(s, options::receive_buffer), 40'000);
    EXPECT_EQ(get_option(s, options::send_buffer), 60'000);
}

TEST(options, linger_is_off_or_a_time_and_zero_resets_the_connection) {
    auto [client, server] = test::tcp_pair();
    EXPECT_EQ(get_option(client, options::linger), std::nullopt);
    set_option(client, options::linger, 1500ms);
    EXPECT_EQ(get_option(client, options::linger), duration(2));
    set_option(client, options::linger, std::nullopt);
    EXPECT_EQ(get_option(client, options::linger), std::nullopt);
    set_option(client, options::linger, 0);
    client.close();
    EXPECT_THROW(server.recv(1), connection_reset);
}

TEST(options, names_come_and_go_as_text) {
    priz::socket s;
    set_option(s, options::congestion_control, "reno");
    EXPECT_EQ(get_option(s, options::congestion_control), "reno");
    set_option(s, options::bind_to_device, "lo");
    EXPECT_EQ(get_option(s, options::bind_to_device), "lo");
    // Without CAP_NET_RAW a socket is bound to a device once and for all.
    const auto unbound = try_set_option(s, options::bind_to_device, "");
    EXPECT_EQ(get_option(s, options::bind_to_device), unbound ? "" : "lo");
}

TEST(options, a_name_the_kernel_would_cut_is_refused) {
    priz::socket s;
    EXPECT_THROW(set_option(s, options::bind_to_device, "sixteen-bytes-it"), value_error);
    EXPECT_THROW(set_option(s, options::congestion_control, std::string_view("reno\0x", 6)),
                 value_error);
}

TEST(options, an_ipv6_socket_has_its_own_numbers_and_its_ipv4_traffic_the_same_values) {
    priz::socket s(AF_INET6, SOCK_DGRAM);
    set_option(s, options::unicast_hops, 9);
    EXPECT_EQ(raw(s, IPPROTO_IPV6, IPV6_UNICAST_HOPS), 9);
    EXPECT_EQ(raw(s, IPPROTO_IP, IP_TTL), 9);
    EXPECT_EQ(get_option(s, options::ttl), 9);
    set_option(s, options::tos, 0xb8);
    EXPECT_EQ(raw(s, IPPROTO_IPV6, IPV6_TCLASS), 0xb8);
    EXPECT_EQ(raw(s, IPPROTO_IP, IP_TOS), 0xb8);
    set_option(s, options::multicast_hops, 3);
    EXPECT_EQ(raw(s, IPPROTO_IPV6, IPV6_MULTICAST_HOPS), 3);
    EXPECT_EQ(raw(s, IPPROTO_IP, IP_MULTICAST_TTL), 3);
    set_option(s, options::ipv6_only, true);
    EXPECT_EQ(raw(s, IPPROTO_IPV6, IPV6_V6ONLY), 1);
}

TEST(options, a_raw_ipv6_socket_carries_no_ipv4_and_is_not_asked_for_it) {
    auto s = priz::socket::try_make(AF_INET6, SOCK_RAW, IPPROTO_ICMPV6);
    if (!s) GTEST_SKIP() << "raw sockets need CAP_NET_RAW";
    set_option(*s, options::unicast_hops, 9);
    EXPECT_EQ(raw(*s, IPPROTO_IPV6, IPV6_UNICAST_HOPS), 9);
}

TEST(options, dscp_leaves_the_ecn_bits_alone) {
    for (const int family : {AF_INET, AF_INET6}) {
        priz::socket s(family, SOCK_DGRAM);
        set_option(s, options::traffic_class, 0x02);
        set_option(s, options::dscp, 46);
        EXPECT_EQ(get_option(s, options::traffic_class), 0xba);
        EXPECT_EQ(get_option(s, options::dscp), 46);
        EXPECT_EQ(try_set_option(s, options::dscp, 64).error().code(), errc::value_error);
        EXPECT_EQ(try_set_option(s, options::dscp, -1).error().code(), errc::value_error);
    }
}

TEST(options, what_the_kernel_alone_decides_can_be_read) {
    priz::socket listener = test::loopback_listener();
    EXPECT_TRUE(get_option(listener, options::is_listening));
    EXPECT_NE(get_option(listener, options::cookie), 0U);
    priz::socket client;
    EXPECT_FALSE(get_option(client, options::is_listening));
    client.connect(listener.getsockname());
    EXPECT_GE(get_option(client, options::mtu), 576);
}

TEST(options, a_pending_error_is_reported_once) {
    priz::socket silent(AF_INET, SOCK_DGRAM);
    silent.bind(address::ipv4("127.0.0.1", 0));
    const address target = silent.getsockname();
    silent.close();
    priz::socket s(AF_INET, SOCK_DGRAM);
    s.connect(target);
    s.send("x");
    EXPECT_EQ(get_option(s, options::pending_error), std::errc::connection_refused);
    EXPECT_FALSE(get_option(s, options::pending_error));
}

TEST(options, peers_of_a_unix_socket_are_known) {
    auto [a, b] = socketpair();
    EXPECT_EQ(get_option(a, options::peer_credentials),
              (credentials{::getpid(), ::getuid(), ::getgid()}));
    b.set_inheritable(true);
    const std::string said = test::python(R"(
import socket, struct, sys
s = socket.socket(fileno=int(sys.argv[1]))
print(*struct.unpack("3i", s.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)))
)",
                                          std::to_string(b.fileno()));
    const auto who = get_option(a, options::peer_credentials);
    EXPECT_EQ(said, std::to_string(who.pid) + " " + std::to_string(who.uid) + " " +
                        std::to_string(who.gid) + "\n");
}

TEST(options, a_peers_pidfd_is_owned_and_close_on_exec) {
    auto [a, b] = socketpair();
    const std::size_t before = test::open_descriptors();
    {
        const auto pidfd = try_get_option(a, options::peer_pidfd);
        if (!pidfd) GTEST_SKIP() << "before Linux 6.5";
        EXPECT_EQ(test::open_descriptors(), before + 1);
    }
    EXPECT_EQ(test::open_descriptors(), before);
}

TEST(options, multipath_tcp_is_a_protocol) {
    EXPECT_FALSE(get_option(priz::socket(), options::is_mptcp));
    auto s = priz::socket::try_make(AF_INET, SOCK_STREAM, IPPROTO_MPTCP);
    if (!s) GTEST_SKIP() << "a kernel without MPTCP";
    EXPECT_TRUE(get_option(*s, options::is_mptcp));
}

TEST(options, fast_open_makes_a_queue_and_a_connection_sends_data_with_it) {
    priz::socket listener = test::loopback_listener();
    set_option(listener, options::fast_open, 5);
    EXPECT_EQ(raw(listener, IPPROTO_TCP, TCP_FASTOPEN), 5);
    priz::socket client;
    set_option(client, options::fast_open_connect, true);
    client.connect(listener.getsockname());
    client.sendall("early");
    auto [connection, remote] = listener.accept();
    EXPECT_EQ(connection.recv_exactly(5), "early");
}

TEST(options, privileged_ones_work_for_the_privileged_and_say_so_to_others) {
    priz::socket s;
    const auto outcome = try_set_option(s, options::mark, 7);
    if (outcome) {
        EXPECT_EQ(get_option(s, options::mark), 7);
    } else {
        EXPECT_EQ(outcome.error().code(), std::errc::operation_not_permitted);
        EXPECT_NE(outcome.error().hint(), "");
    }
}

TEST(options, failures_name_the_option_and_what_is_wrong) {
    priz::socket s;
    const auto gro = try_set_option(s, options::gro, true);
    ASSERT_FALSE(gro);
    EXPECT_EQ(gro.error().message(),
              "set_option tcp gro: protocol not available: this kernel, or this kind of socket, "
              "does not have it");
    s.close();
    EXPECT_EQ(try_get_option(s, options::no_delay).error().code(), std::errc::bad_file_descriptor);
    EXPECT_EQ(try_set_option(s, options::no_delay, true).error().code(),
              std::errc::bad_file_descriptor);
}

template <class O, class V>
concept can_set = requires(priz::socket& s, const O& o, V v) {
    set_option(s, o, v);
};
template <class O>
concept can_get = requires(const priz::socket& s, const O& o) {
    get_option(s, o);
};

TEST(options, what_an_option_cannot_do_does_not_compile) {
    static_assert(!can_set<decltype(options::is_listening), bool>);
    static_assert(!can_get<decltype(options::join_group)>);
    static_assert(!can_set<decltype(options::no_delay), duration>);
    static_assert(can_set<decltype(options::no_delay), bool>);
    static_assert(can_set<decltype(options::keep_alive_idle), std::chrono::minutes>);
}

// A sender and a receiver of one IPv4 group, over the loopback interface.
struct multicast {
    explicit multicast(const char* text)
        : group(address::ipv4(text, 0)), to(AF_INET, SOCK_DGRAM), from(AF_INET, SOCK_DGRAM) {
        to.bind(address::ipv4("0.0.0.0", 0));
        to.settimeout(10);
        set_option(to, options::multicast_all, false);
        from.bind(address::ipv4("127.0.0.1", 0));
        set_option(from, options::multicast_interface, loopback);
        target = group.with_port(static_cast<std::uint16_t>(to.getsockname().port()));
    }
    // A datagram to the group arrives: before a second one, sent to the receiver alone.
    bool arrives() {
        const auto port = static_cast<std::uint16_t>(target.port());
        from.sendto("group", target);
        from.sendto("alone", from.getsockname().with_port(port));
        if (to.recv(10) == "alone") return false;
        EXPECT_EQ(to.recv(10), "alone");
        return true;
    }
    const int loopback = static_cast<int>(::if_nametoindex("lo"));
    address group;
    priz::socket to;
    priz::socket from;
    address target;
};

TEST(options, a_group_is_received_between_joining_and_leaving) {
    multicast m("239.77.1.1");
    EXPECT_FALSE(m.arrives());
    set_option(m.to, options::join_group, {m.group, m.loopback});
    EXPECT_TRUE(m.arrives());
    set_option(m.to, options::leave_group, {m.group, m.loopback});
    EXPECT_FALSE(m.arrives());
}

// A loopback interface may have no route for IPv6 multicast; the kernel's own list tells.
TEST(options, an_ipv6_group_is_in_the_kernels_list_between_joining_and_leaving) {
    const auto joined = [] {
        std::ifstream list("/proc/net/igmp6");
        const std::string text{std::istreambuf_iterator<char>(list), {}};
        return text.find("ff110000000000000000000000770001") != std::string::npos;
    };
    priz::socket s(AF_INET6, SOCK_DGRAM);
    const auto loopback = ::if_nametoindex("lo");
    EXPECT_FALSE(joined());
    set_option(s, options::join_group, {address::ipv6("ff11::77:1", 0, 0, loopback)});
    EXPECT_TRUE(joined());
    set_option(s, options::leave_group,
               {address::ipv6("ff11::77:1", 0), static_cast<int>(loopback)});
    EXPECT_FALSE(joined());
}

TEST(options, multicast_leaves_by_the_interface_that_was_set) {
    const int loopback = static_cast<int>(::if_nametoindex("lo"));
    priz::socket s(AF_INET6, SOCK_DGRAM);
    set_option(s, options::multicast_interface, loopback);
    EXPECT_EQ(raw(s, IPPROTO_IPV6, IPV6_MULTICAST_IF), loopback);
    EXPECT_EQ(try_set_option(s, options::multicast_interface, 0x7ffffffe).error().code(),
              std::errc::no_such_device);
}

TEST(options, one_sender_of_a_group_is_received_or_left_out) {
    multicast m("232.77.1.2");
    const address sender = address::ipv4("127.0.0.1", 0);
    const address other = address::ipv4("127.0.0.9", 0);
    set_option(m.to, options::join_group, {m.group, m.loopback, other});
    EXPECT_FALSE(m.arrives());
    set_option(m.to, options::join_group, {m.group, m.loopback, sender});
    EXPECT_TRUE(m.arrives());
    set_option(m.to, options::leave_group, {m.group, m.loopback, sender});
    EXPECT_FALSE(m.arrives());
    set_option(m.to, options::leave_group, {m.group, m.loopback, other});
    set_option(m.to, options::join_group, {m.group, m.loopback});
    set_option(m.to, options::block_source, {m.group, m.loopback, sender});
    EXPECT_FALSE(m.arrives());
    set_option(m.to, options::unblock_source, {m.group, m.loopback, sender});
    EXPECT_TRUE(m.arrives());
}

TEST(options, a_membership_that_makes_no_sense_is_refused) {
    priz::socket s(AF_INET, SOCK_DGRAM);
    const address group = address::ipv4("239.77.1.3", 0);
    const auto refused = [&](const auto& option, const membership& value) {
        const auto outcome = try_set_option(s, option, value);
        return !outcome && outcome.error().code() == errc::value_error;
    };
    EXPECT_TRUE(refused(options::join_group, {}));
    EXPECT_TRUE(refused(options::join_group, {address::ipv4("127.0.0.1", 0)}));
    EXPECT_TRUE(refused(options::join_group, {group, 0, address::ipv6("::1", 0)}));
    EXPECT_TRUE(refused(options::block_source, {group}));
    EXPECT_EQ(try_set_option(s, options::leave_group, {group}).error().code(),
              std::errc::address_not_available);
}

}  // namespace
}  // namespace priz
