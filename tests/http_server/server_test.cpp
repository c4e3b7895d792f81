#include "priz/http/server.hpp"

#include <string>

#include "priz/io/sleep.hpp"
#include "priz/testing/run.hpp"
#include "server_fixture.hpp"

namespace priz::http::test {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using testing::memory_pair;
using ::testing::Not;
using ::testing::StartsWith;

const std::string get = "GET / HTTP/1.1\r\nHost: test\r\n\r\n";

server hello() {
    server web;
    web.get("/", [] { return "Hello, World!"; });
    return web;
}

TEST(http_server, a_text_is_sent_with_its_length_and_type) {
    server web = hello();
    EXPECT_EQ(answers(web, get), expected("200 OK", "Hello, World!"));
}

TEST(http_server, every_reply_has_the_date) {
    server web = hello();
    std::string got;
    testing::run([](server& asked, std::string& heard) -> io::task<> {
        auto [near, far] = memory_pair();
        co_await near.sendall(get);
        co_await near.shutdown(SHUT_WR);
        co_await asked.serve_stream(std::move(far));
        heard = co_await receive_all(near);
    }(web, got));
    EXPECT_THAT(got, ::testing::ContainsRegex("Date: [A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} "
                                              "[0-9]{4} [0-9:]{8} GMT\r\n"));
}

TEST(http_server, requests_that_come_together_are_answered_together_and_in_order) {
    server web;
    web.get("/{n}", [](request& r) { return r.parameter("n"); });
    std::string sent;
    std::string wanted;
    for (const char* n : {"1", "2", "3"}) {
        sent += "GET /" + std::string(n) + " HTTP/1.1\r\nHost: test\r\n\r\n";
        wanted += expected("200 OK", n);
    }
    std::string first;
    testing::run([](server& asked, std::string said, std::string& heard) -> io::task<> {
        auto [near, far] = memory_pair();
        co_await near.sendall(said);
        co_await near.shutdown(SHUT_WR);
        co_await asked.serve_stream(std::move(far));
        heard = (co_await near.recv()).copy();
    }(web, sent, first));
    EXPECT_EQ(without_dates(first), wanted);
    // However they come.
    EXPECT_EQ(answers(web, sent, {.receive_max = 1, .send_max = 7}), wanted);
}

TEST(http_server, a_reply_to_head_has_the_fields_of_get_and_no_content) {
    server web = hello();
    const std::string got = answers(web, "HEAD / HTTP/1.1\r\nHost: test\r\n\r\n" + get);
    const std::string both = expected("200 OK", "Hello, World!");
    EXPECT_EQ(got, both.substr(0, both.size() - 13) + both);
}

TEST(http_server, what_no_route_has_is_answered_by_the_server) {
    server web = hello();
    web.post("/form", [] {});
    const auto one = [&](const std::string& line) {
        return answers(web, line + " HTTP/1.1\r\nHost: test\r\n\r\n");
    };
    EXPECT_EQ(one("GET /nothing"), expected("404 Not Found", "Not Found"));
    EXPECT_EQ(one("PUT /"), expected("405 Method Not Allowed", "Method Not Allowed",
                                     "Allow: GET, HEAD, OPTIONS\r\n"));
    EXPECT_EQ(one("OPTIONS /form"), "HTTP/1.1 204 No Content\r\nAllow: OPTIONS, POST\r\n\r\n");
    EXPECT_EQ(one("OPTIONS *"),
              "HTTP/1.1 204 No Content\r\nAllow: GET, HEAD, OPTIONS, POST\r\n\r\n");
    EXPECT_THAT(one("GET /%zz"), StartsWith("HTTP/1.1 400 Bad Request\r\n"));
    EXPECT_THAT(one("GET /%00"), StartsWith("HTTP/1.1 400 Bad Request\r\n"));
    EXPECT_THAT(answers(web, "CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n"),
                StartsWith("HTTP/1.1 405 Method Not Allowed\r\n"));
    EXPECT_THAT(answers(web, "GET http://test/ HTTP/1.1\r\nHost: test\r\n\r\n"),
                EndsWith("Hello, World!"));
}

TEST(http_server, a_handler_of_no_value_answers_204_and_a_number_is_a_status) {
    server web;
    web.get("/nothing", [] {});
    web.get("/gone", [] { return 410; });
    EXPECT_EQ(answers(web, "GET /nothing HTTP/1.1\r\nHost: test\r\n\r\n"),
              "HTTP/1.1 204 No Content\r\n\r\n");
    EXPECT_EQ(answers(web, "GET /gone HTTP/1.1\r\nHost: test\r\n\r\n"),
              expected("410 Gone", "Gone"));
}

TEST(http_server, the_connection_is_kept_as_its_version_and_its_client_want) {
    server web = hello();
    const auto close = expected("200 OK", "Hello, World!", "Connection: close\r\n");
    EXPECT_EQ(answers(web, "GET / HTTP/1.0\r\n\r\n" + get), close);
    EXPECT_EQ(answers(web, "GET / HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n" + get),
              close);
    EXPECT_EQ(answers(web, "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n" + get),
              expected("200 OK", "Hello, World!", "Connection: keep-alive\r\n") +
                  expected("200 OK", "Hello, World!"));
    server twice({.requests_max = 2});
    twice.get("/", [] { return "Hello, World!"; });
    EXPECT_EQ(answers(twice, get + get + get), expected("200 OK", "Hello, World!") + close);
    server ends;
    ends.get("/", [] { return reply("bye").with("Connection", "close"); });
    EXPECT_EQ(answers(ends, get + get), expected("200 OK", "bye", "Connection: close\r\n"));
    server lists;
    lists.get("/", [] { return reply("bye").with("Connection", "x, Close"); });
    EXPECT_EQ(answers(lists, get + get), expected("200 OK", "bye", "Connection: x, Close\r\n"));
    server goes_on;
    goes_on.get("/", [] { return reply("on").with("Connection", "x, closed"); });
    const std::string on = expected("200 OK", "on", "Connection: x, closed\r\n");
    EXPECT_EQ(answers(goes_on, get + get), on + on);
}

TEST(http_server, what_has_no_one_reading_is_refused_behind_what_was_good) {
    server web = hello();
    const std::string got = answers(
        web, get +
                 "GET / HTTP/1.1\r\nHost: test\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n" +
                 get);
    const std::string good = expected("200 OK", "Hello, World!");
    ASSERT_THAT(got, StartsWith(good));
    const std::string bad = got.substr(good.size());
    EXPECT_THAT(bad, StartsWith("HTTP/1.1 400 Bad Request\r\n"));
    EXPECT_THAT(bad, HasSubstr("Connection: close\r\n"));
    EXPECT_THAT(bad, Not(HasSubstr("Hello")));
    EXPECT_EQ(web.statistics().requests, 2U);
    EXPECT_EQ(web.statistics().refused, 1U);
    EXPECT_THAT(answers(web, "GET / HTTP/3.0\r\n\r\n"), StartsWith("HTTP/1.1 505 "));
    EXPECT_THAT(answers(web, "GET / HTTP/1.1\r\nHost: test\r\nA: " + std::string(9000, 'a')),
                StartsWith("HTTP/1.1 431 "));
    EXPECT_THAT(answers(web, "GET /" + std::string(9000, 'a')), StartsWith("HTTP/1.1 414 "));
    // The client is gone before its request is whole.
    EXPECT_THAT(answers(web, "GET / HTTP/1.1\r\nHo"), StartsWith("HTTP/1.1 400 "));
}

TEST(http_server, what_a_handler_throws_is_answered_and_not_told) {
    struct : server_observer {
        void failed(const request& r, const std::exception_ptr&) override {
            told += r.path() == "/bug" ? 1 : 100;
        }
        int told = 0;
    } watch;
    server_options options;
    options.observer = &watch;
    server web(options);
    web.get("/bug", []() -> std::string { throw std::runtime_error("the password is secret"); });
    web.get("/later", []() -> io::task<std::string> {
        co_await io::sleep(1);
        throw status_error(409, "try again");
    });
    web.get("/odd", [] { return reply(99, "no status"); });
    const auto framed = [](reply r) { return std::move(r).with("Content-Length", "3"); };
    web.get("/framed", [=] { return framed(reply(std::string(100'000, 'x'))); });
    web.get("/streamed", [=] {
        return framed(
            reply::stream([](content_writer& out) -> io::task<> { co_await out.write("x"); }));
    });
    web.get("/upgraded", [=] {
        return framed(reply::upgrade({}, [](io::stream, std::string) -> io::task<> {
            ADD_FAILURE() << "no head was sent";
            co_return;
        }));
    });
    web.get("/injected",
            [](request& r) { return reply("x").with("X-Name", r.query("name").value()); });
    EXPECT_EQ(answers(web, "GET /bug HTTP/1.1\r\nHost: test\r\n\r\n"),
              expected("500 Internal Server Error", "Internal Server Error"));
    EXPECT_EQ(watch.told, 1);
    EXPECT_EQ(answers(web, "GET /later HTTP/1.1\r\nHost: test\r\n\r\n"),
              expected("409 Conflict", "try again"));
    EXPECT_EQ(watch.told, 1);
    for (const char* path : {"/odd", "/framed", "/streamed", "/upgraded"}) {
        const std::string got = answers(web, "GET " + std::string(path) +
                                                 " HTTP/1.1\r\nHost: test\r\nUpgrade: x\r\n"
                                                 "Connection: upgrade\r\n\r\n" +
                                                 get);
        EXPECT_EQ(got,
                  "HTTP/1.1 500 Internal Server Error\r\nConnection: close\r\n"
                  "Content-Length: 0\r\n\r\n")
            << path;
    }
    const std::string split =
        answers(web, "GET /injected?name=a%0d%0aSet-Cookie:%20b HTTP/1.1\r\nHost: test\r\n\r\n");
    EXPECT_THAT(split, StartsWith("HTTP/1.1 500 "));
    EXPECT_THAT(split, Not(HasSubstr("Set-Cookie")));
    EXPECT_EQ(web.statistics().failed, 6U);
    server_options wrong;
    wrong.idle_time = -1;
    EXPECT_THROW(server{wrong}, value_error);
}

TEST(http_server, a_log_is_told_of_each_reply) {
    struct : server_observer {
        void answered(const request& r, const access& a) override {
            log += std::string(r.method()) + " " + std::string(r.path()) + " " +
                   std::to_string(a.status) + " " + std::to_string(a.took.seconds()) + "\n";
        }
        std::string log;
    } watch;
    server_options options;
    options.observer = &watch;
    server web(options);
    web.get("/a", [] { return "x"; });
    web.get("/b", []() -> io::task<std::string> {
        co_await io::sleep(3);
        co_return "y";
    });
    web.get("/long", [] { return std::string(100'000, 'z'); });
    web.get("/wrong", [] { return reply("w").with("Content-Length", "1"); });
    answers(web,
            "GET /a HTTP/1.1\r\nHost: test\r\n\r\nGET /b HTTP/1.1\r\nHost: test\r\n\r\n"
            "GET /c HTTP/1.1\r\nHost: test\r\n\r\nGET /long HTTP/1.1\r\nHost: test\r\n\r\n"
            "GET /wrong HTTP/1.1\r\nHost: test\r\n\r\n");
    EXPECT_EQ(watch.log,
              "GET /a 200 0.000000\nGET /b 200 3.000000\nGET /c 404 0.000000\n"
              "GET /long 200 0.000000\nGET /wrong 500 0.000000\n");
}

TEST(http_server, a_pattern_that_is_none_or_is_there_is_refused) {
    server web = hello();
    const auto add = [&](std::string_view pattern) { web.get(pattern, [] { return 200; }); };
    EXPECT_THROW(add("/"), value_error);
    EXPECT_THROW(add("a"), value_error);
    EXPECT_THROW(add(""), value_error);
    EXPECT_THROW(add("/a{b}"), value_error);
    EXPECT_THROW(add("/{}"), value_error);
    EXPECT_THROW(add("/{a}/{a}"), value_error);
    EXPECT_THROW(add("/{a...}/b"), value_error);
    EXPECT_THROW(add("/{a}}"), value_error);
    EXPECT_NO_THROW(add("/{a}/{b...}"));
}

TEST(http_server, the_pattern_that_says_more_wins) {
    server web;
    web.get("/{all...}", [](request& r) { return "rest " + r.parameter("all"); });
    web.get("/users/{name}", [](request& r) { return "user " + r.parameter("name"); });
    web.get("/users/me", [] { return "me"; });
    web.get("/users/{name}/posts/{id}",
            [](request& r) { return r.parameter("name") + "'s " + r.parameter("id"); });
    const auto at = [&](const std::string& path) {
        const std::string got = answers(web, "GET " + path + " HTTP/1.1\r\nHost: test\r\n\r\n");
        return got.substr(got.find("\r\n\r\n") + 4);
    };
    EXPECT_EQ(at("/users/me"), "me");
    EXPECT_EQ(at("/users/%6de"), "me");
    EXPECT_EQ(at("/users/you"), "user you");
    EXPECT_EQ(at("/users/a%2Fb"), "user a/b");
    EXPECT_EQ(at("/users/"), "rest users/");
    EXPECT_EQ(at("/users/a/posts/7"), "a's 7");
    EXPECT_EQ(at("/"), "rest ");
    EXPECT_EQ(at("/x/y/z"), "rest x/y/z");
    web.post("/users/{other}", [](request& r) { return "posted " + r.parameter("other"); });
    const auto status = [&](const std::string& line) {
        return answers(web, line + " HTTP/1.1\r\nHost: test\r\n\r\n");
    };
    EXPECT_THAT(status("POST /users/me"), EndsWith("posted me"));
    EXPECT_THAT(status("POST /users/you"), EndsWith("posted you"));
    EXPECT_THAT(status("PUT /users/me"), HasSubstr("Allow: GET, HEAD, OPTIONS, POST\r\n"));
    // A solidus that was sent as a code divides no segments.
    EXPECT_EQ(at("/users%2Fme"), "rest users/me");
}

TEST(http_server, who_asks_for_another_host_is_refused) {
    const auto status = [](const server_options& options, const std::string& host,
                           const address& ours) {
        server web(options);
        web.get("/", [] { return "Hello, World!"; });
        const std::string line =
            host.empty() ? " HTTP/1.0\r\n" : " HTTP/1.1\r\nHost: " + host + "\r\n";
        return answers(web, "GET /" + line + "\r\n", {.second_name = ours}).substr(9, 3);
    };
    const server_options usual;
    const address loopback = address::ipv4("127.0.0.1", 80);
    const address outside = address::ipv4("192.0.2.1", 80);
    for (const char* host : {"localhost", "LOCALHOST:8080", "app.localhost", "127.0.0.1:80",
                             "127.8.8.8", "[::1]:8080", ""})
        EXPECT_EQ(status(usual, host, loopback), "200") << host;
    for (const char* host : {"evil.example", "localhost.evil.example", "127.0.0.1.evil.example",
                             "notlocalhost", "192.0.2.1", "[::2]"})
        EXPECT_EQ(status(usual, host, loopback), "421") << host;
    EXPECT_EQ(status(usual, "example.org", outside), "200");
    EXPECT_EQ(status(usual, "example.org", address::ipv6("::1", 80)), "421");
    server_options named;
    named.hosts = {"example.org", "[2001:db8::1]"};
    EXPECT_EQ(status(named, "Example.org:8443", outside), "200");
    EXPECT_EQ(status(named, "[2001:db8::1]", outside), "200");
    EXPECT_EQ(status(named, "localhost", loopback), "421");
    server strict(named);
    strict.get("/", [] { return 200; });
    EXPECT_THAT(answers(strict, "GET http://evil.example/ HTTP/1.0\r\n\r\n"), HasSubstr(" 421 "));
    EXPECT_THAT(answers(strict, "GET http://example.org/ HTTP/1.0\r\n\r\n"), HasSubstr(" 200 "));
    EXPECT_THAT(answers(strict, "GET / HTTP/1.1\r\nHost:\r\n\r\n"), HasSubstr(" 421 "));
    named.hosts = {"*"};
    EXPECT_EQ(status(named, "example.org", loopback), "200");
}

TEST(http_server, a_query_is_decoded_or_refused) {
    server web;
    web.get("/", [](request& r) { return r.query("q").value_or("none"); });
    const auto at = [&](const std::string& target) {
        return answers(web, "GET " + target + " HTTP/1.1\r\nHost: test\r\n\r\n");
    };
    EXPECT_THAT(at("/?a=1&q=tea+%26+milk"), EndsWith("\r\n\r\ntea & milk"));
    EXPECT_THAT(at("/"), EndsWith("\r\n\r\nnone"));
    EXPECT_THAT(at("/?q=%"), StartsWith("HTTP/1.1 400 "));
    EXPECT_THAT(answers(web, "GET http://test?q=1 HTTP/1.1\r\nHost: test\r\n\r\n"),
                EndsWith("\r\n\r\n1"));
}

}  // namespace
}  // namespace priz::http::test
