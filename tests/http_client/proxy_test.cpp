// Proxies: which one, and what it is asked.
#include "priz/http/proxy.hpp"

#include <gmock/gmock.h>

#include "tls/certificates_fixture.hpp"
#include "world.hpp"

namespace priz::http {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

TEST(http_proxy, is_written_as_curl_has_it) {
    const proxy plain = parse_proxy("proxy.test");
    EXPECT_EQ(plain.how, proxy::kind::http);
    EXPECT_EQ(plain.host, "proxy.test");
    EXPECT_EQ(plain.port, 1080);
    EXPECT_EQ(parse_proxy("proxy.test:80").port, 80);
    EXPECT_EQ(parse_proxy("http://proxy.test:80/").port, 80);
    EXPECT_EQ(parse_proxy("HTTPS://[::1]").port, 443);
    const proxy socks = parse_proxy("socks5h://us%65r:p%40ss@10.0.0.1:9050");
    EXPECT_EQ(socks.how, proxy::kind::socks5h);
    EXPECT_EQ(socks.host, "10.0.0.1");
    EXPECT_EQ(socks.port, 9050);
    EXPECT_EQ(socks.username, "user");
    EXPECT_EQ(socks.password, "p@ss");
    for (const char* bad :
         {"ftp://p.test", "socks4://p.test", "http://", "p.test:99999", "http://a%0d%0ab:c@p.test",
          "http://a%3Ab@p.test", "socks5://:p@p.test", "p.test\r\nX: y"}) {
        const auto got = try_parse_proxy(bad);
        EXPECT_FALSE(got) << bad;
    }
    const auto secret = try_parse_proxy("http://user:sec%ret@p.test");
    ASSERT_FALSE(secret);
    EXPECT_THAT(secret.error().message(), Not(HasSubstr("sec")));
}

std::string chosen(std::initializer_list<std::pair<std::string_view, std::string_view>> variables,
                   const char* url) {
    const std::vector<std::pair<std::string_view, std::string_view>> all(variables);
    const auto found = proxy_settings::from_variables(all).choose(parse_url(url));
    return found ? found->host : "none";
}

TEST(http_proxy, variables_mean_what_they_mean_to_curl) {
    EXPECT_EQ(chosen({{"http_proxy", "p"}}, "http://a.test/"), "p");
    EXPECT_EQ(chosen({{"http_proxy", "p"}}, "https://a.test/"), "none");
    // CVE-2016-5385 and its kin: a request's Proxy field becomes HTTP_PROXY of a CGI program.
    EXPECT_EQ(chosen({{"HTTP_PROXY", "evil"}}, "http://a.test/"), "none");
    EXPECT_EQ(chosen({{"HTTPS_PROXY", "p"}}, "https://a.test/"), "p");
    EXPECT_EQ(chosen({{"HTTPS_PROXY", "p"}, {"https_proxy", "q"}}, "https://a.test/"), "q");
    EXPECT_EQ(chosen({{"all_proxy", "p"}}, "http://a.test/"), "p");
    EXPECT_EQ(chosen({{"ALL_PROXY", "p"}, {"https_proxy", "q"}}, "https://a.test/"), "q");
    EXPECT_EQ(chosen({{"http_proxy", ""}, {"all_proxy", "p"}}, "http://a.test/"), "p");
}

TEST(http_proxy, no_proxy_names_hosts_domains_and_networks) {
    struct row {
        const char* list;
        const char* url;
        bool is_direct;
    };
    for (const row& each : {
             row{"*", "http://a.test/", true},
             row{"a.test", "http://a.test/", true},
             row{"a.test", "http://sub.a.test/", true},
             row{".a.test", "http://a.test/", true},
             row{"a.test", "http://nota.test/", false},
             row{"a.test", "http://a.test.evil/", false},
             row{"b.test, A.TEST", "http://a.test:8080/", true},
             row{"b.test A.TEST", "http://a.test./", true},
             row{"b.test,,", "http://a.test/", false},
             row{"*.test", "http://a.test/", false},
             row{"10.0.0.1", "http://10.0.0.1/", true},
             row{"10.0.0.1", "http://10.0.0.10/", false},
             row{"10.0.0.0/8", "http://10.200.0.1/", true},
             row{"10.0.0.0/9", "http://10.200.0.1/", false},
             row{"10.0.0.0/33", "http://10.0.0.0/", false},
             row{"::1", "http://[::1]/", true},
             row{"[::1]", "http://[::1]/", true},
             row{"fe80::/10", "http://[fe80::1234]/", true},
             row{"0.0.1", "http://10.0.0.1/", false},
         }) {
        const std::string got = chosen({{"http_proxy", "p"}, {"no_proxy", each.list}}, each.url);
        EXPECT_EQ(got, each.is_direct ? "none" : "p") << each.list << " for " << each.url;
    }
}

TEST(http_proxy, for_http_is_asked_for_the_whole_url) {
    world w([](const seen&) { return scripted{ok("by proxy")}; });
    w.options.proxies = proxy_settings(parse_proxy("http://me:secret@p.test:3128"), "direct.test");
    w.run([](client& c) -> io::task<> {
        EXPECT_EQ((co_await c.get("http://a.test:81/x?y")).text(), "by proxy");
        EXPECT_EQ((co_await c.get("http://direct.test/")).status, 200);
    });
    EXPECT_EQ(w.dialled[0].host, "p.test");
    EXPECT_EQ(w.dialled[0].port, 3128);
    EXPECT_THAT(w.requests[0],
                StartsWith("GET http://a.test:81/x?y HTTP/1.1\r\nHost: a.test:81\r\n"));
    EXPECT_THAT(w.requests[0], HasSubstr("Proxy-Authorization: Basic bWU6c2VjcmV0\r\n"));
    EXPECT_EQ(w.dialled[1].host, "direct.test");
    EXPECT_THAT(w.requests[1], Not(HasSubstr("Proxy-Authorization")));
}

// A proxy's part of a connection: it reads up to the end of a head, answers, and is no more seen.
io::task<std::string> read_head(io::stream& s) {
    std::string head;
    while (!head.ends_with("\r\n\r\n")) {
        char one = 0;
        co_await s.recv_exactly_into(bytes_span(&one, 1));
        head += one;
    }
    co_return head;
}

struct tunnel_world {
    std::string asked;
    std::string answer = "HTTP/1.1 200 Connection established\r\n\r\n";
    tls::context serving = tls::serving_context({.names = "DNS:a.test"});
    world w{[](const seen&) { return scripted{ok("through")}; }};

