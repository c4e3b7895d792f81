// Vulnerabilities of other HTTP clients: each row has the number, what happened there, and the
// check that it does not happen here.
#include <gmock/gmock.h>

#include "http/client/pool.hpp"
#include "http/content_coders_fixture.hpp"
#include "http_client/world.hpp"
#include "priz/testing/run.hpp"
#include "tls/certificates_fixture.hpp"

namespace priz::http {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// Whether somebody may set a cookie, and where it goes.
bool takes(const char* set, const char* from) {
    cookie_jar jar;
    return jar.take(set, parse_url(from), 0);
}
void a_domain_with_the_same_end() {
    cookie_jar jar;
    EXPECT_TRUE(jar.take("id=secret; Domain=example.com", parse_url("http://example.com/"), 0));
    EXPECT_EQ(jar.give(parse_url("http://pythonicexample.com/"), 0), "");
    EXPECT_FALSE(takes("a=1; Domain=example.com", "http://pythonicexample.com/"));
}
void a_cookie_for_a_registry() {
    for (const char* domain : {"com", ".com", "COM", "co.UK", "Co.Uk"})
        EXPECT_FALSE(takes(("a=1; Domain=" + std::string(domain)).c_str(), "http://x.co.uk/"))
            << domain;
    EXPECT_FALSE(takes("a=1; Domain=com.", "http://example.com./"));
    EXPECT_FALSE(takes("a=1; Domain=com.", "http://example.com/"));
}
void a_cookie_for_a_part_of_a_number() {
    EXPECT_FALSE(takes("a=1; Domain=0.0.1", "http://127.0.0.1/"));
    EXPECT_FALSE(takes("a=1; Domain=.0.1", "http://127.0.0.1/"));
}
void controls_in_a_cookie() {
    for (const char c : {'\x01', '\x1f', '\x7f', '\r', '\n'})
        EXPECT_FALSE(takes((std::string("a=1") + c + "2").c_str(), "http://a.test/"));
}
void cookies_that_make_every_request_too_large() {
    cookie_jar jar;
    const url here = parse_url("http://a.test/");
    for (int i = 0; i < 2000; ++i)
        EXPECT_TRUE(jar.take(std::to_string(i) + '=' + std::string(3000, 'x'), here, 0));
    EXPECT_LE(jar.size(), cookie_jar::of_domain_max);
    EXPECT_LE(jar.give(here, 0).size(), cookie_jar::field_max);
}

struct known_flaw {
    const char* number;
    const char* where;
    const char* what;
    void (*check)();
};

void PrintTo(const known_flaw& flaw, std::ostream* to) { *to << flaw.number << ", " << flaw.where; }

// A request with credentials of every kind is redirected to `target`; what is then sent there.
std::string sent_after_redirect(const std::string& target, int status = 302) {
    world w(
        [&](const seen& it) { return scripted{it.says(" /old ") ? to(status, target) : ok("")}; });
    w.run([](client& c) -> io::task<> {
        request_options options;
        options.headers = {{"Authorization", "Bearer secret"}, {"Cookie", "id=secret"}};
        const auto got = co_await c.try_request("GET", "http://a.test/old", options);
        EXPECT_TRUE(got.has_value());
    });
    EXPECT_THAT(w.requests.front(), HasSubstr("secret"));
    EXPECT_EQ(w.requests.size(), 2U);
    return w.requests.back();
}

void nothing_secret_goes_to(const std::string& target) {
    EXPECT_THAT(sent_after_redirect(target), Not(HasSubstr("secret"))) << target;
}

void another_port() { nothing_secret_goes_to("http://a.test:8080/new"); }
void another_host() { nothing_secret_goes_to("http://b.test/new"); }
void a_name_with_the_same_end() { nothing_secret_goes_to("http://evil-a.test/new"); }
void a_name_with_the_same_beginning() { nothing_secret_goes_to("http://a.test.b.test/new"); }
void permanently() {
    EXPECT_THAT(sent_after_redirect("http://b.test/new", 308), Not(HasSubstr("secret")));
}

void from_https_to_http() {
    const tls::context serving = tls::serving_context({.names = "DNS:a.test"});
    world w([](const seen&) { return scripted{to(302, "http://a.test/new")}; });
    w.below = [&](io::stream s, const destination&) {
        return tls::accept_over(std::move(s), serving);
    };
    w.options.tls = tls::trusting_context();
    w.run([](client& c) -> io::task<> {
        request_options options;
        options.headers = {{"Authorization", "Bearer secret"}};
        const auto got = co_await c.try_request("GET", "https://a.test/old", options);
        EXPECT_EQ(cause_of(got), errc::refused_redirect);
    });
    EXPECT_EQ(w.dialled.size(), 1U);
}

void a_chain_of_redirections() {
    world w([](const seen& it) {
        if (it.says(" /old ")) return scripted{to(302, "http://b.test/1")};
        return scripted{it.says(" /1 ") ? to(302, "http://b.test/2") : ok("")};
    });
    w.run([](client& c) -> io::task<> {
        request_options options;
        options.headers = {{"Authorization", "Bearer secret"}};
        EXPECT_TRUE((co_await c.get("http://a.test/old", options)).ok());
    });
    ASSERT_EQ(w.requests.size(), 3U);
    EXPECT_THAT(w.requests[2], Not(HasSubstr("secret")));
}

void content_after_see_other() {
    world w([](const seen& it) { return scripted{it.says(" /old ") ? to(303, "/new") : ok("")}; });
    w.run([](client& c) -> io::task<> {
        request_options options;
        options.content = "secret";
        EXPECT_TRUE((co_await c.put("http://a.test/old", options)).ok());
    });
    EXPECT_THAT(w.requests[1], Not(HasSubstr("secret")));
    EXPECT_THAT(w.requests[1], Not(HasSubstr("Content-Length")));
}

void no_referer() {
    world w([](const seen& it) {
        return scripted{it.says(" /old ") ? to(302, "http://b.test/") : ok("")};
    });
    w.run([](client& c) -> io::task<> {
        EXPECT_TRUE((co_await c.get("http://user:secret@a.test/old")).ok());
    });
    EXPECT_THAT(w.requests[1], Not(HasSubstr("secret")));
    EXPECT_THAT(w.requests[1], Not(HasSubstr("eferer")));
}

void a_password_with_an_at_sign() {
    world w([](const seen& it) { return scripted{it.says(" /old ") ? to(302, "/new") : ok("")}; });
    w.run([](client& c) -> io::task<> {
        EXPECT_TRUE((co_await c.get("http://user:se%40cret@a.test/old")).ok());
    });
    for (const destination& each : w.dialled) EXPECT_EQ(each.host, "a.test");
    EXPECT_THAT(w.requests[1], HasSubstr("Authorization: Basic dXNlcjpzZUBjcmV0\r\n"));
}

// The user's name and password of a proxy reach no server.
void a_proxys_password() {
    request_options given;
    given.headers = {{"Proxy-Authorization", "Basic secret"}};
    world w([](const seen& it) {
        return scripted{it.says("/old ") ? to(302, "http://direct.test/") : ok("")};
    });
    w.options.proxies = proxy_settings(parse_proxy("http://user:secret@p.test"), "direct.test");
    w.run([&](client& c) -> io::task<> {
        const auto refused = co_await c.try_request("GET", "http://a.test/old", given);
        EXPECT_EQ(cause_of(refused), priz::errc::value_error);
        EXPECT_TRUE((co_await c.get("http://a.test/old")).ok());
    });
    ASSERT_EQ(w.requests.size(), 2U);
    EXPECT_THAT(w.requests[0], HasSubstr("Proxy-Authorization"));
    EXPECT_THAT(w.requests[1], Not(HasSubstr("Proxy-Authorization")));
}

void a_proxys_certificate() {
    const tls::context serving = tls::serving_context({.names = "DNS:other.test"});
    world w([](const seen&) { return scripted{ok("")}; });
    w.below = [&](io::stream s, const destination&) {
        return tls::accept_over(std::move(s), serving);
    };
    w.options.tls = tls::trusting_context();
    w.options.proxies = proxy_settings(parse_proxy("https://p.test"));
    w.run([](client& c) -> io::task<> {
        const auto got = co_await c.try_request("GET", "http://a.test/");
        EXPECT_EQ(cause_of(got), tls::errc::hostname_mismatch);
    });
    EXPECT_TRUE(w.requests.empty());
}

void environment_of_cgi() {
    const std::pair<std::string_view, std::string_view> given[] = {{"HTTP_PROXY", "evil.test"}};
    EXPECT_FALSE(proxy_settings::from_variables(given).choose(parse_url("http://a.test/")));
}

// Two requests whose identities differ in one thing have two connections.
void two_connections(const request_options& one, const request_options& other) {
    world w([](const seen&) { return scripted{ok("")}; });
    w.run([&](client& c) -> io::task<> {
        EXPECT_TRUE((co_await c.get("http://a.test/", one)).ok());
        EXPECT_TRUE((co_await c.get("http://a.test/", other)).ok());
    });
    EXPECT_EQ(w.dialled.size(), 2U);
}

void connection_of_another_user() {
    request_options one;
    one.auth = basic_credentials{"a", "secret"};
    request_options other;
    other.auth = basic_credentials{"b", "secret"};
    two_connections(one, other);
    two_connections(one, {});
    other.auth = basic_credentials{"a", "Secret"};
    two_connections(one, other);
}

void connection_with_another_bearer() {
    request_options one;
    one.headers = {{"Authorization", "Bearer one"}};
    request_options other;
    other.headers = {{"Authorization", "Bearer two"}};
    two_connections(one, other);
}

void connection_with_other_tls_settings() {
    using detail::identity;
    const tls::context a;
    const tls::context b;
    identity one{.scheme = "https", .host = "a.test", .port = 443};
    identity other = one;
    one.tls = a.native_state();
    other.tls = b.native_state();
    EXPECT_NE(one, other);
    other.tls = tls::context(a).native_state();  // a copy is the same context
    EXPECT_EQ(one, other);
}

void refused(const std::string& method, const std::string& url, const request_options& options) {
    world w([](const seen&) { return scripted{ok("")}; });
    w.run([&](client& c) -> io::task<> {
        const auto got = co_await c.try_request(method, url, options);
        EXPECT_FALSE(got.has_value()) << url;
        if (!got) {
            EXPECT_EQ(got.error().code().category(), http::category()) << url;
        }
    });
    EXPECT_TRUE(w.dialled.empty());
}

void line_ends_in_the_path() { refused("GET", "http://a.test/x\r\nX-Injected: 1\r\n/", {}); }
void line_ends_in_the_query() { refused("GET", "http://a.test/?q= HTTP/1.1\r\nX: y", {}); }
void line_ends_in_the_host() { refused("GET", "http://a.test\r\nX: y\r\n/", {}); }
void line_ends_in_the_method() { refused("GET / HTTP/1.1\r\nX: y\r\n", "http://a.test/", {}); }
void line_ends_in_a_value() {
    request_options options;
    EXPECT_THROW(options.headers.add("X-A", "b\r\nX-Injected: 1"), priz::error);
    EXPECT_THROW(options.headers.add("X-A\r\nX-Injected", "1"), priz::error);
    EXPECT_TRUE(options.headers.empty());
}
void line_ends_in_the_content_type() {
    request_options options;
    options.content = "x";
    options.content_type = "text/plain\r\nX-Injected: 1";
    refused("POST", "http://a.test/", options);
}
void percent_codes_in_the_host() { refused("GET", "http://a.test%2F10.0.0.1/", {}); }
void white_space_before_the_scheme() { refused("GET", " http://a.test/", {}); }

void a_number_sign_ends_the_host() {
    world w([](const seen&) { return scripted{ok("")}; });
    w.run([](client& c) -> io::task<> {
        EXPECT_TRUE((co_await c.get("http://a.test#@evil.test/x.txt")).ok());
    });
    EXPECT_EQ(w.dialled[0].host, "a.test");
}

void a_path_that_looks_like_a_host() {
    world w([](const seen&) { return scripted{ok("")}; });
    w.run([](client& c) -> io::task<> {
        EXPECT_TRUE((co_await c.get("http://a.test//127.0.0.1/x")).ok());
    });
    EXPECT_EQ(w.dialled[0].host, "a.test");
    EXPECT_THAT(w.requests[0], HasSubstr("GET //127.0.0.1/x HTTP/1.1\r\nHost: a.test\r\n"));
}

void fails_within(const std::string& answer, duration most) {
    world w([&](const seen&) { return scripted{answer, false, true}; });
    w.run([&](client& c) -> io::task<> {
        const auto got = co_await c.try_request("GET", "http://a.test/");
        EXPECT_FALSE(got.has_value());
        EXPECT_LE(testing::now(), most);
        EXPECT_EQ(c.connections(), 0U);
    });
}

void interim_answers_without_end() {
    std::string all;
    for (int i = 0; i < 1000; ++i) all += "HTTP/1.1 100 Continue\r\n\r\n";
    fails_within(all, 0);
}
void fields_without_end() {
    std::string all = "HTTP/1.1 200 OK\r\n";
    for (int i = 0; i < 100'000; ++i) all += "X-Y: z\r\n";
    fails_within(all, 0);
    fails_within("HTTP/1.1 200 OK\r\nX: " + std::string(1 << 20, 'y'), 0);
}
void content_that_is_only_announced() {
    world w([](const seen&) {
        return scripted{"HTTP/1.1 200 OK\r\nContent-Length: 4611686018427387904\r\n\r\nx", true};
    });
    w.run([](client& c) -> io::task<> {
        EXPECT_EQ(cause_of(co_await c.try_request("GET", "http://a.test/")), defect::incomplete);
    });
}
void an_answer_in_place_of_continue() {
    world w([](const seen&) { return scripted{ok("")}; });
    w.below = [](io::stream s, const destination&) -> io::task<io::stream> {
        const io::chunk head = co_await s.recv();
        EXPECT_THAT(std::string(head.text()), HasSubstr("Expect: 100-continue"));
        co_await s.sendall(ok("enough"));
        co_return s;
    };
    w.run([](client& c) -> io::task<> {
        request_options large;
        large.content = std::string(2 << 20, 'x');
        EXPECT_EQ((co_await c.put("http://a.test/", large)).text(), "enough");
        EXPECT_EQ(c.connections(), 0U);
    });
}
void a_chunk_of_negative_size() {
    for (const char* size : {"-1", "ffffffffffffffff0", "0x10", " 5", "+5"})
        fails_within(std::string("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n") + size +
                         "\r\nhello\r\n0\r\n\r\n",
                     0);
}

void codings_without_end() {
    for (const char* more : {", gzip", "\r\nContent-Encoding: gzip"}) {
        std::string all = "Content-Encoding: gzip";
        for (int i = 0; i < 100; ++i) all += more;
        world w([&](const seen&) { return scripted{ok("x", all + "\r\n")}; });
        w.run([](client& c) -> io::task<> {
            EXPECT_EQ(cause_of(co_await c.try_request("GET", "http://a.test/")),
                      defect::too_many_codings);
        });
    }
}
void content_that_grows_without_end() {
    const std::string bomb = encoded(content_coding::gzip, std::string(std::size_t{8} << 20, '\0'));
    world w([&](const seen&) { return scripted{ok(bomb, "Content-Encoding: gzip\r\n")}; });
    w.run([](client& c) -> io::task<> {
        EXPECT_EQ(cause_of(co_await c.try_request("GET", "http://a.test/")),
                  defect::decompression_bomb);
    });
}
// It is not even decoded: nobody wants it.
void content_of_a_redirection_that_grows() {
    world w([](const seen& it) {
        return it.says(" /old ")
                   ? scripted{"HTTP/1.1 302 Found\r\nLocation: /new\r\nContent-Encoding: gzip\r\n"
                              "Content-Length: 8\r\n\r\nno gzip!"}
                   : scripted{ok("fine")};
    });
    w.run([](client& c) -> io::task<> {
        EXPECT_EQ((co_await c.get("http://a.test/old")).text(), "fine");
    });
    EXPECT_EQ(w.dialled.size(), 1U) << "to fail with it would have ended the connection";
}

// SOCKS5 has 255 bytes for a name. A longer one is neither cut nor looked up here.
void a_long_name_for_socks() {
    const std::string label(60, 'a');
    std::string name;
    for (int i = 0; i < 5; ++i) name += label + ".";
    world w([](const seen&) { return scripted{ok("")}; });
    w.options.proxies = proxy_settings(parse_proxy("socks5h://p.test"));
    w.below = [](io::stream s, const destination&) -> io::task<io::stream> {
        const io::chunk hello = co_await s.recv();
        co_await s.sendall(bytes_view("\x05\x00", 2));
        const io::chunk wish = co_await s.recv();
        EXPECT_TRUE(wish.empty());
        co_return s;
    };
    w.run([&](client& c) -> io::task<> {
        const auto got = co_await c.try_request("GET", "http://" + name + "test/");
        EXPECT_EQ(cause_of(got), priz::errc::value_error);
    });
    EXPECT_EQ(w.dialled.size(), 1U);
}

void a_proxy_that_denies_the_tunnel() {
    world w([](const seen&) { return scripted{ok("")}; });
    w.options.tls = tls::trusting_context();
    w.options.proxies = proxy_settings(parse_proxy("http://p.test"));
    w.below = [](io::stream s, const destination&) -> io::task<io::stream> {
        const io::chunk wish = co_await s.recv();
        co_await s.sendall("HTTP/1.1 403 Forbidden\r\nContent-Length: 6\r\n\r\ndenied");
        co_return s;
    };
    w.run([](client& c) -> io::task<> {
        for (int i = 0; i < 2; ++i)
            EXPECT_EQ(cause_of(co_await c.try_request("GET", "https://a.test/")),
                      errc::proxy_refused);
        EXPECT_EQ(c.connections(), 0U);
    });
    EXPECT_EQ(w.dialled.size(), 2U);
}

constexpr known_flaw flaws[] = {
    // Credentials that follow a redirection.
    {"CVE-2018-1000007", "curl", "a custom Authorization field went to other hosts", another_host},
    {"CVE-2022-27774", "curl", "credentials went to another port of the host", another_port},
    {"CVE-2022-27776", "curl", "Authorization and Cookie went to another port", another_port},
    {"CVE-2018-20060", "urllib3", "Authorization went to other origins", another_host},
    {"CVE-2023-43804", "urllib3", "Cookie went to other origins", another_host},
    {"CVE-2018-18074", "requests", "Authorization went from https to http", from_https_to_http},
    {"CVE-2022-0536", "follow-redirects", "Authorization went from https to http",
     from_https_to_http},
    {"CVE-2022-0155", "follow-redirects", "Cookie went to other hosts", another_host},
    {"CVE-2022-0235", "node-fetch", "secure fields went to other hosts",
     a_name_with_the_same_beginning},
    {"CVE-2022-31151", "undici", "Cookie went to other hosts", permanently},
    {"CVE-2023-45143", "undici", "Cookie went to other origins", another_port},
    {"CVE-2023-45289", "Go net/http", "fields went to hosts that are no subdomain",
     a_name_with_the_same_end},
    {"CVE-2024-45336", "Go net/http", "fields came back in a chain of redirections",
     a_chain_of_redirections},
    {"CVE-2023-45803", "urllib3", "content went along after 303", content_after_see_other},
    {"CVE-2021-22876", "curl", "Referer told the URL's password", no_referer},
    {"CVE-2020-8169", "curl", "a part of the password was looked up as a host",
     a_password_with_an_at_sign},
    // Proxies.
    {"CVE-2023-32681", "requests", "Proxy-Authorization went to the server", a_proxys_password},
    {"CVE-2024-24758", "undici", "Proxy-Authorization went to other origins", a_proxys_password},
    {"CVE-2024-28849", "follow-redirects", "Proxy-Authorization went to other hosts",
     a_proxys_password},
    {"CVE-2021-28363", "urllib3", "a proxy's certificate could be anybody's", a_proxys_certificate},
    {"CVE-2016-5385", "PHP", "a request's Proxy field became HTTP_PROXY", environment_of_cgi},
    {"CVE-2016-5386", "Go net/http", "a request's Proxy field became HTTP_PROXY",
     environment_of_cgi},
    {"CVE-2023-38545", "curl", "a long name overflowed SOCKS5's buffer", a_long_name_for_socks},
    {"CVE-2022-43552", "curl", "a denied tunnel's memory was used again",
     a_proxy_that_denies_the_tunnel},
    // Connections of one identity for another.
    {"CVE-2015-3143", "curl", "a connection of another user was used", connection_of_another_user},
    {"CVE-2022-22576", "curl", "a connection with another bearer was used, for mail",
     connection_with_another_bearer},
    {"CVE-2016-5420", "curl", "a connection with another client certificate was used",
     connection_with_other_tls_settings},
    {"CVE-2022-27782", "curl", "a connection with other TLS settings was used",
     connection_with_other_tls_settings},
    // What a caller is given, and sends.
    {"CVE-2019-9740", "CPython", "line ends in the query", line_ends_in_the_query},
    {"CVE-2019-9947", "CPython", "line ends in the path", line_ends_in_the_path},
    {"CVE-2019-18348", "CPython", "line ends in the host", line_ends_in_the_host},
    {"CVE-2016-5699", "CPython", "line ends in a field", line_ends_in_a_value},
    {"CVE-2020-26116", "CPython", "line ends in the method", line_ends_in_the_method},
    {"CVE-2020-26137", "urllib3", "line ends in the method", line_ends_in_the_method},
    {"CVE-2022-31150", "undici", "line ends in path and method", line_ends_in_the_path},
    {"CVE-2022-35948", "undici", "line ends in the content type", line_ends_in_the_content_type},
    {"CVE-2022-27780", "curl", "percent codes in the host", percent_codes_in_the_host},
    {"CVE-2016-8624", "curl", "a number sign did not end the host", a_number_sign_ends_the_host},
    {"CVE-2022-35949", "undici", "a path was taken for a host", a_path_that_looks_like_a_host},
    {"CVE-2023-24329", "CPython", "white space before the URL got past filters",
     white_space_before_the_scheme},
    // Cookies.
    {"CVE-2018-20852", "CPython", "a domain was compared by its end alone",
     a_domain_with_the_same_end},
    {"CVE-2014-3620", "curl", "a cookie for a top-level domain was taken", a_cookie_for_a_registry},
    {"CVE-2022-27779", "curl", "a dot behind the host got past the list of registries",
     a_cookie_for_a_registry},
    {"CVE-2023-46218", "curl", "capital letters got past the list of registries",
     a_cookie_for_a_registry},
    {"CVE-2014-3613", "curl", "a cookie for a part of an address was taken",
     a_cookie_for_a_part_of_a_number},
    {"CVE-2022-35252", "curl", "control bytes in cookies had servers refuse every request",
     controls_in_a_cookie},
    {"CVE-2022-32205", "curl", "cookies of any size had servers refuse every request",
     cookies_that_make_every_request_too_large},
    // Answers that take up time and memory.
    {"CVE-2021-3737", "CPython", "interim answers without end", interim_answers_without_end},
    {"CVE-2023-38039", "curl", "fields without end ate all memory", fields_without_end},
    {"CVE-2025-13836", "CPython", "memory was taken for as much as the server announced",
     content_that_is_only_announced},
    {"CVE-2024-24791", "Go net/http", "an answer in place of 100 left the connection in disorder",
     an_answer_in_place_of_continue},
    {"CVE-2022-32206", "curl", "codings on top of each other without end", codings_without_end},
    {"CVE-2023-23916", "curl", "codings in many fields got past the limit", codings_without_end},
    {"CVE-2025-66418", "urllib3", "codings on top of each other without end", codings_without_end},
    {"CVE-2025-66471", "urllib3", "a small piece became any amount at once",
     content_that_grows_without_end},
    {"CVE-2026-21441", "urllib3", "a redirection's content was decoded whole",
     content_of_a_redirection_that_grows},
    {"CVE-2002-0392", "Apache", "a chunk's size was negative", a_chunk_of_negative_size},
};

class http_client_cve : public ::testing::TestWithParam<known_flaw> {};

TEST_P(http_client_cve, does_not_happen_here) {
    SCOPED_TRACE(GetParam().what);
    GetParam().check();
}

INSTANTIATE_TEST_SUITE_P(table, http_client_cve, ::testing::ValuesIn(flaws),
                         [](const ::testing::TestParamInfo<known_flaw>& of) {
                             std::string name = of.param.number;
                             for (char& c : name)
                                 if (c == '-') c = '_';
                             return name;
                         });

}  // namespace
}  // namespace priz::http
