#include "interface_name.hpp"

#include <gtest/gtest.h>
#include <net/if.h>

using priz::detail::interface_index;
using priz::detail::interface_text;

TEST(interface_name, the_loopback_interface_has_a_name_both_ways) {
    const unsigned index = ::if_nametoindex("lo");
    ASSERT_NE(index, 0u);
    EXPECT_EQ(interface_text(index), "lo");
    EXPECT_EQ(interface_index("lo"), index);
}

TEST(interface_name, an_interface_that_is_not_there_is_a_number) {
    EXPECT_EQ(interface_text(4'000'000'000), "4000000000");
    EXPECT_EQ(interface_index("4000000000"), 4'000'000'000);
}

TEST(interface_name, zero_is_every_interface) {
    EXPECT_EQ(interface_text(0), "0");
    EXPECT_EQ(interface_index("0"), 0u);
}

TEST(interface_name, what_names_no_interface_is_refused) {
    for (const std::string_view text : {
             std::string_view(""),                      // nothing
             std::string_view("no-such-if"),            // no such interface
             std::string_view("lo\0", 3),               // a NUL does not end a name
             std::string_view("lo "),                   // neither does a space
             std::string_view("sixteen-and-more"),      // longer than any name
             std::string_view("99999999999999999999"),  // above 32 bits
         })
        EXPECT_EQ(interface_index(text), std::nullopt) << text;
}
