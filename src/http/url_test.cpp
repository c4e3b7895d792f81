#include "priz/http/url.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "priz/http/defect.hpp"

namespace priz::http {

namespace {

using testing::HasSubstr;
using testing::Not;

// What Python reads alike is in tests/http_values.
TEST(url, its_parts_are_as_written_but_for_scheme_and_host) {
    const url u = parse_url("HTTPS://u:p@Example.ORG:8443/a%2Fb/?q#f");
    EXPECT_EQ(u.scheme(), "https");
    EXPECT_EQ(u.userinfo(), "u:p");
    EXPECT_EQ(u.host(), "example.org");
    EXPECT_EQ(u.port(), 8443);
    EXPECT_EQ(u.path(), "/a%2Fb/");
    EXPECT_EQ(u.query(), "q");
    EXPECT_EQ(u.fragment(), "f");
    EXPECT_EQ(u.target(), "/a%2Fb/?q");
    EXPECT_EQ(u.authority(), "example.org:8443");
    EXPECT_EQ(u.str(), "https://example.org:8443/a%2Fb/?q#f");
    EXPECT_EQ(u.str_with_userinfo(), "https://u:p@example.org:8443/a%2Fb/?q#f");
}

TEST(url, an_ipv6_host_has_brackets_in_the_authority_alone) {
    const url u = parse_url("http://[2001:DB8:0:0::1]:8080");
    EXPECT_EQ(u.host(), "2001:db8::1");
    EXPECT_EQ(u.authority(), "[2001:db8::1]:8080");
    EXPECT_EQ(u.str(), "http://[2001:db8::1]:8080/");
    EXPECT_EQ(parse_url("ws://[::1]/").authority(), "[::1]");
}

TEST(url, the_schemes_own_port_is_not_written) {
    for (const auto text : {"http://a:80/", "https://a:443/", "ws://a:80/", "wss://a:443/",
                            "http://a:/", "http://a:0080/"})
        EXPECT_EQ(parse_url(text).authority(), "a") << text;
    EXPECT_EQ(parse_url("http://a:443/").authority(), "a:443");
}

struct refusal {
    const char* text;
    defect what;
    std::size_t offset;
};

constexpr refusal refusals[] = {
    {"", defect::bad_scheme, 0},
    {"a", defect::bad_scheme, 0},
    {"/a", defect::bad_scheme, 0},
    {"//a/", defect::bad_scheme, 0},
    {"ftp://a/", defect::bad_scheme, 0},
    {" http://a/", defect::bad_scheme, 0},
    {"http:a", defect::bad_authority, 5},
    {"http:/a", defect::bad_authority, 5},
    {"http:\\\\a", defect::bad_authority, 5},
    {"http://", defect::bad_authority, 7},
    {"http:///a", defect::bad_authority, 7},
    {"http://?a", defect::bad_authority, 7},
    {"http://u@", defect::bad_authority, 9},
    {"http://a b/", defect::bad_authority, 7},
    {"http://a\\b/", defect::bad_authority, 7},  // a host to some, a path to others
    {"http://a\\@b/", defect::bad_authority, 8},
    {"http://b@c@a/", defect::bad_authority, 8},  // two programs, two hosts
    {"http://a%2eb/", defect::bad_authority, 7},
    {"http://b\xc3\xbc/", defect::bad_authority, 7},
    {"http://127.1/", defect::bad_authority, 7},  // 127.0.0.1 to inet_aton()
    {"http://0x7f.0.0.1/", defect::bad_authority, 7},
    {"http://2130706433/", defect::bad_authority, 7},
    {"http://0177.0.0.1/", defect::bad_authority, 7},
    {"http://1.2.3.4./", defect::bad_authority, 7},
    {"http://1.2.3.256/", defect::bad_authority, 7},
    {"http://a.0x1/", defect::bad_authority, 7},
    {"http://[::1/", defect::bad_authority, 7},
    {"http://[]/", defect::bad_authority, 7},
    {"http://[127.0.0.1]/", defect::bad_authority, 7},
    {"http://[fe80::1%25eth0]/", defect::bad_authority, 7},
    {"http://[::1]a/", defect::bad_authority, 7},
    {"http://::1/", defect::bad_authority, 7},
    {"http://a:x/", defect::bad_port, 9},
    {"http://a:-1/", defect::bad_port, 9},
    {"http://a:0/", defect::bad_port, 9},
    {"http://a:65536/", defect::bad_port, 9},
    {"http://a:80:80/", defect::bad_port, 9},
    {"http://a/ b", defect::bad_path, 9},
    {"http://a/\r\nX: y", defect::bad_path, 9},
    {"http://a/\xc3\xbc", defect::bad_path, 9},
    {"http://a/[", defect::bad_path, 9},
    {"http://a/?\"", defect::bad_path, 10},
    {"http://a/#a#b", defect::bad_path, 11},
    {"http://a/%", defect::bad_percent_code, 9},
    {"http://a/%4", defect::bad_percent_code, 9},
    {"http://a/%4g", defect::bad_percent_code, 9},
    {"http://a/?%zz", defect::bad_percent_code, 10},
};

TEST(url, what_two_programs_could_read_differently_is_refused_with_its_place) {
    for (const auto& [text, what, offset] : refusals) {
        const auto read = try_parse_url(text);
        ASSERT_FALSE(read.has_value()) << text;
        EXPECT_EQ(read.error().code(), what) << text << ": " << read.error().message();
        EXPECT_THAT(read.error().hint(), HasSubstr("offset " + std::to_string(offset) + ';'))
            << text;
    }
}

TEST(url, an_error_does_not_show_the_userinfo) {
    for (const auto text :
         {"http://user:secret@a:x/", "http://user:se/cret@a b/", "http://user:secret@a/ ",
          "http://user:secret@", "http:/user:secret@host//x", "user:secret@host//x",
          "user:secret@host/?//", "//user:secret@a b//", "http:user:secret@a//"})
        EXPECT_THAT(
            try_parse_url(text).error().message(),
            testing::AllOf(Not(HasSubstr("cret")), Not(HasSubstr("user:")), HasSubstr("***@")))
            << text;
    EXPECT_THROW(parse_url("x:"), error);
}

// What Python's urljoin() takes for nothing (RFC 3986, 5.2.2 and 5.3).
TEST(url, an_empty_query_fragment_or_segment_of_a_reference_is_one) {
    const url base = parse_url("http://a/b/c?q#f");
    EXPECT_EQ(base.resolve("").str(), "http://a/b/c?q");
    EXPECT_EQ(base.resolve("?").str(), "http://a/b/c?");
    EXPECT_EQ(base.resolve("#").str(), "http://a/b/c?q#");
    EXPECT_EQ(base.resolve("?#").str(), "http://a/b/c?#");
    EXPECT_EQ(base.resolve("d//e").str(), "http://a/b/d//e");
    EXPECT_EQ(base.resolve("d//../e").str(), "http://a/b/d/e");
}

TEST(url, a_reference_has_no_userinfo_from_its_base) {
    const url base = parse_url("http://u:p@a/b");
    EXPECT_EQ(base.resolve("/c").userinfo(), std::nullopt);
    EXPECT_EQ(base.resolve("//v@b/").userinfo(), "v");
}

TEST(url, an_origin_is_scheme_host_and_port) {
    const url a = parse_url("https://a/x");
    EXPECT_TRUE(same_origin(a, parse_url("https://A:443/y?z")));
    EXPECT_FALSE(same_origin(a, parse_url("http://a/")));
    EXPECT_FALSE(same_origin(a, parse_url("https://a:8443/")));
    EXPECT_FALSE(same_origin(a, parse_url("https://a.b/")));
}

TEST(url, a_carelessly_written_location_is_quoted_and_no_further) {
    EXPECT_EQ(quote_reference("/a b/\xc3\xbc?q=[x]&%41=%#f g#"),
              "/a%20b/%C3%BC?q=%5Bx%5D&%41=%25#f%20g%23");
    EXPECT_EQ(quote_reference("http://[::1]:80/[a]"), "http://[::1]:80/%5Ba%5D");
    EXPECT_EQ(quote_reference("//[::1]/"), "//[::1]/");
    EXPECT_EQ(quote_reference("/x//[a]"), "/x//%5Ba%5D");
    EXPECT_EQ(quote_reference("/a\r\nX: y"), "/a%0D%0AX:%20y");
}

}  // namespace

}  // namespace priz::http
