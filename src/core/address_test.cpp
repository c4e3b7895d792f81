#include "priz/address.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <linux/vm_sockets.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netpacket/packet.h>
#include <sys/un.h>
// After sys/socket.h, whose sa_family_t it needs.
#include <linux/netlink.h>
#include <unistd.h>

#include <cstring>
#include <set>
#include <unordered_set>

#include "priz/error.hpp"

using priz::address;
using priz::errc;

namespace {

template <class T>
address from(const T& form, std::size_t size = sizeof(T)) {
    return address::from_sockaddr(reinterpret_cast<const ::sockaddr*>(&form),
                                  static_cast<::socklen_t>(size));
}

// What the kernel makes of an address: bound, and asked for again.
address after_kernel(const address& a, int type = SOCK_STREAM) {
    const int fd = ::socket(a.family(), type | SOCK_CLOEXEC, 0);
    EXPECT_EQ(::bind(fd, a.data(), a.size()), 0) << a.str();
    ::sockaddr_storage storage;
    ::socklen_t size = sizeof(storage);
    EXPECT_EQ(::getsockname(fd, reinterpret_cast<::sockaddr*>(&storage), &size), 0);
    ::close(fd);
    return from(storage, size);
}

std::error_code cause_of(const priz::result<address>& refused) {
    EXPECT_FALSE(refused.has_value());
    return refused ? std::error_code{} : refused.error().code();
}

}  // namespace

TEST(address, nothing_is_empty_and_unspecified) {
    const address none;
    EXPECT_TRUE(none.empty());
    EXPECT_EQ(none.family(), AF_UNSPEC);
    EXPECT_EQ(none.size(), 0u);
    EXPECT_EQ(none.host(), "");
    EXPECT_EQ(none.raw_data(), "");
    EXPECT_EQ(address::from_sockaddr(nullptr, 16), none);
}

TEST(address, ipv4_is_laid_out_as_the_kernel_has_it) {
    const auto a = address::ipv4("192.0.2.33", 8080);
    ASSERT_EQ(a.size(), sizeof(::sockaddr_in));
    const auto& form = *reinterpret_cast<const ::sockaddr_in*>(a.data());
    EXPECT_EQ(form.sin_family, AF_INET);
    EXPECT_EQ(form.sin_port, htons(8080));
    EXPECT_EQ(form.sin_addr.s_addr, ::inet_addr("192.0.2.33"));
    EXPECT_EQ(a.host(), "192.0.2.33");
    EXPECT_EQ(a.port(), 8080u);
    EXPECT_EQ(a.ipv4_number(), 0xc0000221u);
    EXPECT_EQ(a, address::ipv4(0xc0000221u, std::uint16_t{8080}));
}

TEST(address, ipv6_keeps_flow_and_scope) {
    const auto a = address::ipv6("fe80::1", 443, 0xfffff, 7);
    const auto& form = *reinterpret_cast<const ::sockaddr_in6*>(a.data());
    EXPECT_EQ(form.sin6_flowinfo, htonl(0xfffff));
    EXPECT_EQ(form.sin6_scope_id, 7u);
    EXPECT_EQ(a.flowinfo(), 0xfffffu);
    EXPECT_EQ(a.scope_id(), 7u);
    EXPECT_EQ(a.host(), "fe80::1");
    EXPECT_EQ(a.port(), 443u);
}

TEST(address, a_scope_is_a_name_or_a_number) {
    const unsigned lo = ::if_nametoindex("lo");
    EXPECT_EQ(address::ipv6("fe80::1%lo", 1).scope_id(), lo);
    EXPECT_EQ(address::ipv6("fe80::1%lo", 1, 0, lo).scope_id(), lo);
    EXPECT_EQ(address::ipv6("fe80::1%77", 1).scope_id(), 77u);
    EXPECT_EQ(cause_of(address::try_ipv6("fe80::1%77", 1, 0, 78)), errc::value_error);
    EXPECT_EQ(cause_of(address::try_ipv6("fe80::1%no-such-if", 1)), errc::value_error);
    EXPECT_EQ(cause_of(address::try_ipv6("fe80::1%", 1)), errc::value_error);
}

TEST(address, the_kernel_returns_what_was_bound) {
    for (const auto& a : {address::ipv4("127.0.0.1", 0), address::ipv6("::1", 0)}) {
        const auto bound = after_kernel(a);
        EXPECT_NE(bound.port(), 0u);
        EXPECT_EQ(bound.with_port(0), a);
        EXPECT_EQ(bound.host(), a.host());
    }
}

