#include <gtest/gtest.h>
#include <sys/un.h>

#include "priz/address.hpp"
#include "priz/error.hpp"

using priz::address;
using priz::errc;
using priz::parse_address;
using priz::try_parse_address;

namespace {

struct pair {
    address value;
    const char* text;
};

const pair pairs[] = {
    {address(), ""},
    {address::ipv4("127.0.0.1", 80), "127.0.0.1:80"},
    {address::ipv4("0.0.0.0", 0), "0.0.0.0:0"},
    {address::ipv6("::1", 65535), "[::1]:65535"},
    {address::ipv6("::ffff:1.2.3.4", 1), "[::ffff:1.2.3.4]:1"},
    {address::ipv6("fe80::1%lo", 80), "[fe80::1%lo]:80"},
    {address::ipv6("fe80::1", 80, 0, 4'000'000'000), "[fe80::1%4000000000]:80"},
    {address::ipv6("::1", 80, 5), "[::1]:80?flowinfo=5"},
    {address::ipv6("fe80::1%lo", 80, 0xfffff), "[fe80::1%lo]:80?flowinfo=1048575"},
    {address::unix_unnamed(), "unix:"},
    {address::unix_path("/run/a b"), "unix:/run/a b"},
    {address::unix_path("relative"), "unix:relative"},
    {address::unix_path("/100%\n\xff"), "unix:/100%25%0a%ff"},
    {address::unix_abstract(""), "unix-abstract:"},
    {address::unix_abstract(std::string_view("a\0b\0", 4)), "unix-abstract:a%00b%00"},
    {address::vsock(2, 1024), "vsock:2:1024"},
    {address::vsock(UINT32_MAX, UINT32_MAX), "vsock:any:any"},
    {address::netlink(7, 4'294'967'295), "netlink:7:4294967295"},
    {address::packet(0, 0), "packet:0:0x0000"},
    {address::packet(0, 0x0806, 4), "packet:0:0x0806?type=4"},
    {address::packet(0, 3, 0, 772, "\x02\xff"), "packet:0:0x0003?hardware=772&address=02ff"},
    {address::packet(-1, 3), "family-17:0003ffffffff000000000000000000000000"},
    {address::raw(AF_X25, std::string_view("\0\xff", 2)), "family-9:00ff"},
    {address::raw(65535, ""), "family-65535:"},
    {address::raw(AF_UNSPEC, ""), "family-0:"},
    {address::raw(AF_INET, "ab"), "family-2:6162"},  // too short for IPv4
};

address vsock_with_flags() {
    return address::raw(AF_VSOCK, std::string_view("\0\0\1\0\0\0\2\0\0\0\1\0\0\0", 14));
}

address path_of_108_bytes() { return address::raw(AF_UNIX, std::string(108, 'x')); }

}  // namespace

TEST(address_text, every_family_is_written_in_its_form) {
    for (const auto& [value, text] : pairs) EXPECT_EQ(value.str(), text);
    EXPECT_EQ(address::packet(1, 0x0800).str(), "packet:lo:0x0800");
    EXPECT_EQ(vsock_with_flags().str(), "vsock:2:1?flags=1");
}

TEST(address_text, what_is_written_is_read_back_equal) {
    for (const auto& [value, text] : pairs) EXPECT_EQ(parse_address(text), value) << text;
    for (const auto& value : {vsock_with_flags(), path_of_108_bytes(), address::packet(1, 2),
                              address::raw(AF_UNIX, std::string(126, '\0')),
                              address::raw(AF_INET6, std::string(26, '\xff')),
                              address::raw(AF_PACKET, std::string(40, '\x15'))})
        EXPECT_EQ(parse_address(value.str()), value) << value.str();
}

TEST(address_text, other_spellings_mean_the_same) {
    EXPECT_EQ(parse_address("[0:0:0:0:0:0:0:1]:080"), address::ipv6("::1", 80));
    EXPECT_EQ(parse_address("[::1]:80?flowinfo=0x5"), address::ipv6("::1", 80, 5));
    EXPECT_EQ(parse_address("unix:%2frun%2Fx"), address::unix_path("/run/x"));
    EXPECT_EQ(parse_address("unix:/\xc3\xa7"), address::unix_path("/\xc3\xa7"));
    EXPECT_EQ(parse_address("packet:lo:2048"), address::packet(1, 0x0800));
    EXPECT_EQ(parse_address("family-2:00507f000001ffffffffffffffff"),
              address::ipv4("127.0.0.1", 80));
}

TEST(address_text, refusals_name_the_text_and_what_is_wrong_in_it) {
    struct row {
        const char* text;
        errc cause;
        const char* why;
    };
    for (const auto& [text, cause, why] : {
             row{"127.0.0.1", errc::value_error, "`:port` is missing"},
             row{"127.0.0.1:", errc::value_error, "port must be a number"},
             row{"127.0.0.1:http", errc::value_error, "port must be a number"},
             row{"127.0.0.1:65536", errc::overflow_error, "port must be 0-65535"},
             row{"127.0.0.1:-1", errc::overflow_error, "port must be 0-65535"},
             row{"127.0.0.1:99999999999999999999", errc::overflow_error, "port must be 0-65535"},
             row{"localhost:80", errc::value_error, "four numbers"},
             row{":80", errc::value_error, "four numbers"},
             row{"::1:80", errc::value_error, "brackets"},
             row{"[::1:80", errc::value_error, "`]` is missing"},
             row{"[::1]80", errc::value_error, "`:port` is missing"},
             row{"[::1]", errc::value_error, "`:port` is missing"},
             row{"[127.0.0.1]:80", errc::value_error, "eight groups"},
             row{"[::1]:80?", errc::value_error, "option flowinfo"},
             row{"[::1]:80?flowinfo=", errc::value_error, "flowinfo must be a number"},
             row{"[::1]:80?flowinfo=4294967296", errc::overflow_error, "flowinfo must be"},
             row{"[::1]:80?scope=1", errc::value_error, "option flowinfo"},
             row{"unix:/a%0", errc::value_error, "`%25` is a percent sign"},
             row{"unix:/a%00b", errc::value_error, "NUL"},
             row{"unix-abstract:%", errc::value_error, "`%25` is a percent sign"},
             row{"vsock:2", errc::value_error, "`:port` is missing"},
             row{"vsock::1", errc::value_error, "context id must be"},
             row{"vsock:2:4294967296", errc::overflow_error, "port must be"},
             row{"vsock:2:1?", errc::value_error, "option flags"},
             row{"vsock:2:1?flags=256", errc::overflow_error, "flags must be"},
             row{"netlink:1", errc::value_error, "`:groups` is missing"},
             row{"netlink:1:x", errc::value_error, "groups must be"},
             row{"packet:no-such-if:1", errc::value_error, "no interface"},
             row{"packet:2147483648:1", errc::value_error, "no interface"},
             row{"packet:lo", errc::value_error, "`:protocol` is missing"},
             row{"packet:lo:65536", errc::overflow_error, "protocol must be"},
             row{"packet:lo:1?", errc::value_error, "`=` is missing"},
             row{"packet:lo:1?type=1&", errc::value_error, "`=` is missing"},
             row{"packet:lo:1?type=256", errc::overflow_error, "type must be"},
             row{"packet:lo:1?color=1", errc::value_error, "options type, hardware"},
             row{"packet:lo:1?address=0", errc::value_error, "two a byte"},
             row{"packet:lo:1?address=000102030405060708", errc::value_error, "8 bytes"},
             row{"family-", errc::value_error, "family must be"},
             row{"family-2", errc::value_error, "`:` is missing"},
             row{"family-65536:", errc::overflow_error, "family must be"},
             row{"family-9:0", errc::value_error, "two a byte"},
         }) {
        const auto refused = try_parse_address(text);
        ASSERT_FALSE(refused) << text;
        EXPECT_EQ(refused.error().code(), cause) << text;
        const std::string message = refused.error().message();
        EXPECT_EQ(message.find("parse_address '" + std::string(text) + "': "), 0u) << message;
        EXPECT_NE(refused.error().hint().find(why), std::string::npos) << message;
    }
    EXPECT_EQ(try_parse_address("unix:" + std::string(108, 'x')).error().code(),
              errc::path_too_long);
    EXPECT_THROW(parse_address("x"), priz::value_error);
    EXPECT_THROW(parse_address("1.2.3.4:65536"), priz::overflow_error);
}

TEST(address_text, every_prefix_is_read_to_something_equal_or_refused) {
    for (const auto& [value, text] : pairs) {
        const std::string_view whole = text;
        for (std::size_t size = 0; size < whole.size(); ++size) {
            const auto cut = try_parse_address(whole.substr(0, size));
            EXPECT_TRUE(!cut || parse_address(cut->str()) == *cut) << whole.substr(0, size);
        }
    }
}
