// The server on HTTP/2: the same handlers, many requests at a time, and the times and limits that
// belong to it. What a peer may send is in src/http/http2/conformance_test.cpp.
#include <gmock/gmock.h>

#include <array>
#include <string>
#include <vector>

#include "http2_client.hpp"
#include "priz/io/cancel_scope.hpp"
#include "priz/io/event.hpp"
#include "priz/io/scope.hpp"
#include "priz/io/sleep.hpp"
#include "priz/testing/run.hpp"
#include "server_fixture.hpp"

namespace priz::http::test {
namespace {

using http2::error_code;
using http2::raw::frame;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::now;

// Nobody is asked for before a reply is there; nothing is lost of those that are.
server all_kinds() {
    server web;
    web.get("/", [] { return "Hello, World!"; });
    web.get("/greet/{name}", [](request& r) { return "Hello, " + r.parameter("name"); });
    web.get("/host",
            [](request& r) { return std::string(r.host()).append("|").append(*r.field("Host")); });
    web.get("/nothing", [] {});
    web.get("/not", [] { return 404; });
    web.get("/throws", []() -> reply { throw std::runtime_error("no"); });
    web.get("/says", []() -> reply { throw status_error(403, "not you"); });
    web.get("/wrong", [] { return reply("x").with("Content-Length", "1"); });
    web.get("/odd", [] { return reply(99); });
    web.get("/upgrade", [] {
        return reply::upgrade({}, [](io::stream, std::string) -> io::task<> { co_return; });
    });
    web.post("/echo", [](request& r) -> io::task<reply> { co_return co_await r.text(100'000); });
    web.get("/long", [] { return std::string(300'000, 'x'); });
    web.get("/streamed", [] {
        return reply::stream([](content_writer& out) -> io::task<> {
            for (const char* piece : {"one ", "two ", "three"}) co_await out.write(piece);
            out.add_trailer("Sum", "3");
        });
    });
    web.get("/sized", [] {
        return reply::stream([](content_writer& out) -> io::task<> { co_await out.write("12345"); },
                             5);
    });
    return web;
}

http2::message getting(std::string_view path) { return head_of("GET", path); }

std::string status_and_content_of_http1(server& web, const std::string& method,
                                        const std::string& path, const std::string& content) {
    std::string sent = method + ' ' + path + " HTTP/1.1\r\nHost: test\r\nConnection: close\r\n";
    if (!content.empty()) sent += "Content-Length: " + std::to_string(content.size()) + "\r\n";
    const std::string got = answers(web, sent + "\r\n" + content);
    std::string text = got.substr(got.find("\r\n\r\n") + 4);
    if (got.find("chunked") != got.npos && method != "HEAD") {
        std::string joined;
        for (std::size_t at = 0;;) {
            std::size_t used = 0;
            const std::size_t size = std::stoul(text.substr(at), &used, 16);
            if (size == 0) break;
            joined += text.substr(at + used + 2, size);
            at += used + 2 + size + 2;
        }
        text = joined;
    }
    return got.substr(9, 3) + ' ' + text;
}

TEST(http2_server, the_same_handlers_answer_the_same) {
    server web = all_kinds();
    struct question {
        std::string method, path, content;
    };
    const std::string big(90'000, 'b');
    for (const question& q : std::initializer_list<question>{
             {"GET", "/", ""},         {"HEAD", "/", ""},          {"GET", "/greet/you%2Fme", ""},
             {"GET", "/host", ""},     {"GET", "/nothing", ""},    {"GET", "/not", ""},
             {"GET", "/throws", ""},   {"GET", "/says", ""},       {"GET", "/wrong", ""},
             {"GET", "/odd", ""},      {"GET", "/upgrade", ""},    {"POST", "/echo", "text"},
             {"POST", "/echo", big},   {"GET", "/long", ""},       {"HEAD", "/long", ""},
             {"GET", "/streamed", ""}, {"HEAD", "/streamed", ""},  {"GET", "/sized", ""},
             {"PUT", "/", ""},         {"OPTIONS", "/", ""},       {"GET", "/absent", ""},
             {"GET", "/a%zz", ""},     {"GET", "/greet/x?a=b", ""}}) {
        std::optional<std::string_view> content;
        if (!q.content.empty()) content = q.content;
        std::string wanted = status_and_content_of_http1(web, q.method, q.path, q.content);
        if (q.path == "/upgrade") wanted = "400 this is for requests to upgrade";
        for (const std::size_t piece : {std::size_t{1} << 20, std::size_t{7}}) {
            if (piece == 7 && (q.content.size() > 1000 || q.path == "/long")) continue;
            const auto got = answer_to(web, head_of(q.method, q.path), content,
                                       {.receive_max = piece, .send_max = piece});
            EXPECT_EQ(std::to_string(got.status) + ' ' + got.content, wanted)
                << q.method << ' ' << q.path;
            EXPECT_TRUE(got.has_ended) << q.method << ' ' << q.path;
        }
    }
}

TEST(http2_server, a_reply_has_the_fields_of_one_and_none_of_the_connection) {
    server_options options;
    options.name = "priz";
    server web(options);
    web.get("/", [] { return reply("x").with("Connection", "close").with("X-Name", "v"); });
    const auto got = answer_to(web, getting("/"));
    EXPECT_TRUE(got.fields.contains("date"));
    EXPECT_EQ(got.fields.get("server"), "priz");
    EXPECT_EQ(got.fields.get("content-type"), "text/plain; charset=utf-8");
    EXPECT_EQ(got.fields.get("content-length"), "1");
    EXPECT_EQ(got.fields.get("x-name"), "v");
    EXPECT_FALSE(got.fields.contains("connection"));
}

TEST(http2_server, trailers_go_both_ways) {
    server web;
    web.post("/", [](request& r) -> io::task<reply> {
        const std::string text = co_await r.text();
        const std::string sum(r.trailers().find("sum").value_or("none"));
        co_return reply::stream([text, sum](content_writer& out) -> io::task<> {
            co_await out.write(text);
            out.add_trailer("Back", sum);
        });
    });
    with_http2(web, [](http2_client& client) -> io::task<> {
        const auto id = client.begin(head_of("POST", "/"), "abc", false);
        client.session.send_trailers(id, headers{{"sum", "3"}});
        co_await client.until_over(id);
        EXPECT_EQ(client.answers[id].content, "abc");
        EXPECT_EQ(client.answers[id].trailers, (headers{{"back", "3"}}));
    });
}

TEST(http2_server, a_handler_sees_one_request_as_on_the_other_version) {
    server web;
    web.get("/", [](request& r) {
        std::string all(r.protocol());
        for (const std::string_view part :
             {std::string_view(r.scheme()), std::string_view(r.field("cookie").value_or("")),
              std::string_view(r.field("Host").value_or("")), r.query_string()})
            all.append("|").append(part);
        return all + (r.has_content() ? "|content" : "|none");
    });
    const auto got = answer_to(
        web, head_of("GET", "/?q=1", headers{{"cookie", "a=1"}, {"x", "y"}, {"cookie", "b=2"}}));
    EXPECT_EQ(got.content, "HTTP/2|http|a=1; b=2|test|q=1|none");
}

TEST(http2_server, requests_that_wait_do_not_hold_up_others) {
    server web = all_kinds();
    io::event goes_on;
    web.get("/waits", [&]() -> io::task<std::string> {
        co_await goes_on.wait();
        co_return "waited";
    });
    web.get("/wakes", [&] {
        goes_on.set();
        return "woken";
    });
    with_http2(web, [](http2_client& client) -> io::task<> {
        const auto slow = client.begin(getting("/waits"));
        const auto quick = client.begin(getting("/"));
        co_await client.until_over(quick);
        EXPECT_FALSE(client.answers[slow].is_over());
        const auto waker = client.begin(getting("/wakes"));
        co_await client.until_over(slow);
        EXPECT_EQ(client.answers[slow].content, "waited");
        EXPECT_EQ(client.answers[waker].content, "woken");
    });
}

TEST(http2_server, content_that_nobody_reads_is_not_received) {
    server web;
    io::event reads;
    std::size_t read = 0;
    web.post("/", [&](request& r) -> io::task<reply> {
        co_await reads.wait();
        for (;;) {
            const std::string_view piece = co_await r.read();
            if (piece.empty()) co_return reply("all");
            read += piece.size();
        }
    });
    web.get("/reads", [&] { reads.set(); });
    with_http2(web, [&](http2_client& client) -> io::task<> {
        const std::string content(1'000'000, 'c');
        const auto id = client.begin(head_of("POST", "/"), content);
        // Its window is used up, and nothing moves: the time is over.
        static_cast<void>(co_await io::move_on_after(5, client.until_over(id)));
        EXPECT_FALSE(client.answers[id].is_over());
        EXPECT_EQ(now(), 5);
        const auto waker = client.begin(getting("/reads"));
        co_await client.until_over(id);
        EXPECT_EQ(client.answers[id].content, "all");
        EXPECT_EQ(client.answers[waker].status, 204);
        EXPECT_EQ(read, content.size());
    });
}

TEST(http2_server, a_client_that_waits_for_100_is_told_when_the_content_is_wanted) {
    server web = all_kinds();
    with_http2(web, [](http2_client& client) -> io::task<> {
        const auto id =
            client.begin(head_of("POST", "/echo", headers{{"expect", "100-continue"}}), "", false);
        while (client.answers[id].interim.empty()) {
            const bool goes_on = co_await client.pump();
            if (!goes_on) break;
        }
        EXPECT_THAT(client.answers[id].interim, ElementsAre(100));
        EXPECT_EQ(now(), 0);
        client.session.offer(id, http2::raw::bytes("later"), true);
        co_await client.until_over(id);
        EXPECT_EQ(client.answers[id].content, "later");
    });
}

// Whoever is answered early is given a second to notice, and is reset then; the answer is whole.
TEST(http2_server, an_answer_before_the_end_of_the_request_is_whole) {
    server_options options;
    options.limits.content = 1000;
    server web(options);
    web.post("/", [](request& r) -> io::task<std::string> { co_return co_await r.text(100); });
    web.post("/all", [](request& r) -> io::task<std::string> { co_return co_await r.text(); });
    const std::string big(500'000, 'b');
    struct question {
        const char* path;
        headers fields;
        int status;
    };
    for (const question& q :
         {question{"/", {}, 413}, question{"/all", {}, 413}, question{"/absent", {}, 404},
          question{"/all", {{"content-length", "500000"}}, 413}}) {
        with_http2(web, [&](http2_client& client) -> io::task<> {
            const auto id = client.begin(head_of("POST", q.path, q.fields), big);
            co_await client.until_over(id);
            EXPECT_EQ(client.answers[id].status, q.status) << q.path;
            EXPECT_TRUE(client.answers[id].has_ended) << q.path;
            EXPECT_FALSE(client.answers[id].reset) << q.path;
            while (!client.answers[id].reset) {
                const bool goes_on = co_await client.pump();
                if (!goes_on) break;
            }
            EXPECT_EQ(client.answers[id].reset, error_code::no_error) << q.path;
            EXPECT_EQ(now(), 1) << q.path;
        });
    }
}

TEST(http2_server, heads_that_are_refused_are_told_why) {
    server_options options;
    options.hosts = {"test"};
    server web(options);
    web.get("/", [] { return "x"; });
    EXPECT_EQ(answer_to(web, head_of("GET", "/", headers{{"big", std::string(9000, 'x')}})).status,
              431);
    EXPECT_EQ(answer_to(web, head_of("GET", '/' + std::string(9000, 'x'))).status, 431);
    http2::message other = getting("/");
    other.authority = "other";
    EXPECT_EQ(answer_to(web, other).status, 421);
    EXPECT_EQ(web.statistics().refused, 3U);
    EXPECT_EQ(answer_to(web, getting("/")).status, 200);
}

TEST(http2_server, a_request_that_is_given_up_ends_what_its_handler_waits_for) {
    struct noting_statuses : server_observer {
        std::vector<int> all;
        void answered(const request&, const access& what) override { all.push_back(what.status); }
    };
    noting_statuses log;
    server_options options;
    options.observer = &log;
    server web(options);
    bool has_ended = false;
    bool was_cancelled = false;
    web.get("/", [&]() -> io::task<std::string> {
        struct noting {
            bool& to;
            explicit noting(bool& given) : to(given) {}
            noting(const noting&) = delete;
            ~noting() { to = true; }
        };
        const noting at_the_end(has_ended);
        try {
            co_await io::sleep(1000);
        } catch (const cancelled&) {
            was_cancelled = true;
            throw;
        }
        co_return "";
    });
    web.get("/quick", [] { return "x"; });
    with_http2(web, [&](http2_client& client) -> io::task<> {
        const auto id = client.begin(getting("/"));
        co_await client.flush();
        co_await io::sleep(1);
        client.session.release(id, error_code::cancel);
        const auto next = client.begin(getting("/quick"));
        co_await client.until_over(next);
        EXPECT_TRUE(has_ended);
        EXPECT_TRUE(was_cancelled);
        EXPECT_EQ(now(), 1);
    });
    EXPECT_THAT(log.all, ::testing::UnorderedElementsAre(0, 200));
}

TEST(http2_server, handlers_end_with_their_connection) {
    server web;
    int ended = 0;
    web.get("/", [&](request&) -> io::task<std::string> {
        try {
            co_await io::sleep(1000);
        } catch (const cancelled&) {
            ++ended;
            throw;
        }
        co_return "";
    });
    with_http2(web, [](http2_client& client) -> io::task<> {
        client.begin(getting("/"));
        client.begin(getting("/"));
        co_await client.flush();
        co_await io::sleep(1);
    });
    EXPECT_EQ(ended, 2);
}

TEST(http2_server, streams_beyond_the_limit_are_refused_and_may_be_sent_again) {
    server_options options;
    options.streams_max = 2;
    server web(options);
    web.get("/", []() -> io::task<std::string> {
        co_await io::sleep(1);
        co_return "x";
    });
    with_http2(web, [](http2_client& client) -> io::task<> {
        // The server's settings have not come yet.
        const std::array ids{client.begin(getting("/")), client.begin(getting("/")),
                             client.begin(getting("/"))};
        for (const auto id : ids) co_await client.until_over(id);
        EXPECT_EQ(client.answers[ids[0]].status, 200);
        EXPECT_EQ(client.answers[ids[1]].status, 200);
        EXPECT_EQ(client.answers[ids[2]].reset, error_code::refused_stream);
    });
}

TEST(http2_server, a_part_is_never_taken_for_the_whole) {
    server web;
    web.get("/throws", [] {
        return reply::stream([](content_writer& out) -> io::task<> {
            co_await out.write("a part");
            throw std::runtime_error("no more");
        });
    });
    web.get("/short", [] {
        return reply::stream(
            [](content_writer& out) -> io::task<> { co_await out.write("a part"); }, 100);
    });
    web.get("/", [] { return "next"; });
    with_http2(web, [](http2_client& client) -> io::task<> {
        for (const char* path : {"/throws", "/short"}) {
            const auto id = client.begin(getting(path));
            co_await client.until_over(id);
            EXPECT_EQ(client.answers[id].content, "a part");
            EXPECT_FALSE(client.answers[id].has_ended);
            EXPECT_EQ(client.answers[id].reset, error_code::internal_error);
        }
        const auto next = client.begin(getting("/"));
        co_await client.until_over(next);
        EXPECT_EQ(client.answers[next].content, "next");
    });
    EXPECT_EQ(web.statistics().failed, 2U);
}

// Times, each exact.

TEST(http2_server, a_connection_without_a_request_ends_after_header_time_and_idle_time) {
    server web = all_kinds();
    with_http2(web, [](http2_client& client) -> io::task<> {
        co_await client.until_connection_ends();
        EXPECT_EQ(now(), 10);
        EXPECT_THAT(client.goaways, ElementsAre(http2_client::last_word{0, error_code::no_error}));
    });
    with_http2(web, [](http2_client& client) -> io::task<> {
        const auto id = client.begin(getting("/"));
        co_await client.until_over(id);
        // Frames that ask for nothing are no requests.
        co_await io::sleep(59);
        co_await client.send_raw(frame(http2::raw::PING, 0, 0, "12345678"));
        co_await client.until_connection_ends();
        EXPECT_EQ(now(), 60);
    });
    EXPECT_EQ(web.statistics().late, 2U);
}

TEST(http2_server, a_head_that_does_not_end_has_header_time) {
    server web = all_kinds();
    with_http2(web, [](http2_client& client) -> io::task<> {
        const auto id = client.begin(getting("/"));
        co_await client.until_over(id);
        co_await client.flush();
        co_await io::sleep(20);
        const std::string block = http2::raw::get();
        co_await client.send_raw(frame(http2::raw::HEADERS, 1, 3, block.substr(0, 5)));
        co_await io::sleep(6);
        co_await client.send_raw(frame(http2::raw::CONTINUATION, 0, 3, block.substr(5)));
        co_await client.until_connection_ends();
        EXPECT_EQ(now(), 30);
        EXPECT_EQ(client.last_code(), error_code::enhance_your_calm);
    });
}

TEST(http2_server, content_that_does_not_come_is_408_after_read_time) {
    server web = all_kinds();
    with_http2(web, [](http2_client& client) -> io::task<> {
        const auto id = client.begin(head_of("POST", "/echo"), "a", false);
        co_await client.until_over(id);
        EXPECT_EQ(client.answers[id].status, 408);
        EXPECT_EQ(now(), 30);
    });
}

TEST(http2_server, content_that_trickles_in_is_408_when_it_is_behind_by_the_grace) {
    server web = all_kinds();
    with_http2(web, [](http2_client& client) -> io::task<> {
        const auto id = client.begin(head_of("POST", "/echo"), "", false);
        co_await client.flush();
        // A byte each 29 seconds, of which each is worth a five-hundredth.
        co_await io::with_scope([&](io::scope& group) -> io::task<> {
            group.spawn([&]() -> io::task<> {
                for (;;) {
                    co_await io::sleep(29);
                    client.session.offer(id, http2::raw::bytes("x"), false);
                    co_await client.flush();
                }
            });
            co_await client.until_over(id);
            group.cancel();
        });
        EXPECT_EQ(client.answers[id].status, 408);
        EXPECT_EQ(now().seconds(), 30.002);
    });
    EXPECT_EQ(web.statistics().late, 1U);
}

TEST(http2_server, a_trusted_proxy_says_whose_each_request_is) {
    server_options options;
    options.proxies.networks = {"10.0.0.0/8"};
    options.proxies.field = trusted_proxies::client_field::forwarded;
    server web(options);
    web.get("/", [](request& r) { return r.peer().str() + ' ' + std::string(r.scheme()); });
    const testing::memory_options from_proxy{.first_name = address::ipv4("10.1.2.3", 99)};
    const auto told = [&](const char* value) {
        return answer_to(web, head_of("GET", "/", headers{{"forwarded", value}}), {}, from_proxy);
    };
    EXPECT_EQ(told("for=192.0.2.7;proto=https").content, "192.0.2.7:0 https");
    EXPECT_EQ(told("for=192.0.2.7;;=").status, 400);
    EXPECT_EQ(answer_to(web, getting("/"), {}, from_proxy).content, "10.1.2.3:99 http");
    EXPECT_EQ(answer_to(web, head_of("GET", "/", headers{{"forwarded", "for=192.0.2.7"}}), {},
                        {.first_name = address::ipv4("198.51.100.1", 99)})
                  .content,
              "198.51.100.1:99 http");
}

// Three that wait for windows that do not open: a reply that is streamed is reset, one that is
// whole ends the connection, when nothing else is under way.
TEST(http2_server, a_client_that_opens_no_window_has_write_time) {
    server web = all_kinds();
    web.get("/writes", [] {
        return reply::stream([](content_writer& out) -> io::task<> {
            for (;;) co_await out.write(std::string(10'000, 'x'));
        });
    });
    with_http2(web, [](http2_client& client) -> io::task<> {
        client.takes_content = false;
        const auto id = client.begin(getting("/writes"));
        co_await client.until_over(id);
        EXPECT_EQ(client.answers[id].reset, error_code::internal_error);
        EXPECT_EQ(now(), 30);
    });
    with_http2(web, [](http2_client& client) -> io::task<> {
        client.takes_content = false;
        const auto id = client.begin(getting("/long"));
        co_await client.until_connection_ends();
        EXPECT_LT(client.answers[id].content.size(), 300'000U);
        EXPECT_EQ(now(), 30);
        EXPECT_EQ(client.last_code(), error_code::enhance_your_calm);
    });
}

TEST(http2_server, a_client_that_reads_nothing_has_write_time) {
    server web = all_kinds();
    with_http2(web,
               [](http2_client& client) -> io::task<> {
                   for (int i = 0; i < 20; ++i) client.begin(getting("/long"));
                   co_await client.flush();
                   co_await io::sleep(1000);
               },
               {.capacity = 10'000});
    EXPECT_EQ(web.statistics().late, 1U);
}

TEST(http2_server, a_server_that_drains_answers_what_is_under_way_and_what_was_on_its_way) {
    server web = all_kinds();
    web.get("/waits", []() -> io::task<std::string> {
        co_await io::sleep(5);
        co_return "waited";
    });
    testing::run([](server& asked) -> io::task<> {
        io::server accepting;
        auto [near, far] = testing::memory_pair();
        auto speak = [](io::stream s, io::server& all) -> io::task<> {
            http2_client client(std::move(s));
            const auto slow = client.begin(getting("/waits"));
            co_await client.flush();
            const auto late = client.begin(getting("/"));
            const std::string on_its_way = http2::raw::all_output(client.session);
            co_await io::sleep(1);
            all.drain();
            while (client.goaways.empty()) {
                const bool goes_on = co_await client.pump();
                if (!goes_on) break;
            }
            co_await client.send_raw(on_its_way);
            co_await client.until_over(slow);
            EXPECT_EQ(client.answers[late].content, "Hello, World!");
            EXPECT_EQ(client.answers[slow].content, "waited");
            co_await client.until_connection_ends();
            EXPECT_EQ(now(), 5);
            EXPECT_THAT(client.goaways,
                        ElementsAre(http2_client::last_word{0x7fffffff, error_code::no_error},
                                    http2_client::last_word{3, error_code::no_error}));
        };
        co_await io::when_all(speak(std::move(near), accepting),
                              asked.serve_stream(std::move(far), &accepting));
    }(web));
    EXPECT_EQ(web.statistics().requests, 2U);
}

TEST(http2_server, an_idle_connection_of_a_server_that_drains_ends) {
    server web = all_kinds();
    testing::run([](server& asked) -> io::task<> {
        io::server accepting;
        auto [near, far] = testing::memory_pair();
        auto speak = [](io::stream s, io::server& all) -> io::task<> {
            http2_client client(std::move(s));
            const auto id = client.begin(getting("/"));
            co_await client.until_over(id);
            all.drain();
            co_await client.until_connection_ends();
            EXPECT_EQ(now(), 0.25);
        };
        co_await io::when_all(speak(std::move(near), accepting),
                              asked.serve_stream(std::move(far), &accepting));
    }(web));
}

TEST(http2_server, the_last_request_of_a_connection_is_told) {
    server_options options;
    options.requests_max = 2;
    server web(options);
    web.get("/", [] { return "x"; });
    with_http2(web, [](http2_client& client) -> io::task<> {
        const auto first = client.begin(getting("/"));
        co_await client.until_over(first);
        EXPECT_TRUE(client.goaways.empty());
        const auto second = client.begin(getting("/"));
        co_await client.until_connection_ends();
        EXPECT_EQ(client.answers[second].content, "x");
        EXPECT_THAT(client.goaways, ElementsAre(http2_client::last_word{3, error_code::no_error}));
    });
}

// Streams that are reset as soon as they have begun: the work that they ask for is bounded, and
// whoever does nothing else is sent away.
TEST(http2_server, a_rapid_reset_begins_few_handlers_and_ends_the_connection) {
    server web;
    int running = 0;
    int most = 0;
    web.get("/", [&]() -> io::task<std::string> {
        struct counting {
            int& of;
            explicit counting(int& given) : of(given) { ++of; }
            counting(const counting&) = delete;
            ~counting() { --of; }
        };
        const counting me(running);
        most = std::max(most, running);
        co_await io::sleep(10);
        co_return "x";
    });
    with_http2(web, [&](http2_client& client) -> io::task<> {
        std::string flood;
        for (std::uint32_t i = 0; i < 5000; ++i)
            flood += http2::raw::request(2 * i + 1, http2::raw::get()) +
                     frame(http2::raw::RST_STREAM, 0, 2 * i + 1, http2::raw::number(8));
        co_await client.flush();
        auto flooding = client.send_raw(flood);
        try {
            co_await std::move(flooding);
        } catch (const error&) {
            // It may be cut off before its end.
        }
        const std::string told = co_await client.receive_raw();
        EXPECT_EQ(http2::raw::verdict_of(http2::raw::frames_of(told)),
                  (http2::raw::verdict{http2::raw::verdict::kind::connection,
                                       error_code::enhance_your_calm}));
        EXPECT_EQ(now(), 0);
    });
    EXPECT_EQ(running, 0);
    EXPECT_LE(most, 100);
}

TEST(http2_server, an_observer_is_told_of_connections_bytes_and_refusals) {
    struct noting : server_observer {
        int open = 0;
        std::vector<refusal> why;
        std::uint64_t received = 0, sent = 0;
        void connected() override { ++open; }
        void disconnected() override { --open; }
        void refused(refusal what) override { why.push_back(what); }
        void moved(std::uint64_t in, std::uint64_t out) override {
            received += in;
            sent += out;
        }
    };
    noting log;
    server_options options;
    options.observer = &log;
    server web(options);
    web.get("/", [] { return std::string(50'000, 'x'); });
    with_http2(web, [&](http2_client& client) -> io::task<> {
        const auto id = client.begin(getting("/"));
        co_await client.until_over(id);
        EXPECT_EQ(log.open, 1);
        const auto wrong = client.begin(head_of("GET", '/' + std::string(9000, 'x')));
        co_await client.until_over(wrong);
        co_await client.until_connection_ends();
    });
    EXPECT_EQ(log.open, 0);
    EXPECT_GT(log.sent, 50'000U);
    EXPECT_GT(log.received, 5'000U);  // HPACK has made it shorter
    EXPECT_THAT(log.why, ElementsAre(refusal::too_long, refusal::idle));
}

TEST(http2_server, http2_is_spoken_where_it_is_allowed_alone) {
    server_options options;
    options.http2 = false;
    server web(options);
    web.get("/", [] { return "x"; });
    EXPECT_THAT(answers(web, http2::raw::preface), ::testing::StartsWith("HTTP/1.1 400 "));
    server both;
    both.get("/", [] { return "x"; });
    // A preface is one at the beginning of a connection, and whole.
    EXPECT_EQ(answers(both, "PRI * HTTP/2.0\r\n\r\n"), "");
    EXPECT_THAT(answers(both, "PRI / HTTP/1.1\r\nHost: test\r\n\r\n"),
                ::testing::StartsWith("HTTP/1.1 405 "));
    const std::string first = "GET / HTTP/1.1\r\nHost: test\r\n\r\n";
    EXPECT_THAT(answers(both, first + std::string(http2::raw::preface)),
                HasSubstr("HTTP/1.1 400 "));
}

}  // namespace
}  // namespace priz::http::test