TEST(address, abstract_names_keep_every_nul_through_the_kernel) {
    const std::string own = "priz-address-test-" + std::to_string(::getpid());
    for (const std::string& name : {own, own + '\0', own + std::string("\0a\0", 3),
                                    own + std::string(107 - own.size(), 'x')}) {
        const auto bound = after_kernel(address::unix_abstract(name));
        EXPECT_EQ(bound, address::unix_abstract(name));
        EXPECT_EQ(bound.path(), name);
        EXPECT_TRUE(bound.is_unix_abstract());
        EXPECT_FALSE(bound.is_unix_path());
    }
}

TEST(address, paths_come_back_from_the_kernel_as_they_went) {
    char folder[] = "/tmp/priz-address-XXXXXX";
    ASSERT_NE(::mkdtemp(folder), nullptr);
    const std::string stem = std::string(folder) + "/";
    for (const std::string& path :
         {stem + "s", stem + "\xff%", stem + std::string(107 - stem.size(), 'x')}) {
        EXPECT_EQ(after_kernel(address::unix_path(path)), address::unix_path(path));
        EXPECT_EQ(::unlink(path.c_str()), 0);
    }
    EXPECT_EQ(::rmdir(folder), 0);
}

TEST(address, a_path_of_108_bytes_is_an_address_that_only_the_kernel_makes) {
    struct {
        ::sockaddr_un form;
        char beyond[32];
    } given{};
    given.form.sun_family = AF_UNIX;
    std::memset(given.form.sun_path, 'x', sizeof(given.form.sun_path));
    const auto a = from(given.form);
    EXPECT_EQ(a.path(), std::string(108, 'x'));
    EXPECT_EQ(a, from(given, 120));
}

TEST(address, binding_the_unnamed_address_gets_a_name_from_the_kernel) {
    const auto bound = after_kernel(address::unix_unnamed());
    EXPECT_TRUE(address::unix_unnamed().is_unix_unnamed());
    EXPECT_TRUE(bound.is_unix_abstract());
    EXPECT_EQ(bound.path().size(), 5u);
}

TEST(address, refusals_say_which_text_and_why) {
    struct row {
        priz::result<address> made;
        errc cause;
        const char* text;
    };
    const row rows[] = {
        {address::try_ipv4("1.2.3", 1), errc::value_error, "address '1.2.3': "},
        {address::try_ipv4("1.2.3.4", 65536), errc::overflow_error, "port must be 0-65535"},
        {address::try_ipv4("1.2.3.4", -1), errc::overflow_error, "'-1'"},
        {address::try_ipv6("1.2.3.4", 1), errc::value_error, "'1.2.3.4'"},
        {address::try_ipv6("::1", 65536), errc::overflow_error, "port must be 0-65535"},
        {address::try_ipv6("::1", 1, 0x100000), errc::overflow_error, "flowinfo"},
        {address::try_unix_path(""), errc::value_error, "one byte"},
        {address::try_unix_path(std::string_view("/a\0b", 4)), errc::value_error, "NUL"},
        {address::try_unix_path(std::string(108, 'x')), errc::path_too_long, "108 bytes where 107"},
        {address::try_unix_abstract(std::string(108, 'x')), errc::path_too_long, "107"},
        {address::try_packet(1, 1, 0, 0, std::string(9, 'x')), errc::value_error, "8 bytes"},
        {address::try_raw(1, std::string(127, 'x')), errc::value_error, "126 bytes"},
        {address::try_raw(-1, ""), errc::overflow_error, "'-1'"},
        {address::try_raw(65536, ""), errc::overflow_error, "0-65535"},
    };
    for (const auto& [made, cause, text] : rows) {
        EXPECT_EQ(cause_of(made), cause) << text;
        const std::string message = made ? "" : made.error().message();
        EXPECT_NE(message.find(text), std::string::npos) << message;
    }
}

TEST(address, the_throwing_makers_throw_the_class_of_the_cause) {
    EXPECT_THROW(address::ipv4("1.2.3", 1), priz::value_error);
    EXPECT_THROW(address::ipv6("::1", 65536), priz::overflow_error);
    EXPECT_THROW(address::unix_path(std::string(108, 'x')), priz::value_error);
    EXPECT_THROW(address::raw(-1, ""), priz::overflow_error);
}

