// Held against inet_pton(3) and inet_ntop(3), text by text.
#include "ip_text.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>

#include <array>
#include <optional>
#include <random>

namespace {

using bytes16 = std::array<std::uint8_t, 16>;
using bytes4 = std::array<std::uint8_t, 4>;

std::optional<bytes4> ours4(std::string_view text) {
    bytes4 bytes{};
    return priz::detail::read_ipv4(text, bytes) ? std::optional(bytes) : std::nullopt;
}

std::optional<bytes4> libc4(const std::string& text) {
    bytes4 bytes{};
    return ::inet_pton(AF_INET, text.c_str(), bytes.data()) == 1 ? std::optional(bytes)
                                                                 : std::nullopt;
}

std::optional<bytes16> ours6(std::string_view text) {
    bytes16 bytes{};
    return priz::detail::read_ipv6(text, bytes) ? std::optional(bytes) : std::nullopt;
}

std::optional<bytes16> libc6(const std::string& text) {
    bytes16 bytes{};
    return ::inet_pton(AF_INET6, text.c_str(), bytes.data()) == 1 ? std::optional(bytes)
                                                                  : std::nullopt;
}

struct row {
    const char* text;
    bool legal;
};

constexpr row ipv4_rows[] = {
    {"0.0.0.0", true},
    {"127.0.0.1", true},
    {"255.255.255.255", true},
    {"", false},                  // nothing
    {"1.2.3", false},             // three numbers, which inet_aton would take
    {"1.2.3.4.5", false},         // five
    {"256.0.0.1", false},         // above 255
    {"1.2.3.0256", false},        // above 255, with a zero
    {"01.2.3.4", false},          // a leading zero means octal to some readers
    {"1.2.3.00", false},          // two zeros
    {"1..2.3", false},            // an empty number
    {".1.2.3.4", false},          // a dot too early
    {"1.2.3.4.", false},          // a dot too late
    {" 1.2.3.4", false},          // a space
    {"1.2.3.4 ", false},          // a space behind
    {"+1.2.3.4", false},          // a sign
    {"-1.2.3.4", false},          // a sign
    {"0x7f.0.0.1", false},        // hexadecimal
    {"99999999999.1.2.3", false}  // more than a number holds
};

constexpr row ipv6_rows[] = {
    {"::", true},
    {"::1", true},
    {"1::", true},
    {"2001:db8::8:800:200C:417A", true},
    {"1:2:3:4:5:6:7:8", true},
    {"1:2:3:4:5:6:7::", true},  // one group of zeros
    {"::2:3:4:5:6:7:8", true},
    {"::ffff:1.2.3.4", true},
    {"1:2:3:4:5:6:1.2.3.4", true},
    {"64:ff9b::192.0.2.33", true},
    {"", false},                       // nothing
    {":", false},                      // half of ::
    {":::", false},                    // three colons
    {":1", false},                     // one colon in front
    {"1:", false},                     // one colon behind
    {"1::2::3", false},                // :: twice
    {"1:2:3:4:5:6:7", false},          // seven groups
    {"1:2:3:4:5:6:7:8:9", false},      // nine
    {"1:2:3:4::5:6:7:8", false},       // :: that stands for nothing
    {"12345::", false},                // five digits
    {"00001::", false},                // five digits, all but one zeros
    {"g::", false},                    // not hexadecimal
    {"1.2.3.4", false},                // IPv4
    {"::1.2.3", false},                // a quad cut short
    {"1.2.3.4::", false},              // a quad in front
    {"::1.2.3.4:5", false},            // a quad in the middle
    {"1:2:3:4:5:6:7:1.2.3.4", false},  // a quad too many
    {"::1%lo", false},                 // the scope is no part of the number
    {"[::1]", false},                  // neither are brackets
    {"::-1", false},                   // a sign
    {"::0x1", false},                  // a prefix
};

bytes16 random_bytes(std::mt19937& random, int zero_groups) {
    bytes16 bytes{};
    for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random());
    for (int i = 0; i < zero_groups; ++i) {
        const auto group = random() % 8;
        bytes[2 * group] = bytes[2 * group + 1] = 0;
    }
    return bytes;
}

}  // namespace

TEST(ip_text, ipv4_is_read_as_libc_reads_it) {
    for (const auto& [text, legal] : ipv4_rows) {
        EXPECT_EQ(ours4(text).has_value(), legal) << text;
        EXPECT_EQ(ours4(text), libc4(text)) << text;
    }
}

TEST(ip_text, ipv6_is_read_as_libc_reads_it) {
    for (const auto& [text, legal] : ipv6_rows) {
        EXPECT_EQ(ours6(text).has_value(), legal) << text;
        EXPECT_EQ(ours6(text), libc6(text)) << text;
    }
}

TEST(ip_text, every_prefix_is_read_as_libc_reads_it) {
    for (const std::string text : {"255.254.10.0", "2001:db8::8:800:200c:417a", "::ffff:1.2.3.4"}) {
        for (std::size_t size = 0; size <= text.size(); ++size) {
            const std::string prefix = text.substr(0, size);
            EXPECT_EQ(ours4(prefix), libc4(prefix)) << prefix;
            EXPECT_EQ(ours6(prefix), libc6(prefix)) << prefix;
        }
    }
}

TEST(ip_text, a_nul_ends_nothing) {
    EXPECT_FALSE(ours4(std::string_view("1.2.3.4\0", 8)));
    EXPECT_FALSE(ours6(std::string_view("::1\0", 4)));
}

TEST(ip_text, ipv6_is_written_as_libc_writes_it) {
    std::mt19937 random(1);
    for (int zero_groups = 0; zero_groups < 24; ++zero_groups) {
        for (int i = 0; i < 200; ++i) {
            bytes16 bytes = random_bytes(random, zero_groups);
            if (i % 5 == 0) bytes[10] = bytes[11] = 0xff;
            char text[INET6_ADDRSTRLEN];
            ASSERT_NE(::inet_ntop(AF_INET6, bytes.data(), text, sizeof(text)), nullptr);
            EXPECT_EQ(priz::detail::ipv6_text(bytes), text);
            EXPECT_EQ(ours6(text), bytes) << text;
        }
    }
}

TEST(ip_text, ipv4_is_written_as_libc_writes_it) {
    for (const bytes4 bytes : {bytes4{0, 0, 0, 0}, bytes4{1, 20, 255, 9}}) {
        char text[INET_ADDRSTRLEN];
        ASSERT_NE(::inet_ntop(AF_INET, bytes.data(), text, sizeof(text)), nullptr);
        EXPECT_EQ(priz::detail::ipv4_text(bytes), text);
    }
}
