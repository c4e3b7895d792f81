// Held against Python's own functions, value by value and error by error.
#include "priz/inet.hpp"

#include <gtest/gtest.h>

#include <cstdlib>

#include "python_calls_fixture.hpp"

using priz::test::expect_as_in_python;
using priz::test::outcome_of;
using priz::test::question;
using priz::test::shown;

namespace {

std::string in_python(std::string_view bytes) {
    return "bytes.fromhex(\"" + shown(std::string(bytes)) + "\")";
}

std::string text_in_python(std::string_view text) { return in_python(text) + ".decode()"; }

const std::string_view texts[] = {
    "127.0.0.1",
    "255.255.255.255",
    "1.2",  // the last number fills what is left
    "1.2.3",
    "4294967295",
    "4294967296",      // more than 32 bits
    "0x7f.1",          // hexadecimal
    "0177.0.0.1",      // octal
    "1.2.3.4 behind",  // inet_aton reads to the space
    "1.2.3.4.5",
    "300.1",
    "1.2.3.",
    ".1.2.3",
    " 1.2.3.4",
    "-1.2.3.4",
    "",
    "localhost",
    "::",
    "::1",
    "2001:db8::1",
    "::ffff:1.2.3.4",
    "1:2:3:4:5:6:7:8",
    "1:2:3:4:5:6:7:8:9",
    "fe80::1%lo",  // a scope is no part of the bytes
    "[::1]",
    ":::",
    std::string_view("1.2.3.4\0", 8),
    std::string_view("::1\0", 4),
};

const std::string_view packed[] = {
    "",
    "123",
    "1234",
    "12345",
    std::string_view("\0\0\0\0", 4),
    "\xff\xff\xff\xff",
    "0123456789abcde",
    "0123456789abcdef",
    "0123456789abcdefg",
    std::string_view("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1", 16),
    std::string_view("\0\0\0\0\0\0\0\0\0\0\xff\xff\1\2\3\4", 16),
    std::string_view("\1\0\0\0\0\0\0\0\0\1\0\0\0\0\0\1", 16),
};

}  // namespace

TEST(inet, texts_become_the_bytes_that_python_makes) {
    std::vector<question> all;
    for (const auto text : texts) {
        const std::string argument = text_in_python(text);
        all.push_back(
            {"inet_aton(" + argument + ")", outcome_of([&] { return priz::inet_aton(text); })});
        for (const int family : {AF_INET, AF_INET6, AF_UNIX, -1})
            all.push_back({"inet_pton(" + std::to_string(family) + ", " + argument + ")",
                           outcome_of([&] { return priz::inet_pton(family, text); })});
    }
    expect_as_in_python(all);
}

TEST(inet, bytes_become_the_texts_that_python_makes) {
    std::vector<question> all;
    for (const auto bytes : packed) {
        const std::string argument = in_python(bytes);
        all.push_back(
            {"inet_ntoa(" + argument + ")", outcome_of([&] { return priz::inet_ntoa(bytes); })});
        for (const int family : {AF_INET, AF_INET6, AF_UNIX})
            all.push_back({"inet_ntop(" + std::to_string(family) + ", " + argument + ")",
                           outcome_of([&] { return priz::inet_ntop(family, bytes); })});
    }
    expect_as_in_python(all);
}

TEST(inet, byte_orders_take_what_python_takes_and_refuse_the_rest) {
    std::vector<question> all;
    for (const std::int64_t number :
         {std::int64_t{0}, std::int64_t{1}, std::int64_t{80}, std::int64_t{0xffff},
          std::int64_t{0x10000}, std::int64_t{0x12345678}, std::int64_t{0xffffffff},
          std::int64_t{0x100000000}, std::int64_t{1} << 40, std::int64_t{-1}, INT64_MIN,
          INT64_MAX}) {
        const std::string argument = '(' + std::to_string(number) + ')';
        all.push_back({"htons" + argument, outcome_of([&] { return priz::htons(number); })});
        all.push_back({"ntohs" + argument, outcome_of([&] { return priz::ntohs(number); })});
        all.push_back({"htonl" + argument, outcome_of([&] { return priz::htonl(number); })});
        all.push_back({"ntohl" + argument, outcome_of([&] { return priz::ntohl(number); })});
    }
    expect_as_in_python(all);
}

