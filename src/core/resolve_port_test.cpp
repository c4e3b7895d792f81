#include "core/resolve_port.hpp"

#include <gtest/gtest.h>
#include <netdb.h>
#include <sys/socket.h>

#include <cstdint>

#include "priz/host.hpp"

namespace priz {
namespace {

std::error_code cause(const service& port) {
    const auto found = detail::port_of(port, SOCK_STREAM, "bind");
    return found ? std::error_code() : found.error().code();
}

TEST(resolve_port, a_port_is_a_number_a_text_of_digits_or_a_name) {
    EXPECT_EQ(detail::port_of(8080, SOCK_STREAM, "bind"), 8080);
    EXPECT_EQ(detail::port_of("8080", SOCK_STREAM, "bind"), 8080);
    EXPECT_EQ(detail::port_of("www", SOCK_STREAM, "bind"), 80);
    EXPECT_EQ(detail::port_of("domain", SOCK_DGRAM, "bind"), 53);
    EXPECT_EQ(detail::port_of(nullptr, SOCK_STREAM, "bind"), 0);
}

TEST(resolve_port, outside_0_to_65535_is_an_overflow_however_it_is_written) {
    for (const std::int64_t port : {std::int64_t{-1}, std::int64_t{65536}, INT64_MAX, INT64_MIN})
        EXPECT_EQ(cause(port), errc::overflow_error) << port;
    for (const auto* text : {"-1", "65536", "99999999999999999999999", "-99999999999999999999999"})
        EXPECT_EQ(cause(text), errc::overflow_error) << text;
    EXPECT_EQ(cause(65535), std::error_code());
    EXPECT_EQ(cause("65535"), std::error_code());
}

TEST(resolve_port, an_overflow_says_what_a_port_must_be) {
    const auto found = detail::port_of(65536, SOCK_STREAM, "bind");
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().message(),
              "bind port 65536: number out of range: port must be 0-65535");
}

TEST(resolve_port, what_is_neither_number_nor_service_is_refused) {
    for (const auto* text : {"", "nosuch", "80x", " 80", "8 0", "0x50"})
        EXPECT_EQ(cause(text), std::error_code(EAI_SERVICE, gai_category())) << text;
}

}  // namespace
}  // namespace priz
