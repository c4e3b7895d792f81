#include "core/resolve_one.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netdb.h>
#include <sys/socket.h>

#include <string>

namespace priz::detail {
namespace {

using testing::HasSubstr;

result<address> resolve(const address_like& where, int family = AF_INET, int type = SOCK_STREAM) {
    return resolve_one(where, family, type, 0, deadline(), nullptr, "bind");
}

std::string text(const address_like& where, int family = AF_INET, int type = SOCK_STREAM) {
    const auto found = resolve(where, family, type);
    return found ? found->str() : found.error().message();
}

std::error_code cause(const address_like& where, int family = AF_INET) {
    const auto found = resolve(where, family);
    return found ? std::error_code() : found.error().code();
}

TEST(resolve_one, numbers_are_read) {
    EXPECT_EQ(text({"127.0.0.1", 80}), "127.0.0.1:80");
    EXPECT_EQ(text({"::1", 80}, AF_INET6), "[::1]:80");
    EXPECT_EQ(text({"127.1", 80}), "127.0.0.1:80");
    EXPECT_EQ(text({"::ffff:1.2.3.4", 80}, AF_INET6), "[::ffff:1.2.3.4]:80");
    EXPECT_EQ(text({"fe80::1%lo", 80}, AF_INET6), "[fe80::1%lo]:80");
}

TEST(resolve_one, a_number_in_host_order_is_an_ipv4_address) {
    EXPECT_EQ(text({0x7f000001, 80}), "127.0.0.1:80");
    EXPECT_EQ(text({0, 80}), "0.0.0.0:80");
    EXPECT_EQ(text({0xffffffffU, 80}), "255.255.255.255:80");
    EXPECT_EQ(text({0x7f000001, 80}, AF_INET6), "[::ffff:127.0.0.1]:80");
    EXPECT_EQ(cause({-1, 80}), errc::overflow_error);
    EXPECT_EQ(cause({std::int64_t{1} << 32, 80}), errc::overflow_error);
}

TEST(resolve_one, empty_and_none_are_every_interface) {
    EXPECT_EQ(text({"", 80}), "0.0.0.0:80");
    EXPECT_EQ(text({nullptr, 80}), "0.0.0.0:80");
    EXPECT_EQ(text({"", 80}, AF_INET6), "[::]:80");
}

TEST(resolve_one, broadcast_is_ipv4s) {
    EXPECT_EQ(text({"<broadcast>", 9}), "255.255.255.255:9");
    EXPECT_EQ(cause({"<broadcast>", 9}, AF_INET6), errc::type_error);
}

TEST(resolve_one, ports_are_numbers_texts_and_services) {
    EXPECT_EQ(text({"127.0.0.1", "80"}), "127.0.0.1:80");
    EXPECT_EQ(text({"127.0.0.1", "www"}), "127.0.0.1:80");
    EXPECT_EQ(text({"127.0.0.1", "domain"}, AF_INET, SOCK_DGRAM), "127.0.0.1:53");
    EXPECT_EQ(text({"127.0.0.1", nullptr}), "127.0.0.1:0");
    EXPECT_EQ(cause({"127.0.0.1", 65536}), errc::overflow_error);
    EXPECT_EQ(cause({"127.0.0.1", -1}), errc::overflow_error);
}

TEST(resolve_one, localhost_has_an_address_in_each_family) {
    EXPECT_EQ(text({"localhost", 80}), "127.0.0.1:80");
    EXPECT_EQ(text({"localhost", 80}, AF_INET6), "[::1]:80");
}

TEST(resolve_one, one_text_is_a_host_and_a_port) {
    EXPECT_EQ(text("127.0.0.1:80"), "127.0.0.1:80");
    EXPECT_EQ(text("[::1]:http", AF_INET6), "[::1]:80");
    EXPECT_EQ(text("localhost:80"), "127.0.0.1:80");
    EXPECT_EQ(text(":80"), "127.0.0.1:80");
    EXPECT_EQ(text("any:80"), "0.0.0.0:80");
    EXPECT_EQ(text("any:80", AF_INET6), "[::]:80");
    EXPECT_EQ(text("tcp://127.0.0.1:80"), "127.0.0.1:80");
    EXPECT_EQ(text("127.0.0.1:53", AF_INET, SOCK_DGRAM), "127.0.0.1:53");
}

TEST(resolve_one, a_text_of_another_family_or_transport_is_refused) {
    EXPECT_EQ(cause("[::1]:80"), errc::type_error);
    EXPECT_EQ(cause("127.0.0.1:80", AF_INET6), errc::type_error);
    EXPECT_EQ(cause("udp://127.0.0.1:80"), errc::type_error);
    EXPECT_EQ(cause("unix:/run/x"), errc::type_error);
    EXPECT_EQ(cause("localhost"), errc::value_error);
    EXPECT_EQ(cause(""), errc::value_error);
}

TEST(resolve_one, a_host_of_the_other_family_is_a_gaierror) {
    EXPECT_EQ(cause({"::1", 80}), std::error_code(EAI_ADDRFAMILY, gai_category()));
}

TEST(resolve_one, a_nul_byte_is_no_part_of_a_name) {
    EXPECT_EQ(cause({std::string_view("localhost\0x", 11), 80}), errc::value_error);
}

TEST(resolve_one, an_address_is_taken_as_it_is) {
    EXPECT_EQ(text(address::ipv4("192.0.2.1", 5)), "192.0.2.1:5");
    EXPECT_EQ(resolve(address()), address());
    EXPECT_EQ(cause(address::ipv6("::1", 5)), errc::type_error);
}

TEST(resolve_one, unix_texts_are_paths_or_abstract_names) {
    EXPECT_EQ(text("/run/x", AF_UNIX), "unix:/run/x");
    EXPECT_EQ(text("tcp://x:1", AF_UNIX), address::unix_path("tcp://x:1").str());
    EXPECT_EQ(text(std::string_view("\0name", 5), AF_UNIX), "unix-abstract:name");
    EXPECT_TRUE(resolve("", AF_UNIX)->is_unix_unnamed());
    EXPECT_EQ(cause(std::string(108, 'x'), AF_UNIX), errc::path_too_long);
    EXPECT_EQ(cause({"localhost", 80}, AF_UNIX), errc::type_error);
}

TEST(resolve_one, a_path_too_long_is_told_by_the_verb) {
    EXPECT_THAT(text(std::string(108, 'x'), AF_UNIX), HasSubstr("bind xxx"));
}

TEST(resolve_one, families_of_two_numbers_take_two_numbers) {
    EXPECT_EQ(resolve({2, 1024}, AF_VSOCK), address::vsock(2, 1024));
    EXPECT_EQ(resolve({1, 0}, AF_NETLINK), address::netlink(1, 0));
    EXPECT_EQ(text("vsock:2:1024", AF_VSOCK), "vsock:2:1024");
    EXPECT_EQ(cause({"host", 1024}, AF_VSOCK), errc::type_error);
    EXPECT_EQ(cause({-1, 1024}, AF_VSOCK), errc::overflow_error);
}

TEST(resolve_one, numbers_need_no_time) {
    const auto passed = deadline::at(0);
    EXPECT_TRUE(resolve_one({"127.0.0.1", 80}, AF_INET, SOCK_STREAM, 0, passed, nullptr, "bind"));
    const auto named =
        resolve_one({"localhost", 80}, AF_INET, SOCK_STREAM, 0, passed, nullptr, "bind");
    ASSERT_FALSE(named);
    EXPECT_EQ(named.error().code(), errc::timed_out);
}

}  // namespace
}  // namespace priz::detail
