// Connections that are used again, and those that are not.
#include "http/client/pool.hpp"

#include <gmock/gmock.h>

#include "priz/testing/run.hpp"
#include "tls/certificates_fixture.hpp"
#include "world.hpp"

namespace priz::http {
namespace {

using detail::identity;
using detail::pool;
using ::testing::HasSubstr;

class idle_connection final : public detail::client_connection {
public:
    unsigned room() const noexcept override { return 1; }
    bool is_over() const noexcept override { return false; }
    bool carries_none() const noexcept override { return true; }
    io::task<bool> is_quiet() override { co_return true; }
    std::unique_ptr<detail::exchange> begin_exchange() override { return nullptr; }
};

std::vector<identity> different_identities() {
    const identity plain{.scheme = "https", .host = "a.test", .port = 443};
    std::vector<identity> all(16, plain);
    all[1].scheme = "http";
    all[2].host = "b.test";
    all[3].port = 444;
    all[4].unix_path = "/run/a";
    all[5].unix_path = "/run/b";
    all[6].credentials = "Basic YTpi";
    all[7].credentials = "Basic YTpj";
    all[8].tls = std::make_shared<int>(1);
    all[9].tls = std::make_shared<int>(1);
    all[10].proxy = proxy{.host = "p.test", .port = 1080};
    all[11].proxy = proxy{.host = "q.test", .port = 1080};
    all[12].proxy = proxy{.host = "p.test", .port = 1081};
    all[13].proxy = proxy{.how = proxy::kind::socks5h, .host = "p.test", .port = 1080};
    all[14].proxy = proxy{.host = "p.test", .port = 1080, .username = "u"};
    all[15].proxy = proxy{.host = "p.test", .port = 1080, .username = "u", .password = "x"};
    return all;
}

TEST(http_pool, no_identity_gets_the_connection_of_another_pair_by_pair) {
    testing::run([]() -> io::task<> {
        const auto all = different_identities();
        int pairs = 0;
        for (std::size_t i = 0; i < all.size(); ++i)
            for (std::size_t j = 0; j < all.size(); ++j) {
                const auto of = std::make_shared<pool>(detail::pool_limits());
                {
                    pool::lease first = co_await of->acquire(all[i], false);
                    EXPECT_EQ(first.get(), nullptr);
                    first.opened(std::make_shared<idle_connection>());
                }
                EXPECT_EQ(of->idle(), 1U);
                const pool::lease second = co_await of->acquire(all[j], false);
                EXPECT_EQ(second.get() != nullptr, i == j) << i << " and " << j;
                ++pairs;
            }
        EXPECT_EQ(pairs, 256);
    }());
}

TEST(http_pool, requests_of_other_credentials_have_other_connections) {
    world w([](const seen&) { return scripted{ok("")}; });
    w.run([](client& c) -> io::task<> {
        for (const char* user : {"a", "b", "a", "b"}) {
            request_options options;
            options.auth = basic_credentials{user, "secret"};
            EXPECT_EQ((co_await c.get("http://a.test/", options)).status, 200);
        }
        EXPECT_EQ((co_await c.get("http://a.test/")).status, 200);
    });
    EXPECT_EQ(w.dialled.size(), 3U);
}

TEST(http_pool, what_must_not_be_used_again_is_closed) {
    const std::string head = "HTTP/1.1 200 OK\r\n";
    for (const std::string& bytes :
         {head + "Connection: close\r\nContent-Length: 1\r\n\r\nx",
          head + "Content-Length: 1\r\n\r\nxHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\ny",
          std::string("HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx")}) {
        world w([&](const seen&) { return scripted{bytes}; });
        w.run([](client& c) -> io::task<> {
            EXPECT_EQ((co_await c.get("http://a.test/")).content, "x");
            EXPECT_EQ(c.connections(), 0U);
            EXPECT_EQ((co_await c.get("http://a.test/")).content, "x");
        });
        EXPECT_EQ(w.dialled.size(), 2U) << bytes;
    }
}

TEST(http_pool, bytes_that_come_while_idle_are_nobodys_answer) {
    world w([](const seen& it) {
        scripted answer{ok("good")};
        if (it.connection == 0) answer.then = ok("bad");
        return answer;
    });
    w.run([](client& c) -> io::task<> {
        EXPECT_EQ((co_await c.get("http://a.test/")).content, "good");
        EXPECT_EQ(c.idle_connections(), 1U);
        co_await io::sleep(1);
        EXPECT_EQ((co_await c.get("http://a.test/")).content, "good");
    });
    EXPECT_EQ(w.dialled.size(), 2U);
}

TEST(http_pool, an_idle_connection_is_used_for_sixty_seconds) {
    world w([](const seen&) { return scripted{ok("")}; });
    w.run([](client& c) -> io::task<> {
        EXPECT_TRUE((co_await c.get("http://a.test/")).ok());
        co_await io::sleep(59);
        EXPECT_TRUE((co_await c.get("http://a.test/")).ok());
        co_await io::sleep(60);
        EXPECT_TRUE((co_await c.get("http://a.test/")).ok());
    });
    EXPECT_EQ(w.dialled.size(), 2U);
}

TEST(http_pool, one_that_the_server_has_closed_is_replaced_unseen) {
    world w([](const seen&) { return scripted{ok(""), true}; });
    w.run([](client& c) -> io::task<> {
        for (int i = 0; i < 3; ++i) {
            EXPECT_TRUE((co_await c.post("http://a.test/")).ok());
            co_await io::sleep(1);
        }
    });
    EXPECT_EQ(w.requests.size(), 3U);
    EXPECT_EQ(w.dialled.size(), 3U);
}

// The server takes the second request on a connection and closes without a word.
TEST(http_pool, a_request_is_made_again_only_where_that_is_safe) {
    struct row {
        const char* method;
        bool comes_once;
        bool is_made_again;
    };
    for (const row& each :
         {row{"GET", false, true}, row{"HEAD", false, true}, row{"PUT", false, true},
          row{"DELETE", false, true}, row{"OPTIONS", false, true}, row{"POST", false, false},
          row{"PATCH", false, false}, row{"PUT", true, false}}) {
        world w([](const seen& it) {
            return it.number == 1 ? scripted{"", true} : scripted{ok("")};
        });
        w.run([&](client& c) -> io::task<> {
            EXPECT_TRUE((co_await c.get("http://a.test/")).ok());
            request_options options;
            if (each.comes_once)
                options.content = [](content_writer& to) -> io::task<> { co_await to.write("x"); };
            const auto got = co_await c.try_request(each.method, "http://a.test/", options);
            EXPECT_EQ(got.has_value(), each.is_made_again) << each.method;
            if (!got) {
                EXPECT_EQ(got.error().code(), priz::errc::end_of_stream);
            }
        });
        EXPECT_EQ(w.requests.size(), each.is_made_again ? 3U : 2U) << each.method;
    }
}

TEST(http_pool, a_new_connection_that_fails_is_not_tried_again) {
    world w([](const seen&) { return scripted{"", true}; });
    w.run([](client& c) -> io::task<> {
        const auto got = co_await c.try_request("GET", "http://a.test/");
        EXPECT_EQ(cause_of(got), priz::errc::end_of_stream);
    });
    EXPECT_EQ(w.requests.size(), 1U);
}

TEST(http_pool, requests_beyond_the_limit_wait_their_turn) {
    world w([](const seen&) { return scripted{ok(""), false, false, 1}; });
    w.options.connections_max = 2;
    w.run([](client& c) -> io::task<> {
        co_await io::with_scope([&](io::scope& group) -> io::task<> {
            for (int i = 0; i < 6; ++i)
                group.spawn(
                    [&]() -> io::task<> { EXPECT_TRUE((co_await c.get("http://a.test/")).ok()); });
            co_return;
        });
        EXPECT_EQ(testing::now(), duration(3));
        EXPECT_EQ(c.connections(), 2U);
    });
    EXPECT_EQ(w.dialled.size(), 2U);
}

TEST(http_pool, waiting_for_a_connection_counts_towards_the_deadline) {
    world w([](const seen&) { return scripted{"", false, true}; });
    w.options.connections_max = 1;
    w.run([](client& c) -> io::task<> {
        co_await io::with_scope([&](io::scope& group) -> io::task<> {
            group.spawn([&]() -> io::task<> {
                EXPECT_EQ(cause_of(co_await c.try_request("GET", "http://a.test/")),
                          priz::errc::timed_out);
            });
            co_await testing::wait_all_tasks_blocked();
            request_options soon;
            soon.timeout = 2;
            EXPECT_EQ(cause_of(co_await c.try_request("GET", "http://a.test/", soon)),
                      priz::errc::timed_out);
            EXPECT_EQ(testing::now(), duration(2));
        });
    });
}

// Cuts the exchange off after every number of waits, by a deadline that passes between two bytes.
TEST(http_pool, a_cancelled_exchange_never_comes_back) {
    const std::string answer =
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        "5\r\nhello\r\n0\r\nX: y\r\n\r\n";
    int cut = 0;
    int whole = 0;
    for (std::size_t sent = 0; sent <= answer.size(); ++sent) {
        world w([&](const seen& it) {
            // The first answer stops after that many bytes; what follows it is wrong.
            if (it.connection > 0) return scripted{ok("right")};
            return scripted{answer.substr(0, sent), false, true};
        });
        w.memory.receive_max = 1;
        w.run([&](client& c) -> io::task<> {
            const bool is_done =
                (co_await io::move_on_after(1, c.get("http://a.test/"))).has_value();
            EXPECT_EQ(is_done, sent == answer.size());
            EXPECT_EQ(c.connections(), is_done ? 1U : 0U) << sent;
            ++(is_done ? whole : cut);
            if (!is_done) {
                EXPECT_EQ((co_await c.get("http://a.test/")).content, "right");
            }
        });
    }
    EXPECT_EQ(whole, 1);
    EXPECT_EQ(cut, static_cast<int>(answer.size()));
}

std::string path_of(const seen& it) {
    const std::string line = it.line();
    const std::size_t from = line.find(' ') + 1;
    return line.substr(from, line.find(' ', from) - from);
}

// Cancels a request after so many turns of the loop, from none to as many as it takes: while it
// connects, shakes hands, sends, waits, receives.
int cancel_at_every_step(bool is_secure) {
    const tls::context serving = tls::serving_context({.names = "DNS:a.test"});
    const tls::context trusting = tls::trusting_context();
    const std::string base = is_secure ? "https://a.test" : "http://a.test";
    bool is_done = false;
    int steps = 0;
    for (; !is_done && steps < 10'000; ++steps) {
        world w([](const seen& it) { return scripted{ok(path_of(it))}; });
        w.memory.receive_max = is_secure ? 100 : 10;
        w.options.tls = trusting;
        if (is_secure)
            w.below = [&](io::stream s, const destination&) {
                return tls::accept_over(std::move(s), serving);
            };
        w.run([&](client& c) -> io::task<> {
            co_await io::with_scope([&](io::scope& group) -> io::task<> {
                group.spawn([&]() -> io::task<> {
                    EXPECT_EQ((co_await c.get(base + "/first")).content, "/first");
                    is_done = true;
                });
                for (int i = 0; i < steps; ++i) co_await io::yield();
                group.cancel();
            });
            if (!is_done) {
                EXPECT_EQ(c.connections(), 0U) << steps;
            }
            EXPECT_EQ((co_await c.get(base + "/second")).content, "/second") << steps;
        });
    }
    EXPECT_TRUE(is_done);
    ::testing::Test::RecordProperty(is_secure ? "tls_steps" : "steps", steps);
    return steps;
}

TEST(http_pool, a_cancellation_at_any_step_leaves_no_connection_behind) {
    EXPECT_GT(cancel_at_every_step(false), 5);
    EXPECT_GT(cancel_at_every_step(true), 10);
}

TEST(http_pool, an_answer_that_is_let_go_before_its_end_takes_its_connection_along) {
    world w([](const seen&) { return scripted{ok("long content")}; });
    w.memory.receive_max = 50;
    w.run([](client& c) -> io::task<> {
        {
            const answer a = co_await c.open("GET", "http://a.test/");
            EXPECT_EQ(a.status(), 200);
            EXPECT_EQ(c.connections(), 1U);
        }
        EXPECT_EQ(c.connections(), 0U);
        EXPECT_EQ((co_await c.get("http://a.test/")).text(), "long content");
    });
    EXPECT_EQ(w.dialled.size(), 2U);
}

TEST(http_pool, sending_that_is_cancelled_takes_its_connection_along) {
    world w([](const seen&) { return scripted{ok("")}; });
    w.run([](client& c) -> io::task<> {
        request_options slow;
        slow.content = [](content_writer& to) -> io::task<> {
            co_await to.write("a beginning");
            co_await io::sleep(100);
        };
        EXPECT_FALSE(co_await io::move_on_after(1, c.put("http://a.test/", slow)));
        EXPECT_EQ(c.connections(), 0U);
    });
    EXPECT_EQ(w.dialled.size(), 1U);
}

TEST(http_pool, limits_with_which_nothing_goes_are_refused) {
    client_options none;
    none.connections_max = 0;
    EXPECT_THROW(client{none}, value_error);
    client_options negative;
    negative.idle_time = -1;
    EXPECT_THROW(client{negative}, value_error);
}

TEST(http_pool, keeps_so_many_idle_ones_and_no_more) {
    world w([](const seen&) { return scripted{ok("")}; });
    w.options.idle_max = 3;
    w.run([](client& c) -> io::task<> {
        for (int i = 0; i < 5; ++i) {
            const std::string url = "http://host" + std::to_string(i) + ".test/";
            EXPECT_TRUE((co_await c.get(url)).ok());
            co_await io::sleep(0.1);
        }
        EXPECT_EQ(c.idle_connections(), 3U);
        EXPECT_TRUE((co_await c.get("http://host4.test/")).ok());
        EXPECT_TRUE((co_await c.get("http://host0.test/")).ok());
        c.clear();
        EXPECT_EQ(c.connections(), 0U);
    });
    EXPECT_EQ(w.dialled.size(), 6U);
}

}  // namespace
}  // namespace priz::http