    tunnel_world() {
        w.options.tls = tls::trusting_context();
        w.options.proxies = proxy_settings(parse_proxy("http://me:secret@p.test:3128"));
        w.below = [this](io::stream s, const destination&) { return tunnel(std::move(s)); };
    }
    io::task<io::stream> tunnel(io::stream s) {
        asked = co_await read_head(s);
        co_await s.sendall(answer);
        co_return co_await tls::accept_over(std::move(s), serving);
    }
    std::error_code cause() {
        std::error_code found;
        w.run([&](client& c) -> io::task<> {
            const auto got = co_await c.try_request("GET", "https://a.test/");
            found = cause_of(got);
            if (!got) {
                EXPECT_EQ(got.error().message().find("secret"), std::string::npos);
            }
        });
        return found;
    }
};

TEST(http_proxy, for_https_makes_a_tunnel_and_sees_nothing_else) {
    tunnel_world t;
    EXPECT_EQ(t.cause(), std::error_code());
    EXPECT_EQ(t.asked,
              "CONNECT a.test:443 HTTP/1.1\r\nHost: a.test:443\r\n"
              "Proxy-Authorization: Basic bWU6c2VjcmV0\r\n\r\n");
    EXPECT_THAT(t.w.requests[0], StartsWith("GET / HTTP/1.1\r\nHost: a.test\r\n"));
    EXPECT_THAT(t.w.requests[0], Not(HasSubstr("Proxy-")));
}

TEST(http_proxy, that_makes_no_tunnel_fails_the_request) {
    for (const char* answer :
         {"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n",
          "HTTP/1.1 502 Bad Gateway\r\n\r\n", "HTTP/1.1 302 Found\r\nLocation: /\r\n\r\n",
          "HTTP/1.1 200 OK\r\n\r\nbytes that no server sent"}) {
        tunnel_world t;
        t.answer = answer;
        EXPECT_EQ(t.cause(), errc::proxy_refused) << answer;
        EXPECT_TRUE(t.w.requests.empty());
    }
}

struct socks_world {
    std::string greeting;
    std::string login;
    std::string asked;
    char method = 0;
    std::string result = std::string("\x05\x00\x00\x01\x7f\x00\x00\x01\x00\x50", 10);
    world w{[](const seen&) { return scripted{ok("through")}; }};