TEST(inet, byte_orders_take_every_integer_type) {
    EXPECT_EQ(priz::htons(std::uint16_t{0x1234}), ::htons(0x1234));
    EXPECT_EQ(priz::htons(0x1234ull), ::htons(0x1234));
    EXPECT_EQ(priz::htonl(std::int8_t{1}), ::htonl(1));
    EXPECT_EQ(priz::ntohl(0xfffffffful), 0xffffffffu);
    EXPECT_THROW(priz::htonl(UINT64_MAX), priz::overflow_error);
    EXPECT_THROW(priz::htonl(std::int8_t{-1}), priz::overflow_error);
    EXPECT_EQ(priz::try_htons(-1).error().message(),
              "htons '-1': number out of range: it must be 0-65535");
    EXPECT_EQ(priz::try_ntohl(INT64_MIN).error().message(),
              "ntohl '-9223372036854775808': number out of range: it must be 0-4294967295");
}

TEST(inet, sizes_of_control_messages_are_pythons_up_to_the_last_legal_one) {
    std::vector<std::int64_t> lengths{-1, INT64_MAX, INT64_MIN};
    for (std::int64_t i = 0; i <= 256; ++i) lengths.push_back(i);
    for (std::int64_t i = 0; i <= 64; ++i) lengths.push_back(0x7fffffff - i);
    std::vector<question> all;
    for (const auto length : lengths) {
        const std::string argument = '(' + std::to_string(length) + ')';
        all.push_back({"CMSG_LEN" + argument, outcome_of([&] { return priz::cmsg_len(length); })});
        all.push_back(
            {"CMSG_SPACE" + argument, outcome_of([&] { return priz::cmsg_space(length); })});
    }
    expect_as_in_python(all);
}

TEST(inet, interfaces_are_those_that_python_lists) {
    std::string listed;
    for (const auto& [index, name] : priz::if_nameindex()) {
        listed += std::to_string(index) + ' ' + name + '\n';
        EXPECT_EQ(priz::if_nametoindex(name), index);
        EXPECT_EQ(priz::if_indextoname(index), name);
    }
    expect_as_in_python({{R"("".join("%d %s\n" % one for one in if_nameindex()))", shown(listed)}});
}

TEST(inet, interfaces_that_do_not_exist_are_errors_as_in_python) {
    expect_as_in_python({
        {R"(if_nametoindex(""))", outcome_of([] { return priz::if_nametoindex(""); })},
        {R"(if_nametoindex("no-such-if"))",
         outcome_of([] { return priz::if_nametoindex("no-such-if"); })},
        {R"(if_nametoindex("x" * 300))",
         outcome_of([] { return priz::if_nametoindex(std::string(300, 'x')); })},
        {R"(if_nametoindex("lo\0"))",
         outcome_of([] { return priz::if_nametoindex(std::string_view("lo\0", 3)); })},
        {"if_indextoname(0)", outcome_of([] { return priz::if_indextoname(0); })},
        {"if_indextoname(4000000000)", outcome_of([] { return priz::if_indextoname(4000000000); })},
        {"if_indextoname(-1)", outcome_of([] { return priz::if_indextoname(-1); })},
    });
    EXPECT_EQ(priz::try_if_indextoname(1LL << 40).error().code(), priz::errc::overflow_error);
    EXPECT_EQ(priz::try_if_nametoindex("no-such-if").error().message(),
              "if_nametoindex 'no-such-if': no such device: no interface has this name");
}

TEST(inet, errors_quote_what_was_given) {
    EXPECT_EQ(priz::try_inet_pton(AF_INET, "1.2").error().message(),
              "inet_pton '1.2': invalid argument: it is no IPv4 address");
    EXPECT_EQ(priz::try_inet_ntop(AF_INET, "\1\2\3").error().message(),
              "inet_ntop '010203': invalid value: a packed address has 4 bytes for AF_INET and 16 "
              "for AF_INET6");
}
