// One request and its answer: what is sent, what is read, what ends it, and when.
#include <gmock/gmock.h>

#include "priz/sim.hpp"
#include "tls/certificates_fixture.hpp"
#include "world.hpp"

namespace priz::http {
namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

scripted always(const std::string& bytes) { return {bytes}; }

TEST(http_client, a_request_is_right_to_the_byte) {
    world w([](const seen&) { return always(ok("hello")); });
    w.run([](client& c) -> io::task<> {
        const response r = co_await c.get("http://a.test:8080/b?c=d#e");
        EXPECT_EQ(r.status, 200);
        EXPECT_EQ(r.reason, "OK");
        EXPECT_EQ(r.version, "HTTP/1.1");
        EXPECT_EQ(r.text(), "hello");
        EXPECT_EQ(r.headers.get("content-length"), "5");
        EXPECT_EQ(r.url.target(), "/b?c=d");
        EXPECT_TRUE(r.ok());
    });
    ASSERT_EQ(w.requests.size(), 1U);
    EXPECT_EQ(w.requests[0],
              "GET /b?c=d HTTP/1.1\r\nHost: a.test:8080\r\nUser-Agent: priz/0.1\r\n"
              "Accept: */*\r\nAccept-Encoding: gzip, br, zstd\r\n\r\n");
    EXPECT_EQ(w.dialled[0].host, "a.test");
    EXPECT_EQ(w.dialled[0].port, 8080);
}

TEST(http_client, an_answer_in_single_bytes_is_the_same_answer) {
    world w([](const seen&) {
        return always(
            "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\n"
            "Transfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n1\r\n!\r\n0\r\nX-Sum: 9\r\n\r\n");
    });
    w.memory.receive_max = 1;
    w.run([](client& c) -> io::task<> {
        const response r = co_await c.get("http://a.test/");
        EXPECT_EQ(r.content, "hello!");
        EXPECT_EQ(r.trailers.get("X-Sum"), "9");
        EXPECT_EQ(c.idle_connections(), 1U);
        const response again = co_await c.get("http://a.test/");
        EXPECT_EQ(again.content, "hello!");
    });
    EXPECT_EQ(w.dialled.size(), 1U);
}

TEST(http_client, answers_without_content_end_with_their_head) {
    world w([](const seen& it) {
        if (it.says("HEAD ")) return always("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n");
        if (it.says("DELETE ")) return always("HTTP/1.1 204 No Content\r\n\r\n");
        return always("HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n");
    });
    w.run([](client& c) -> io::task<> {
        const response head = co_await c.head("http://a.test/");
        EXPECT_EQ(head.headers.get("Content-Length"), "1000");
        EXPECT_EQ(head.content, "");
        const response gone = co_await c.delete_("http://a.test/");
        EXPECT_EQ(gone.status, 204);
        const response same = co_await c.get("http://a.test/");
        EXPECT_EQ(same.status, 304);
    });
    EXPECT_EQ(w.dialled.size(), 1U);
}

TEST(http_client, content_goes_with_its_length_in_chunks_or_as_a_form) {
    world w([](const seen&) { return always(ok("")); });
    w.run([](client& c) -> io::task<> {
        request_options text;
        text.content = "some text";
        text.content_type = "text/plain";
        EXPECT_EQ((co_await c.put("http://a.test/t", text)).status, 200);
        request_options form;
        form.form = {{"a", "1 2"}, {"b", "&"}};
        form.params = {{"q", "tea"}};
        EXPECT_EQ((co_await c.post("http://a.test/f?x=1", form)).status, 200);
        request_options written;
        written.content = [](content_writer& to) -> io::task<> {
            co_await to.write("piece one, ");
            co_await to.write("");
            co_await to.write("piece two");
        };
        EXPECT_EQ((co_await c.post("http://a.test/w", written)).status, 200);
        EXPECT_EQ((co_await c.post("http://a.test/n")).status, 200);
    });
    ASSERT_EQ(w.requests.size(), 4U);
    EXPECT_THAT(w.requests[0], HasSubstr("Content-Type: text/plain\r\n"));
    EXPECT_THAT(w.requests[0], EndsWith("Content-Length: 9\r\n\r\nsome text"));
    EXPECT_THAT(w.requests[1], StartsWith("POST /f?x=1&q=tea HTTP/1.1\r\n"));
    EXPECT_THAT(w.requests[1], EndsWith("\r\n\r\na=1+2&b=%26"));
    EXPECT_THAT(w.requests[2], HasSubstr("Transfer-Encoding: chunked\r\n"));
    EXPECT_THAT(w.requests[2], EndsWith("\r\n\r\npiece one, piece two"));
    EXPECT_THAT(w.requests[3], EndsWith("Content-Length: 0\r\n\r\n"));
}

TEST(http_client, large_content_asks_first_and_is_sent_when_the_server_wants_it) {
    world w([](const seen&) { return always(ok("thanks")); });
    w.run([](client& c) -> io::task<> {
        request_options large;
        large.content = std::string(3 << 20, 'x');
        const response r = co_await c.put("http://a.test/", large);
        EXPECT_EQ(r.text(), "thanks");
        EXPECT_EQ(c.idle_connections(), 1U);
        EXPECT_EQ(testing::now(), duration(0));  // it did not wait for the second in vain
    });
    EXPECT_THAT(w.requests[0], HasSubstr("Expect: 100-continue\r\n"));
    EXPECT_THAT(w.requests[0], EndsWith("xxx"));
}

// The server answers on the head alone and reads nothing: without listening while it sends the
// client would wait for ever.
TEST(http_client, an_answer_in_the_middle_of_the_content_ends_the_sending) {
    testing::run([]() -> io::task<> {
        co_await io::with_scope([](io::scope& group) -> io::task<> {
            class refusing final : public connector {
            public:
                explicit refusing(io::scope& group) : group_(group) {}
                io::task<io::stream> connect(destination) override {
                    auto [near, far] = testing::memory_pair();
                    group_.spawn(refuse(std::move(far)));
                    co_return std::move(near);
                }

            private:
                static io::task<> refuse(io::stream s) {
                    const io::chunk some = co_await s.recv();
                    co_await s.sendall(
                        "HTTP/1.1 413 Content Too Large\r\nContent-Length: 3\r\n\r\nno!");
                    co_await io::sleep(100);
                }
                io::scope& group_;
            };
            client_options options;
            options.connector = std::make_shared<refusing>(group);
            client c(options);
            request_options large;
            large.content = [](content_writer& to) -> io::task<> {
                const std::string piece(100'000, 'x');
                for (int i = 0; i < 100; ++i) co_await to.write(piece);
            };
            const response r = co_await c.post("http://a.test/", large);
            EXPECT_EQ(r.status, 413);
            EXPECT_EQ(r.text(), "no!");
            EXPECT_EQ(c.connections(), 0U);
            EXPECT_EQ(testing::now(), duration(0));
            group.cancel();
        });
    }());
}

TEST(http_client, a_server_that_took_the_content_has_a_minute_to_answer) {
    world w([](const seen&) { return scripted{"HTTP/1.1 102 Processing\r\n\r\n", false, true}; });
    w.run([](client& c) -> io::task<> {
        request_options large;
        large.content = std::string(500'000, 'x');
        EXPECT_EQ(cause_of(co_await c.try_request("PUT", "http://a.test/", large)),
                  priz::errc::timed_out);
        EXPECT_EQ(testing::now(), duration(60));
        EXPECT_EQ(c.connections(), 0U);
    });
}

TEST(http_client, a_server_that_does_not_know_expect_is_asked_without) {
    world w([](const seen& it) {
        if (it.says("Expect: "))
            return always("HTTP/1.1 417 Expectation Failed\r\nContent-Length: 0\r\n\r\n");
        return always(ok("fine"));
    });
    w.run([](client& c) -> io::task<> {
        request_options large;
        large.content = std::string(2 << 20, 'x');
        EXPECT_EQ((co_await c.put("http://a.test/", large)).text(), "fine");
    });
    EXPECT_EQ(w.requests.size(), 2U);
}

TEST(http_client, content_that_is_not_of_the_length_that_was_told_fails_the_request) {
    world w([](const seen&) { return always(ok("")); });
    w.run([](client& c) -> io::task<> {
        for (const std::uint64_t length : {std::uint64_t{3}, std::uint64_t{5}}) {
            request_options wrong;
            wrong.content =
                request_content([](content_writer& to) -> io::task<> { co_await to.write("four"); },
                                {.length = length});
            const auto got = co_await c.try_request("PUT", "http://a.test/", wrong);
            EXPECT_EQ(cause_of(got), priz::errc::value_error);
        }
        EXPECT_EQ(c.connections(), 0U);
    });
}

TEST(http_client, an_answer_is_read_piece_by_piece_as_it_comes) {
    world w([](const seen&) {
        return scripted{"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nfirst", false, false, 0,
                        "second"};
    });
    w.run([](client& c) -> io::task<> {
        std::vector<std::uint64_t> seen_so_far;
        request_options told;
        told.on_progress = [&](const transfer& now) {
            seen_so_far.push_back(now.received);
            EXPECT_EQ(now.total, 10U);
        };
        answer a = co_await c.open("GET", "http://a.test/", told);
        EXPECT_EQ(a.content_length(), 10U);
        const content_piece one = co_await a.read();
        EXPECT_EQ(one.text(), "first");
        const content_piece two = co_await a.read();
        EXPECT_EQ(two.text(), "secon");  // what follows belongs to no answer
        const content_piece end = co_await a.read();
        EXPECT_FALSE(end);
        EXPECT_THAT(seen_so_far, ElementsAre(5, 10));
        EXPECT_EQ(c.connections(), 0U);
    });
}

TEST(http_client, content_that_ends_too_early_is_an_error) {
    for (const char* bytes : {"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nfirst",
                              "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n",
                              "HTTP/1.1 200 OK\r\nContent-Le"}) {
        world w([&](const seen&) { return scripted{bytes, true}; });
        w.run([](client& c) -> io::task<> {
            const auto got = co_await c.try_request("GET", "http://a.test/");
            EXPECT_EQ(cause_of(got), defect::incomplete);
            EXPECT_EQ(c.connections(), 0U);
        });
        EXPECT_EQ(w.requests.size(), 1U) << "something of an answer was seen: no second try";
    }
}

TEST(http_client, content_beyond_the_limit_is_refused) {
    world w([](const seen&) { return always(ok("12345")); });
    w.run([](client& c) -> io::task<> {
        request_options little;
        little.content_max = 4;
        EXPECT_EQ(cause_of(co_await c.try_request("GET", "http://a.test/", little)),
                  defect::content_too_large);
        EXPECT_EQ(c.connections(), 0U);
        little.content_max = 5;
        EXPECT_EQ((co_await c.get("http://a.test/", little)).text(), "12345");
    });
}

TEST(http_client, each_step_has_its_time) {
    struct row {
        scripted answer;
        duration expected;
    };
    const std::string head = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n";
    for (const row& each : {row{{"", false, true}, 60},                  // no answer at all
                            row{{head, false, true}, 10},                // a head without an end
                            row{{head + "\r\nfirst", false, true}, 60},  // content that stops
                            row{{"HTTP/1.1 100 Continue\r\n\r\n", false, true}, 60}}) {
        world w([&](const seen&) { return each.answer; });
        w.run([&](client& c) -> io::task<> {
            const auto got = co_await c.try_request("GET", "http://a.test/");
            EXPECT_EQ(cause_of(got), priz::errc::timed_out);
            EXPECT_EQ(testing::now(), each.expected);
            EXPECT_EQ(c.connections(), 0U);
        });
        EXPECT_EQ(w.requests.size(), 1U);
    }
}

TEST(http_client, one_deadline_covers_every_redirection_and_the_content) {
    world w([](const seen& it) {
        if (it.says(" /three ")) return scripted{ok("x").substr(0, 30), false, true};
        return scripted{to(302, it.says(" /one ") ? "/two" : "/three"), false, false, 1.5};
    });
    w.run([](client& c) -> io::task<> {
        request_options soon;
        soon.timeout = 4;
        const auto got = co_await c.try_request("GET", "http://a.test/one", soon);
        EXPECT_EQ(cause_of(got), priz::errc::timed_out);
        EXPECT_EQ(testing::now(), duration(4));
    });
    EXPECT_EQ(w.requests.size(), 3U);
}

TEST(http_client, what_cannot_be_sent_is_refused_and_says_what) {
    world w([](const seen&) { return always(ok("")); });
    w.run([](client& c) -> io::task<> {
        for (const char* url : {"http://a.test/a b", "http://a.test/\r\nX: y", "ftp://a.test/",
                                "http://a.test:99999/", "//a.test/", "http:///", "ws://a.test/",
                                "http://a.test\r\n/", "http://%0d%0a.test/"}) {
            const auto got = co_await c.try_request("GET", url);
            EXPECT_FALSE(got) << url;
            if (!got) {
                EXPECT_EQ(got.error().code().category(), http::category()) << url;
            }
        }
        for (const char* method : {"", "GE T", "GET\r\nX: y", "GET /", "CONNECT"})
            EXPECT_FALSE(co_await c.try_request(method, "http://a.test/")) << method;
        for (const char* name : {"Content-Length", "Transfer-Encoding", "Proxy-Authorization"}) {
            request_options options;
            options.headers.add(name, "5");
            const auto got = co_await c.try_request("GET", "http://a.test/", options);
            EXPECT_FALSE(got) << name;
            if (!got) {
                EXPECT_THAT(got.error().message(), HasSubstr(name));
            }
        }
        request_options type;
        type.content = "x";
        type.content_type = "a\r\nX: y";
        EXPECT_EQ(cause_of(co_await c.try_request("POST", "http://a.test/", type)),
                  defect::bad_field_value);
    });
    EXPECT_TRUE(w.requests.empty());
}

TEST(http_client, over_tls_the_server_is_verified) {
    const tls::context serving = tls::serving_context({.names = "DNS:a.test"});
    world w([](const seen&) { return always(ok("secret")); });
    w.below = [&](io::stream s, const destination&) {
        return tls::accept_over(std::move(s), serving);
    };
    w.options.tls = tls::trusting_context();
    w.run([](client& c) -> io::task<> {
        EXPECT_EQ((co_await c.get("https://a.test/")).text(), "secret");
        EXPECT_EQ((co_await c.get("https://a.test/")).text(), "secret");
        EXPECT_EQ(c.connections(), 1U);
        const auto other = co_await c.try_request("GET", "https://b.test/");
        EXPECT_EQ(cause_of(other), tls::errc::hostname_mismatch);
    });
    EXPECT_EQ(w.dialled.size(), 2U);
    EXPECT_EQ(w.dialled[0].port, 443);
}

TEST(http_client, a_protocol_that_is_not_spoken_is_not_taken_for_http_1) {
    tls::context serving = tls::serving_context({.names = "DNS:a.test"});
    serving.set_alpn_protocols({"spdy/3"});
    tls::context asking = tls::trusting_context();
    asking.set_alpn_protocols({"spdy/3", "http/1.1"});
    world w([](const seen&) { return always(ok("")); });
    w.below = [&](io::stream s, const destination&) {
        return tls::accept_over(std::move(s), serving);
    };
    w.options.tls = asking;
    w.run([](client& c) -> io::task<> {
        EXPECT_EQ(cause_of(co_await c.try_request("GET", "https://a.test/")),
                  errc::unexpected_answer);
    });
    EXPECT_TRUE(w.requests.empty());
}

TEST(http_client, tls_that_is_cut_off_is_no_end_of_the_content) {
    const tls::context serving = tls::serving_context({.names = "DNS:a.test"});
    testing::run([](tls::context with) -> io::task<> {
        co_await io::with_scope([&](io::scope& group) -> io::task<> {
            class cutting final : public connector {
            public:
                cutting(io::scope& group, tls::context with) : group_(group), with_(with) {}
                io::task<io::stream> connect(destination) override {
                    auto [near, far] = testing::memory_pair();
                    auto [outer, inner] = testing::memory_pair();
                    // What the server sends goes through here, and its last bytes do not.
                    group_.spawn(pass(std::move(far), std::move(outer)));
                    group_.spawn(serve(std::move(inner), with_));
                    co_return std::move(near);
                }

            private:
                static io::task<> pass(io::stream client, io::stream server) {
                    co_await io::with_scope([&](io::scope& both) -> io::task<> {
                        both.spawn([&]() -> io::task<> {
                            while (auto piece = co_await client.recv())
                                co_await server.sendall(piece);
                        });
                        for (;;) {
                            const io::chunk piece = co_await server.recv();
                            const bool is_last = piece.empty() || piece.size() < 64;
                            if (is_last) break;  // close_notify and nothing more
                            co_await client.sendall(piece);
                        }
                        co_await client.shutdown(SHUT_WR);
                        co_await io::sleep(1);
                        both.cancel();
                    });
                }
                static io::task<> serve(io::stream raw, tls::context with) {
                    io::stream s = co_await tls::accept_over(std::move(raw), with);
                    const io::chunk request = co_await s.recv();
                    co_await s.sendall("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" +
                                       std::string(100, 'x'));
                    co_await testing::wait_all_tasks_blocked();
                    co_await s.shutdown(SHUT_WR);
                }
                io::scope& group_;
                tls::context with_;
            };
            client_options options;
            options.connector = std::make_shared<cutting>(group, with);
            options.tls = tls::trusting_context();
            client c(options);
            const auto got = co_await c.try_request("GET", "https://a.test/");
            EXPECT_EQ(cause_of(got), tls::errc::truncated);
            group.cancel();
        });
    }(serving));
}

// In the simulator: the client as it is, on a network.
struct simulated {
    result<response> got = std::unexpected(failure(priz::errc::cancelled, "not yet"));
    duration took;
    std::string trace;
};

simulated fetch_over(std::uint64_t seed, const sim::link_options& link, bool is_cut) {
    sim::network net(seed);
    sim::host& server = net.add_host("server", "10.0.0.1");
    sim::host& user = net.add_host("user", "10.0.0.2");
    net.link(server, user, link);
    server.spawn_daemon([]() -> io::task<> {
        io::listener door = io::listen("any:80");
        for (;;) {
            auto one = co_await door.accept();
            const io::chunk request = co_await one.connection.recv();
            co_await one.connection.sendall("HTTP/1.1 200 OK\r\nContent-Length: 200000\r\n\r\n" +
                                            std::string(100'000, 'x'));
            co_await io::sleep(1);
            co_await one.connection.sendall(std::string(100'000, 'y'));
            while (co_await one.connection.recv()) {
            }
        }
    });
    if (is_cut)
        net.spawn([&]() -> io::task<> {
            co_await io::sleep(0.9);
            net.partition(server, user);
        });
    simulated found;
    user.spawn([&]() -> io::task<> {
        client c;
        request_options options;
        options.timeout = 30;
        found.got = co_await c.try_request("GET", "http://10.0.0.1/", options);
        found.took = net.now();
    });
    net.run();
    found.trace = net.trace();
    return found;
}

TEST(http_client_simulated, a_partition_in_mid_body_is_an_error_in_time) {
    const simulated found = fetch_over(1, {.latency = 0.01}, true);
    ASSERT_FALSE(found.got);
    EXPECT_EQ(found.got.error().code(), priz::errc::timed_out);
    EXPECT_EQ(found.took, duration(30));
}

TEST(http_client_simulated, over_lossy_links_the_answer_is_whole_or_the_deadline_is_kept) {
    int whole = 0;
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        const simulated found =
            fetch_over(seed, {.latency = 0.05, .jitter = 0.05, .loss = 0.1}, false);
        EXPECT_LE(found.took, duration(30));
        if (found.got) {
            ++whole;
            EXPECT_EQ(found.got->content.size(), 200'000U);
        } else {
            EXPECT_EQ(found.got.error().code(), priz::errc::timed_out)
                << found.got.error().message();
        }
    }
    EXPECT_GT(whole, 0);
}

TEST(http_client_simulated, the_same_seed_gives_the_same_run) {
    const sim::link_options link{.latency = 0.05, .jitter = 0.05, .loss = 0.1};
    EXPECT_EQ(fetch_over(7, link, false).trace, fetch_over(7, link, false).trace);
}

}  // namespace
}  // namespace priz::http