    explicit socks_world(const char* which) {
        w.options.proxies = proxy_settings(parse_proxy(which));
        w.below = [this](io::stream s, const destination&) { return serve(std::move(s)); };
    }
    io::task<io::stream> serve(io::stream s) {
        const io::chunk hello = co_await s.recv();
        greeting = hello.text();
        const char chosen[] = {5, method};
        co_await s.sendall(bytes_view(chosen, 2));
        if (method == 2) {
            const io::chunk words = co_await s.recv();
            login = words.text();
            co_await s.sendall(bytes_view("\x01\x00", 2));
        }
        const io::chunk wish = co_await s.recv();
        asked = wish.text();
        co_await s.sendall(result);
        co_return s;
    }
    std::error_code cause(const std::string& url) {
        std::error_code found;
        w.run(
            [&](client& c) -> io::task<> { found = cause_of(co_await c.try_request("GET", url)); });
        return found;
    }
};

TEST(http_proxy, of_socks_is_told_the_name_and_the_password) {
    socks_world s("socks5h://us:pass@p.test");
    s.method = 2;
    EXPECT_EQ(s.cause("http://a.test:81/"), std::error_code());
    EXPECT_EQ(s.greeting, std::string("\x05\x02\x00\x02", 4));
    EXPECT_EQ(s.login, std::string("\x01\x02us\x04pass", 9));
    EXPECT_EQ(s.asked, std::string("\x05\x01\x00\x03\x06"
                                   "a.test\x00\x51",
                                   13));
    EXPECT_THAT(s.w.requests[0], StartsWith("GET / HTTP/1.1\r\nHost: a.test:81\r\n"));
}

TEST(http_proxy, of_socks_is_told_a_number_as_a_number) {
    socks_world s("socks5://p.test");
    EXPECT_EQ(s.cause("http://127.0.0.1/"), std::error_code());
    EXPECT_EQ(s.greeting, std::string("\x05\x01\x00", 3));
    EXPECT_EQ(s.asked, std::string("\x05\x01\x00\x01\x7f\x00\x00\x01\x00\x50", 10));
}

TEST(http_proxy, of_socks_that_refuses_fails_the_request) {
    for (const char* bytes : {"\x05\x02\x00\x01", "\x05\x05\x00\x01", "\x04\x01\x00\x01"}) {
        socks_world s("socks5h://p.test");
        s.result = std::string(bytes, 4) + std::string(6, '\0');
        EXPECT_EQ(s.cause("http://a.test/"), errc::proxy_refused);
    }
    socks_world other("socks5h://p.test");
    other.method = 2;  // which was not offered
    EXPECT_EQ(other.cause("http://a.test/"), errc::proxy_refused);
}

TEST(http_proxy, a_unix_socket_needs_none) {
    world w([](const seen&) { return scripted{ok("local")}; });
    w.options.unix_path = "/run/app.sock";
    w.options.proxies = proxy_settings(parse_proxy("p.test"));
    w.run([](client& c) -> io::task<> {
        EXPECT_EQ((co_await c.get("http://localhost/")).text(), "local");
        EXPECT_EQ(cause_of(co_await c.try_request("GET", "http://localhost/")), std::error_code());
    });
    EXPECT_EQ(w.dialled[0].unix_path, "/run/app.sock");
    world away([](const seen&) { return scripted{to(302, "http://other.test/")}; });
    away.options.unix_path = "/run/app.sock";
    away.run([](client& c) -> io::task<> {
        EXPECT_EQ(cause_of(co_await c.try_request("GET", "http://localhost/")),
                  errc::refused_redirect);
    });
}

}  // namespace
}  // namespace priz::http
