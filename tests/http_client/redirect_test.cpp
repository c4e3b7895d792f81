// Redirections: which are followed, as what, and what is taken along.
#include <gmock/gmock.h>

#include "tls/certificates_fixture.hpp"
#include "world.hpp"

namespace priz::http {
namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(http_redirect, methods_and_content_change_as_the_standard_and_practice_have_it) {
    struct row {
        const char* method;
        int status;
        const char* then;  // the method that follows
        bool keeps_content;
    };
    const row table[] = {
        {"GET", 301, "GET", true},     {"POST", 301, "GET", false},   {"PUT", 301, "PUT", true},
        {"GET", 302, "GET", true},     {"POST", 302, "GET", false},   {"PUT", 302, "PUT", true},
        {"GET", 303, "GET", true},     {"POST", 303, "GET", false},   {"PUT", 303, "GET", false},
        {"HEAD", 303, "HEAD", true},   {"DELETE", 303, "GET", false}, {"GET", 307, "GET", true},
        {"POST", 307, "POST", true},   {"PUT", 307, "PUT", true},     {"POST", 308, "POST", true},
        {"PATCH", 308, "PATCH", true}, {"HEAD", 301, "HEAD", true},   {"PATCH", 302, "PATCH", true},
    };
    for (const row& each : table) {
        const std::string told = std::string(each.method) + " " + std::to_string(each.status);
        world w([&](const seen& it) {
            return scripted{it.says(" /old ") ? to(each.status, "new")
                                              : "HTTP/1.1 204 Done\r\n\r\n"};
        });
        const bool has_content =
            std::string_view(each.method) != "GET" && std::string_view(each.method) != "HEAD";
        w.run([&](client& c) -> io::task<> {
            request_options options;
            if (has_content) {
                options.content = "content";
                options.content_type = "text/plain";
            }
            const response r = co_await c.request(each.method, "http://a.test/old", options);
            EXPECT_EQ(r.status, 204) << told;
            EXPECT_EQ(r.url.str(), "http://a.test/new") << told;
            EXPECT_EQ(r.history.size(), 1U) << told;
        });
        ASSERT_EQ(w.requests.size(), 2U) << told;
        EXPECT_TRUE(w.requests[1].starts_with(std::string(each.then) + " /new HTTP/1.1\r\n"))
            << told;
        const bool has_it = w.requests[1].ends_with("\r\n\r\ncontent");
        const bool has_type = w.requests[1].find("Content-Type") != std::string::npos;
        EXPECT_EQ(has_it, has_content && each.keeps_content) << told;
        EXPECT_EQ(has_type, has_content && each.keeps_content) << told;
        EXPECT_EQ(w.dialled.size(), 1U) << "the connection is used again: " << told;
    }
}

// Another scheme, host or port is another origin.
TEST(http_redirect, credentials_stay_with_their_origin) {
    struct row {
        const char* target;
        bool keeps;
    };
    const row table[] = {
        {"http://a.test/new", true},
        {"/new", true},
        {"//a.test/new", true},
        {"http://A.TEST:80/new", true},
        {"http://a.test:8080/new", false},  // another port: CVE-2022-27776 of curl
        {"http://b.test/new", false},
        {"http://sub.a.test/new", false},
        {"http://a.test.evil/new", false},
        {"http://a.test@b.test/new", false},
        {"http://a.test./new", false},
    };
    for (const row& each : table)
        for (const char* way : {"option", "url", "field", "client"}) {
            const std::string told = std::string(each.target) + " by " + way;
            world w([&](const seen& it) {
                return scripted{it.says(" /old ") ? to(302, each.target) : ok("")};
            });
            const std::string how = way;
            if (how == "client")
                w.options.headers = {{"Authorization", "Bearer secret"}, {"cookie", "id=secret"}};
            w.run([&](client& c) -> io::task<> {
                request_options options;
                if (how == "option") options.auth = basic_credentials{"user", "secret"};
                if (how == "field")
                    options.headers = {{"authorization", "Bearer secret"}, {"Cookie", "id=secret"}};
                options.headers.add("X-Other", "kept");
                const std::string url =
                    how == "url" ? "http://user:secret@a.test/old" : "http://a.test/old";
                EXPECT_EQ((co_await c.get(url, options)).status, 200) << told;
            });
            ASSERT_EQ(w.requests.size(), 2U) << told;
            const bool had = w.requests[0].find("uthorization: ") != std::string::npos;
            const bool has = w.requests[1].find("uthorization: ") != std::string::npos;
            EXPECT_TRUE(had) << told;
            EXPECT_EQ(has, each.keeps) << told;
            if (how == "field" || how == "client") {
                EXPECT_EQ(w.requests[1].find("ookie: ") != std::string::npos, each.keeps) << told;
            }
            EXPECT_THAT(w.requests[1], HasSubstr("X-Other: kept\r\n"));
        }
}

TEST(http_redirect, a_token_stays_with_its_origin) {
    world w([](const seen& it) {
        return scripted{it.says(" /away ") ? to(302, "http://b.test/") : ok("")};
    });
    w.run([](client& c) -> io::task<> {
        request_options options;
        options.bearer = "abc.DEF-1_2~+/==";
        EXPECT_EQ((co_await c.get("http://a.test/", options)).status, 200);
        EXPECT_EQ((co_await c.get("http://a.test/away", options)).status, 200);
        for (const char* none : {"", "=", "a b", "a\r\nX: y", "a=b"}) {
            options.bearer = none;
            const auto got = co_await c.try_request("GET", "http://a.test/", options);
            EXPECT_EQ(cause_of(got), priz::errc::value_error) << none;
        }
        options.bearer = "a";
        options.auth = basic_credentials{"u", "p"};
        const auto both = co_await c.try_request("GET", "http://a.test/", options);
        EXPECT_EQ(cause_of(both), priz::errc::value_error);
    });
    ASSERT_EQ(w.requests.size(), 3U);
    EXPECT_THAT(w.requests[0], HasSubstr("Authorization: Bearer abc.DEF-1_2~+/==\r\n"));
    EXPECT_THAT(w.requests[1], HasSubstr("Authorization: Bearer"));
    EXPECT_THAT(w.requests[2], Not(HasSubstr("Authorization")));
}

// Cookies are chosen for each URL, whoever has led there.
TEST(http_redirect, cookies_go_to_those_who_set_them) {
    world w([](const seen& it) {
        if (it.says(" /login ")) return scripted{to(303, "/in", "Set-Cookie: id=1; Path=/\r\n")};
        if (it.says(" /away ")) return scripted{to(302, "http://b.test/x")};
        if (it.says("Host: b.test"))
            return scripted{to(302, "http://a.test/back", "Set-Cookie: own=2\r\n")};
        return scripted{ok("", "Set-Cookie: seen=3\r\nSet-Cookie: bad=4; Domain=b.test\r\n")};
    });
    w.options.cookies = std::make_shared<cookie_jar>();
    w.run([](client& c) -> io::task<> {
        EXPECT_EQ((co_await c.post("http://a.test/login")).status, 200);
        EXPECT_EQ((co_await c.get("http://a.test/away")).status, 200);
        request_options own;
        own.headers = {{"Cookie", "mine=5"}};
        EXPECT_EQ((co_await c.get("http://a.test/own", own)).status, 200);
    });
    const auto sent = [&](std::size_t request) {
        const std::string& text = w.requests[request];
        const std::size_t at = text.find("Cookie: ");
        return at == text.npos ? "none" : text.substr(at + 8, text.find("\r\n", at) - at - 8);
    };
    ASSERT_EQ(w.requests.size(), 6U);
    EXPECT_EQ(sent(0), "none");          // POST /login
    EXPECT_EQ(sent(1), "id=1");          // /in
    EXPECT_EQ(sent(2), "id=1; seen=3");  // /away
    EXPECT_EQ(sent(3), "none");          // b.test
    EXPECT_EQ(sent(4), "id=1; seen=3");  // /back
    EXPECT_EQ(sent(5), "mine=5");
    EXPECT_EQ(w.options.cookies->size(), 3U);
}

TEST(http_redirect, credentials_do_not_come_back_by_a_way_round) {
    world w([](const seen& it) {
        if (it.to.host == "b.test") return scripted{to(302, "http://a.test/back")};
        return scripted{it.says(" /old ") ? to(302, "http://b.test/") : ok("")};
    });
    w.run([](client& c) -> io::task<> {
        request_options options;
        options.auth = basic_credentials{"user", "secret"};
        options.headers = {{"Host", "a.test"}};
        EXPECT_EQ((co_await c.get("http://a.test/old", options)).status, 200);
    });
    ASSERT_EQ(w.requests.size(), 3U);
    EXPECT_THAT(w.requests[1], HasSubstr("\r\nHost: b.test\r\n"));
    for (const std::size_t i : {std::size_t{1}, std::size_t{2}})
        EXPECT_THAT(w.requests[i], Not(HasSubstr("Authorization")));
}

TEST(http_redirect, credentials_that_a_server_puts_into_its_target_are_not_sent) {
    world w([](const seen& it) {
        return scripted{it.says(" /old ") ? to(302, "http://eve:x@b.test/") : ok("")};
    });
    w.run([](client& c) -> io::task<> {
        EXPECT_EQ((co_await c.get("http://a.test/old")).status, 200);
    });
    EXPECT_THAT(w.requests[1], Not(HasSubstr("Authorization")));
}

TEST(http_redirect, some_are_refused) {
    struct row {
        const char* from;
        const char* location;
        std::error_code cause;
    };
    const row table[] = {
        {"https://a.test/", "http://a.test/", errc::refused_redirect},
        {"https://a.test/", "http://b.test/", errc::refused_redirect},
        {"http://a.test/", "ftp://a.test/", defect::bad_scheme},
        {"http://a.test/", "file:///etc/passwd", defect::bad_scheme},
        {"http://a.test/", "ws://a.test/", errc::refused_redirect},
        {"http://a.test/", "/", errc::too_many_redirects},
        {"http://a.test/", "http://a.test:0/", defect::bad_port},
    };
    const tls::context serving = tls::serving_context({.names = "DNS:a.test, DNS:b.test"});
    for (const row& each : table) {
        world w([&](const seen&) { return scripted{to(302, each.location)}; });
        w.below = [&](io::stream s, const destination& to) -> io::task<io::stream> {
            if (to.port != 443) co_return s;
            co_return co_await tls::accept_over(std::move(s), serving);
        };
        w.options.tls = tls::trusting_context();
        w.run([&](client& c) -> io::task<> {
            const auto got = co_await c.try_request("GET", each.from);
            EXPECT_EQ(cause_of(got), each.cause) << each.location;
        });
        EXPECT_EQ(w.requests.size(), each.cause == errc::too_many_redirects ? 11U : 1U);
    }
}

TEST(http_redirect, can_be_left_to_the_caller) {
    world w([](const seen&) { return scripted{to(302, "/new", "X-Own: 1\r\n")}; });
    w.run([](client& c) -> io::task<> {
        request_options options;
        options.allow_redirects = false;
        const response r = co_await c.get("http://a.test/", options);
        EXPECT_EQ(r.status, 302);
        EXPECT_EQ(r.headers.get("Location"), "/new");
    });
    EXPECT_EQ(w.requests.size(), 1U);
}

TEST(http_redirect, content_that_comes_once_is_not_sent_again) {
    world w([](const seen& it) { return scripted{it.says(" /old ") ? to(307, "/new") : ok("")}; });
    w.run([](client& c) -> io::task<> {
        request_options once;
        once.content = [](content_writer& to) -> io::task<> { co_await to.write("once"); };
        const auto got = co_await c.try_request("PUT", "http://a.test/old", once);
        EXPECT_EQ(cause_of(got), errc::not_repeatable);
        request_options often;
        often.content =
            request_content([](content_writer& to) -> io::task<> { co_await to.write("often"); },
                            {.repeatable = true});
        EXPECT_EQ((co_await c.put("http://a.test/old", often)).status, 200);
    });
    EXPECT_THAT(w.requests.back(), EndsWith("often"));
}

TEST(http_redirect, the_content_of_one_is_read_when_short_and_left_when_long) {
    for (const std::size_t size : {std::size_t{1000}, std::size_t{1000000}}) {
        world w([&](const seen& it) {
            if (!it.says(" /old ")) return scripted{ok("")};
            return scripted{"HTTP/1.1 302 Moved\r\nLocation: /new\r\nContent-Length: " +
                            std::to_string(size) + "\r\n\r\n" + std::string(size, 'x')};
        });
        w.run([](client& c) -> io::task<> {
            EXPECT_EQ((co_await c.get("http://a.test/old")).status, 200);
        });
        EXPECT_EQ(w.dialled.size(), size == 1000 ? 1U : 2U);
    }
}

}  // namespace
}  // namespace priz::http
