// What a jar takes, from whom, and what it gives to whom.
#include "priz/http/cookies.hpp"

#include <gmock/gmock.h>

#include "http/cookie_date.hpp"
#include "priz/http/date.hpp"

namespace priz::http {
namespace {

using ::testing::ElementsAre;

constexpr std::int64_t now = 1'800'000'000;

// What is sent to `to` after `set` has come from `from`.
std::string round(std::string_view set, std::string_view from, std::string_view to) {
    cookie_jar jar;
    if (!jar.take(set, parse_url(from), now)) return "refused";
    return jar.give(parse_url(to), now);
}

TEST(cookies, go_where_they_came_from_and_to_the_domain_that_was_named) {
    struct row {
        const char *set, *from, *to, *sent;
    };
    for (const row& r : std::initializer_list<row>{
             {"a=1", "http://x.example.org/p", "http://x.example.org/q", "a=1"},
             {"a=1", "http://x.example.org/", "http://y.x.example.org/", ""},
             {"a=1", "http://x.example.org/", "http://example.org/", ""},
             {"a=1", "http://x.example.org:81/", "https://x.example.org/", "a=1"},
             {"a=1; Domain=example.org", "http://x.example.org/", "http://y.example.org/", "a=1"},
             {"a=1; domain=.Example.ORG", "http://x.example.org/", "http://example.org/", "a=1"},
             {"a=1; Domain=example.org", "http://x.example.org/", "http://badexample.org/", ""},
             {"a=1; Domain=y.example.org", "http://x.example.org/", "", "refused"},
             {"a=1; Domain=x.example.org", "http://example.org/", "", "refused"},
             // Registries are nobody's.
             {"a=1; Domain=org", "http://example.org/", "", "refused"},
             {"a=1; Domain=co.uk", "http://example.co.uk/", "", "refused"},
             {"a=1; Domain=CO.UK", "http://example.co.uk/", "", "refused"},
             {"a=1; Domain=github.io", "http://me.github.io/", "", "refused"},
             {"a=1; Domain=localhost", "http://localhost/", "http://localhost/", "a=1"},
             {"a=1; Domain=localhost", "http://localhost/", "http://a.localhost/", ""},
             {"a=1; Domain=example.org.", "http://x.example.org/", "", "refused"},
             {"a=1; Domain=co.uk.", "https://evil.co.uk./", "", "refused"},
             {"a=1; Domain=evil.co.uk.", "https://evil.co.uk./", "https://evil.co.uk./", "a=1"},
             {"a=1; Domain=evil.co.uk.", "https://evil.co.uk./", "https://x.evil.co.uk./", ""},
             // Numbers have no names below them.
             {"a=1", "http://127.0.0.1/", "http://127.0.0.1/", "a=1"},
             {"a=1; Domain=127.0.0.1", "http://127.0.0.1/", "http://127.0.0.1/", "a=1"},
             {"a=1; Domain=0.0.1", "http://127.0.0.1/", "", "refused"},
             {"a=1; Domain=", "http://x.example.org/", "http://x.example.org/", "a=1"},
             // Paths.
             {"a=1", "http://h.test/one/two", "http://h.test/one/three", "a=1"},
             {"a=1", "http://h.test/one/two", "http://h.test/other", ""},
             {"a=1; Path=/one", "http://h.test/", "http://h.test/one", "a=1"},
             {"a=1; Path=/one", "http://h.test/", "http://h.test/one/x?y", "a=1"},
             {"a=1; Path=/one", "http://h.test/", "http://h.test/onemore", ""},
             {"a=1; Path=one", "http://h.test/p/q", "http://h.test/p/x", "a=1"},
             // TLS.
             {"a=1; Secure", "https://h.test/", "https://h.test/", "a=1"},
             {"a=1; Secure", "https://h.test/", "http://h.test/", ""},
             {"a=1; Secure", "http://h.test/", "", "refused"},
             {"__Secure-a=1", "https://h.test/", "", "refused"},
             {"__Secure-a=1; Secure", "https://h.test/", "https://h.test/", "__Secure-a=1"},
             {"__host-a=1; Secure", "https://h.test/", "", "refused"},
             {"__Host-a=1; Secure; Path=/", "https://h.test/x/y", "https://h.test/", "__Host-a=1"},
             {"__Host-a=1; Secure; Path=/; Domain=example.org", "https://example.org/", "",
              "refused"},
             // Values are as they were sent.
             {"a=\"x y\"; b", "http://h.test/", "http://h.test/", "a=\"x y\""},
             {"  a  =  1  ", "http://h.test/", "http://h.test/", "a=1"},
             {"a=", "http://h.test/", "http://h.test/", "a="},
             {"a=b=c", "http://h.test/", "http://h.test/", "a=b=c"},
             {"a", "http://h.test/", "", "refused"},
             {"=a", "http://h.test/", "", "refused"},
             {"", "http://h.test/", "", "refused"},
             {"a=\x01", "http://h.test/", "", "refused"},
             {"a=1; x=\x7f", "http://h.test/", "", "refused"},
             // Time.
             {"a=1; Max-Age=1", "http://h.test/", "http://h.test/", "a=1"},
             {"a=1; Max-Age=0", "http://h.test/", "http://h.test/", ""},
             {"a=1; Max-Age=-1", "http://h.test/", "http://h.test/", ""},
             {"a=1; Max-Age=soon", "http://h.test/", "http://h.test/", "a=1"},
             {"a=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT", "http://h.test/", "http://h.test/", ""},
             {"a=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=9", "http://h.test/",
              "http://h.test/", "a=1"},
         })
        EXPECT_EQ(r.to[0] == '\0' ? round(r.set, r.from, "http://none.test/")
                                  : round(r.set, r.from, r.to),
                  r.sent)
            << r.set << " from " << r.from;
}

TEST(cookies, are_replaced_and_taken_out_by_name_domain_and_path) {
    cookie_jar jar;
    const url here = parse_url("http://h.test/p/q");
    for (const char* set : {"a=1", "b=2; Path=/", "a=3", "a=4; Path=/"})
        EXPECT_TRUE(jar.take(set, here, now));
    // Longer paths first, then the older one.
    EXPECT_EQ(jar.give(here, now), "a=3; b=2; a=4");
    EXPECT_TRUE(jar.take("a=; Max-Age=0", here, now));
    EXPECT_EQ(jar.give(here, now), "b=2; a=4");
    EXPECT_TRUE(jar.take("b=2; Path=/; Max-Age=10", here, now));
    EXPECT_EQ(jar.give(here, now + 9), "b=2; a=4");
    EXPECT_EQ(jar.give(here, now + 10), "a=4");
    EXPECT_EQ(jar.all(now + 10).size(), 1U);
}

TEST(cookies, that_were_set_over_tls_are_nobody_elses_to_overwrite) {
    cookie_jar jar;
    EXPECT_TRUE(
        jar.take("a=good; Secure; Domain=example.org", parse_url("https://example.org/"), now));
    for (const char* set : {"a=evil", "a=evil; Domain=example.org", "a=evil; Path=/x"})
        EXPECT_FALSE(jar.take(set, parse_url("http://www.example.org/"), now)) << set;
    EXPECT_EQ(jar.give(parse_url("https://www.example.org/x"), now), "a=good");
    EXPECT_TRUE(jar.take("b=1", parse_url("http://www.example.org/"), now));
}

TEST(cookies, that_were_set_over_tls_are_not_pushed_out) {
    cookie_jar jar;
    const url secure = parse_url("https://h.test/");
    const url open = parse_url("http://h.test/");
    EXPECT_TRUE(jar.take("id=good; Secure", secure, now));
    for (std::size_t i = 0; i < 2 * cookie_jar::of_domain_max; ++i)
        jar.take("c" + std::to_string(i) + "=1", open, now);
    EXPECT_FALSE(jar.take("id=evil", open, now));
    EXPECT_THAT(jar.give(secure, now), ::testing::HasSubstr("id=good"));
    jar.clear();
    for (std::size_t i = 0; i < cookie_jar::of_domain_max; ++i)
        EXPECT_TRUE(jar.take("s" + std::to_string(i) + "=1; Secure", secure, now));
    EXPECT_FALSE(jar.take("more=1", open, now));
    EXPECT_TRUE(jar.take("more=1", secure, now));
    EXPECT_EQ(jar.size(), cookie_jar::of_domain_max);
    // One that has expired keeps nobody from anything.
    jar.clear();
    EXPECT_TRUE(jar.take("a=1; Secure; Max-Age=10", secure, now));
    EXPECT_TRUE(jar.take("a=2", open, now + 11));
}

TEST(cookies, have_limits) {
    cookie_jar jar;
    const url here = parse_url("http://h.test/");
    EXPECT_FALSE(jar.take("a=" + std::string(cookie_jar::size_max, 'x'), here, now));
    EXPECT_TRUE(jar.take("a=" + std::string(cookie_jar::size_max - 1, 'x'), here, now));
    jar.clear();
    for (int i = 0; i < 1000; ++i) EXPECT_TRUE(jar.take("c" + std::to_string(i) + "=1", here, now));
    EXPECT_EQ(jar.size(), cookie_jar::of_domain_max);
    EXPECT_LE(jar.give(here, now).size(), cookie_jar::field_max);
    for (int i = 0; i < 5000; ++i)
        EXPECT_TRUE(jar.take("a=1", parse_url("http://h" + std::to_string(i) + ".test/"), now));
    EXPECT_EQ(jar.size(), cookie_jar::count_max);
    // What lasts longer than anybody needs does not.
    jar.clear();
    EXPECT_TRUE(jar.take("a=1; Max-Age=99999999999999999999", here, now));
    EXPECT_EQ(jar.all(now).front().expires, now + std::int64_t{400} * 24 * 60 * 60);
}

TEST(cookies, keep_what_was_said_of_them) {
    cookie_jar jar;
    EXPECT_TRUE(jar.take("a=1; HttpOnly; SameSite=Lax; SameSite=strict; Secure; Max-Age=5",
                         parse_url("https://h.test/"), now));
    cookie wanted;
    wanted.name = "a";
    wanted.value = "1";
    wanted.domain = "h.test";
    wanted.secure = wanted.http_only = true;
    wanted.same_site = same_site::strict;
    wanted.expires = now + 5;
    EXPECT_THAT(jar.all(now), ElementsAre(wanted));
}

TEST(cookies, have_dates_in_many_ways) {
    const std::int64_t wanted = parse_date("Sun, 06 Nov 1994 08:49:37 GMT");
    for (const char* text : {"Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT",
                             "Sun Nov  6 08:49:37 1994", "6 nov 94 8:49:37",
                             "1994 november 6 08:49:37", "Sun,06-Nov-1994,08:49:37"})
        EXPECT_EQ(detail::read_cookie_date(text), wanted) << text;
    for (const char* text : {"", "now", "06 Nov 1994", "06 Nov 08:49:37", "32 Nov 1994 08:49:37",
                             "06 Nov 1994 24:49:37", "06 Nov 1994 08:60:37", "31 Feb 2000 00:00:00",
                             "06 Nov 1600 08:49:37", "06 Nov 1994 08:49"})
        EXPECT_FALSE(detail::read_cookie_date(text)) << text;
}

}  // namespace
}  // namespace priz::http