TEST(address, padding_is_no_part_of_an_address) {
    ::sockaddr_in noisy{};
    noisy.sin_family = AF_INET;
    noisy.sin_port = htons(80);
    noisy.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    std::memset(noisy.sin_zero, 0xaa, sizeof(noisy.sin_zero));
    const auto clean = address::ipv4("127.0.0.1", 80);
    EXPECT_EQ(from(noisy), clean);
    EXPECT_EQ(hash_value(from(noisy)), hash_value(clean));

    ::sockaddr_nl netlink{};
    netlink.nl_family = AF_NETLINK;
    netlink.nl_pad = 0x5555;
    EXPECT_EQ(from(netlink), address::netlink(0, 0));

    ::sockaddr_vm vsock{};
    vsock.svm_family = AF_VSOCK;
    vsock.svm_reserved1 = 0x5555;
    EXPECT_EQ(from(vsock), address::vsock(0, 0));
    vsock.svm_flags = 1;
    EXPECT_NE(from(vsock), address::vsock(0, 0));  // flags are sent where they say
}

TEST(address, what_lies_behind_a_path_or_a_hardware_address_is_not_kept) {
    ::sockaddr_un path{};
    path.sun_family = AF_UNIX;
    std::memcpy(path.sun_path, "/run/x\0junk", 11);
    EXPECT_EQ(from(path), address::unix_path("/run/x"));
    EXPECT_EQ(from(path, 2 + 6), address::unix_path("/run/x"));  // uncounted NUL

    ::sockaddr_ll packet{};
    packet.sll_family = AF_PACKET;
    packet.sll_halen = 2;
    std::memset(packet.sll_addr, 7, sizeof(packet.sll_addr));
    EXPECT_EQ(from(packet), address::packet(0, 0, 0, 0, "\x07\x07"));
}

TEST(address, the_old_short_form_of_ipv6_has_no_scope) {
    ::sockaddr_in6 form{};
    form.sin6_family = AF_INET6;
    form.sin6_addr = ::in6addr_loopback;
    form.sin6_scope_id = 9;
    EXPECT_EQ(from(form, 24), address::ipv6("::1", 0));
    EXPECT_EQ(from(form).scope_id(), 9u);
}

TEST(address, bytes_too_few_for_their_family_say_nothing_of_it) {
    for (const int family : {AF_INET, AF_INET6, AF_VSOCK, AF_NETLINK, AF_PACKET}) {
        const auto a = address::raw(family, "ab");
        EXPECT_EQ(a.family(), family);
        EXPECT_EQ(a.raw_data(), "ab");
        EXPECT_EQ(a.host(), "");
        EXPECT_EQ(a.port() + a.cid() + a.pid() + a.protocol(), 0u);
        EXPECT_EQ(a.with_port(80), a);
        EXPECT_EQ(a.hardware_address(), "");
    }
    EXPECT_TRUE(from(::sockaddr{}, 1).empty());
}

TEST(address, an_infiniband_address_reaches_beyond_the_structure) {
    std::string data(18 + 12, '\0');
    data[9] = 20;  // sll_halen
    for (std::size_t i = 10; i < data.size(); ++i) data[i] = static_cast<char>(i);
    const auto a = address::raw(AF_PACKET, data);
    EXPECT_EQ(a.hardware_address(), data.substr(10));
    EXPECT_EQ(address::raw(AF_PACKET, data.substr(0, 18)).hardware_address(), "");  // cut
}

TEST(address, packet_fields_are_read_back) {
    const auto a = address::packet(3, 0x0806, 4, 1, std::string("\x02\0\0\0\0\x01", 6));
    EXPECT_EQ(a.interface_index(), 3);
    EXPECT_EQ(a.protocol(), 0x0806);
    EXPECT_EQ(a.packet_type(), 4);
    EXPECT_EQ(a.hardware_type(), 1);
    EXPECT_EQ(a.hardware_address(), std::string_view("\x02\0\0\0\0\x01", 6));
}

