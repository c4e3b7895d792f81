#include "core/nsswitch.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace priz::detail {
namespace {

using testing::ElementsAre;
using enum host_source;

TEST(nsswitch, the_order_of_the_line_is_the_order_of_the_look_up) {
    EXPECT_THAT(parse_nsswitch("hosts: files dns\n").order, ElementsAre(files, dns));
    EXPECT_THAT(parse_nsswitch("hosts:dns\tfiles").order, ElementsAre(dns, files));
}

TEST(nsswitch, other_databases_and_comments_do_not_count) {
    const auto sources = parse_nsswitch("passwd: ldap\n#hosts: ldap\nhosts: files # ldap\n");
    EXPECT_THAT(sources.order, ElementsAre(files));
    EXPECT_FALSE(sources.needs_libc);
}

TEST(nsswitch, without_a_line_it_is_files_and_then_dns) {
    EXPECT_THAT(parse_nsswitch("").order, ElementsAre(files, dns));
    EXPECT_THAT(parse_nsswitch("networks: files\n").order, ElementsAre(files, dns));
}

TEST(nsswitch, a_line_without_sources_seeks_nowhere) {
    EXPECT_THAT(parse_nsswitch("hosts:\n").order, ElementsAre());
}

TEST(nsswitch, the_first_line_counts) {
    EXPECT_THAT(parse_nsswitch("hosts: files\nhosts: dns\n").order, ElementsAre(files));
}

TEST(nsswitch, a_blank_before_the_colon_is_allowed) {
    EXPECT_THAT(parse_nsswitch("  hosts : files").order, ElementsAre(files));
}

TEST(nsswitch, sources_that_only_the_c_library_has_are_left_to_it) {
    EXPECT_TRUE(parse_nsswitch("hosts: files mdns4_minimal [NOTFOUND=return] dns").needs_libc);
    EXPECT_TRUE(parse_nsswitch("hosts: resolve [!UNAVAIL=return] files dns").needs_libc);
    EXPECT_TRUE(parse_nsswitch("hosts: files [SUCCESS=continue] dns").needs_libc);
}

TEST(nsswitch, myhostname_is_noted_and_needs_no_c_library_by_itself) {
    const auto sources = parse_nsswitch("hosts: files myhostname dns");
    EXPECT_TRUE(sources.myhostname);
    EXPECT_FALSE(sources.needs_libc);
    EXPECT_THAT(sources.order, ElementsAre(files, dns));
}

}  // namespace
}  // namespace priz::detail
