#include "priz/services.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <string>

namespace priz {
namespace {

TEST(services, a_service_has_its_port_in_a_protocol_or_in_any) {
    EXPECT_EQ(getservbyname("http", "tcp"), 80);
    EXPECT_EQ(getservbyname("domain", "udp"), 53);
    EXPECT_EQ(getservbyname("http"), 80);
}

TEST(services, an_unknown_service_is_an_error_that_names_it) {
    try {
        getservbyname("nosuch", "tcp");
        FAIL();
    } catch (const error& why) {
        EXPECT_EQ(why.code().value(), ENOENT);
        EXPECT_NE(std::string(why.what()).find("service 'nosuch'/tcp"), std::string::npos);
    }
    EXPECT_FALSE(try_getservbyname("http", "nosuch"));
}

TEST(services, a_name_is_not_cut_at_a_nul_byte) {
    EXPECT_FALSE(try_getservbyname(std::string_view("http\0x", 6)));
    EXPECT_FALSE(try_getservbyname("http", std::string_view("tcp\0x", 5)));
    EXPECT_FALSE(try_getprotobyname(std::string_view("udp\0x", 5)));
}

TEST(services, a_port_has_its_service) {
    EXPECT_EQ(getservbyport(80, "tcp"), "http");
    EXPECT_FALSE(try_getservbyport(1, "nosuch"));
}

TEST(services, a_port_outside_its_range_is_an_overflow) {
    EXPECT_THROW(getservbyport(65536), overflow_error);
    EXPECT_THROW(getservbyport(-1), overflow_error);
}

TEST(services, a_protocol_has_its_number) {
    EXPECT_EQ(getprotobyname("tcp"), 6);
    EXPECT_EQ(getprotobyname("udp"), 17);
    EXPECT_FALSE(try_getprotobyname("nosuch"));
}

}  // namespace
}  // namespace priz