TEST(address, vsock_and_netlink_fields_are_read_back) {
    EXPECT_EQ(address::vsock(2, 1024).cid(), 2u);
    EXPECT_EQ(address::vsock(2, 70'000).port(), 70'000u);
    EXPECT_EQ(address::netlink(5, 6).pid(), 5u);
    EXPECT_EQ(address::netlink(5, 6).groups(), 6u);
}

TEST(address, every_difference_that_the_kernel_sees_makes_addresses_unequal) {
    const address all[] = {address(),
                           address::ipv4("127.0.0.1", 80),
                           address::ipv4("127.0.0.1", 81),
                           address::ipv4("127.0.0.2", 80),
                           address::ipv6("::1", 80),
                           address::ipv6("::1", 81),
                           address::ipv6("::1", 80, 1),
                           address::ipv6("::1", 80, 0, 1),
                           address::ipv6("::ffff:127.0.0.1", 80),
                           address::unix_unnamed(),
                           address::unix_abstract(""),
                           address::unix_abstract("a"),
                           address::unix_abstract(std::string_view("a\0", 2)),
                           address::unix_path("a"),
                           address::unix_path("b"),
                           address::vsock(1, 2),
                           address::vsock(2, 1),
                           address::netlink(1, 2),
                           address::packet(1, 2),
                           address::packet(1, 2, 0, 0, "a"),
                           address::raw(AF_X25, "a"),
                           address::raw(AF_X25, "b"),
                           address::raw(AF_X25, ""),
                           address::raw(0, "")};
    const std::set<address> ordered(std::begin(all), std::end(all));
    const std::unordered_set<address> hashed(std::begin(all), std::end(all));
    EXPECT_EQ(ordered.size(), std::size(all));
    EXPECT_EQ(hashed.size(), std::size(all));
}

TEST(address, the_order_puts_a_hosts_ports_together) {
    EXPECT_LT(address::ipv4("10.0.0.1", 9), address::ipv4("10.0.0.2", 1));
    EXPECT_LT(address::ipv4("10.0.0.1", 1), address::ipv4("10.0.0.1", 9));
    EXPECT_LT(address::ipv6("::1", 9), address::ipv6("::2", 1));
    EXPECT_LT(address::ipv4("255.0.0.1", 9), address::ipv6("::", 0));
}

TEST(address, kinds_of_hosts_are_told_apart) {
    struct row {
        const char* host;
        const char* kinds;  // u unspecified, l loopback, m multicast, k link-local, 4 mapped
    };
    for (const auto& [host, kinds] : {
             row{"0.0.0.0", "u"},
             row{"127.0.0.1", "l"},
             row{"127.255.255.255", "l"},
             row{"128.0.0.0", ""},
             row{"126.255.255.255", ""},
             row{"223.255.255.255", ""},
             row{"224.0.0.0", "m"},
             row{"239.255.255.255", "m"},
             row{"240.0.0.0", ""},
             row{"169.254.0.0", "k"},
             row{"169.254.255.255", "k"},
             row{"169.255.0.0", ""},
             row{"::", "u"},
             row{"::1", "l"},
             row{"::2", ""},
             row{"ff02::1", "m"},
             row{"feff::", ""},
             row{"fe80::", "k"},
             row{"febf:ffff::1", "k"},
             row{"fec0::", ""},
             row{"::ffff:127.0.0.1", "l4"},
             row{"::ffff:0.0.0.0", "u4"},
             row{"::ffff:224.0.0.1", "m4"},
             row{"::ffff:169.254.0.1", "k4"},
             row{"::127.0.0.1", ""},
             row{"::fffe:127.0.0.1", ""},
         }) {
        const bool six = std::string_view(host).find(':') != std::string_view::npos;
        const auto a = six ? address::ipv6(host, 1) : address::ipv4(host, 1);
        std::string found;
        if (a.is_unspecified()) found += 'u';
        if (a.is_loopback()) found += 'l';
        if (a.is_multicast()) found += 'm';
        if (a.is_link_local()) found += 'k';
        if (a.is_ipv4_mapped()) found += '4';
        EXPECT_EQ(found, kinds) << host;
    }
    EXPECT_FALSE(address::unix_path("x").is_link_local());
    EXPECT_FALSE(address().is_unspecified());
}

TEST(address, another_port_leaves_the_rest) {
    EXPECT_EQ(address::ipv4("10.0.0.1", 1).with_port(2), address::ipv4("10.0.0.1", 2));
    EXPECT_EQ(address::ipv6("::1", 1, 2, 3).with_port(4), address::ipv6("::1", 4, 2, 3));
    EXPECT_EQ(address::vsock(1, 1).with_port(2), address::vsock(1, 2));
    EXPECT_EQ(address::unix_path("x").with_port(2), address::unix_path("x"));
    EXPECT_EQ(address().with_port(2), address());
}
