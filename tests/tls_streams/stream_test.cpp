// What is TLS's own in a stream of TLS.
#include <gmock/gmock.h>

#include <cerrno>
#include <string>

#include "pairs.hpp"
#include "priz/io.hpp"
#include "priz/sim.hpp"
#include "priz/testing/memory_stream.hpp"
#include "priz/testing/run.hpp"
#include "sim/test_sockets.hpp"

namespace priz::tls {
namespace {

using ::testing::HasSubstr;
using testing::memory_pair;

template <class T>
std::error_code cause_of(const result<T>& r) {
    return r ? std::error_code() : r.error().code();
}

// Passes bytes on, one way, until their end; `change` may alter the nth of them.
struct meddler {
    std::size_t at = static_cast<std::size_t>(-1);
    std::size_t passed = 0;
    std::size_t most = static_cast<std::size_t>(-1);  // then it cuts the connection off
};

io::task<> pass(io::stream& from, io::stream& to, meddler& how) {
    while (const auto data = co_await from.recv()) {
        std::string bytes(data.text());
        for (char& one : bytes)
            if (how.passed++ == how.at) one = static_cast<char>(one ^ 1);
        if (how.passed > how.most) bytes.resize(bytes.size() - (how.passed - how.most));
        const auto sent = co_await to.try_sendall(bytes);
        if (!sent || how.passed > how.most) break;
    }
    // Where it is gone already, it has ended too.
    static_cast<void>(co_await to.try_shutdown(SHUT_WR));
}

// Two connections in memory, and somebody between them.
struct long_way {
    long_way() {
        auto first = memory_pair();
        near = std::move(first.first);
        between = std::move(first.second);
        auto second = memory_pair();
        beyond = std::move(second.first);
        far = std::move(second.second);
    }
    stream_pair ends() { return {std::move(near), std::move(far)}; }
    void pass_on(io::scope& group) {
        group.spawn(pass(between, beyond, there));
        group.spawn(pass(beyond, between, back));
    }

    io::stream near, between, beyond, far;
    meddler there, back;
};

// Two streams of TLS over a connection that holds few bytes.
io::task<stream_pair> clogged_pair() {
    auto below = memory_pair({.capacity = 100});
    co_return co_await secure(std::move(below));
}

TEST(tls_stream, a_name_that_is_another_s_is_refused_by_both) {
    testing::run([]() -> io::task<> {
        const auto got = co_await try_secure(memory_pair(), the_contexts(), "other.test");
        EXPECT_EQ(cause_of(got.client), errc::hostname_mismatch);
        EXPECT_THAT(got.client.error().message(), HasSubstr("handshake"));
        EXPECT_THAT(got.client.error().hint(), HasSubstr("other.test"));
        EXPECT_EQ(cause_of(got.server), errc::certificate_refused);
        EXPECT_THAT(got.server.error().hint(), HasSubstr("alert"));
    }());
}

TEST(tls_stream, a_failure_names_the_addresses_below) {
    testing::run([]() -> io::task<> {
        auto pair = memory_pair({.first_name = address::ipv4("10.0.0.1", 1000),
                                 .second_name = address::ipv4("10.0.0.2", 443)});
        const auto got = co_await try_secure(std::move(pair), the_contexts(), "other.test");
        EXPECT_THAT(got.client.error().message(),
                    HasSubstr("handshake tcp 10.0.0.1:1000 -> 10.0.0.2:443: the certificate is for "
                              "another host name"));
    }());
}

TEST(tls_stream, the_end_without_a_word_is_an_error_at_every_verb) {
    testing::run([]() -> io::task<> {
        long_way way;
        auto body = [&](io::scope& group) -> io::task<> {
            way.pass_on(group);
            auto both = co_await secure(way.ends());
            co_await both.first.sendall("all");
            char some[3];
            co_await both.second.recv_exactly_into(some);
            // Nobody hears its close_notify.
            co_await way.beyond.shutdown(SHUT_WR);
            const auto end = co_await both.second.try_recv();
            EXPECT_EQ(cause_of(end), errc::truncated);
            EXPECT_THAT(end.error().message(), HasSubstr("recv"));
            EXPECT_EQ(cause_of(co_await both.second.try_recv_exactly_into(some)), errc::truncated);
            EXPECT_EQ(cause_of(co_await both.second.try_close()), errc::truncated);
            group.cancel();
        };
        co_await io::with_scope(body);
    }());
}

// The handshake, or the first bytes behind it, are cut off after every so many bytes.
TEST(tls_stream, wherever_it_is_cut_off_it_is_an_error) {
    std::size_t cut = 0;
    std::size_t handshakes = 0;
    bool was_whole = false;
    while (!was_whole) {
        testing::run([](std::size_t most, std::size_t& done, bool& whole) -> io::task<> {
            long_way way;
            way.there.most = most;
            auto body = [&](io::scope& group) -> io::task<> {
                way.pass_on(group);
                auto accepting = try_accept_over(std::move(way.far), the_contexts().server);
                group.spawn([&]() -> io::task<> {
                    auto client = co_await try_connect_over(std::move(way.near),
                                                            the_contexts().client, "server.test");
                    if (!client) co_return;
                    const auto sent = co_await client->try_sendall("bytes");
                    if (!sent) co_return;
                    // It may be cut off as well.
                    static_cast<void>(co_await client->try_close());
                });
                auto server = co_await std::move(accepting);
                if (!server) {
                    EXPECT_EQ(cause_of(server), errc::truncated) << server.error().message();
                } else {
                    ++done;
                    char some[5];
                    const auto got = co_await server->try_recv_exactly_into(some);
                    const auto end = co_await server->try_recv();
                    // Whatever was cut off, be it of the last word alone, is noticed.
                    whole = way.there.passed <= way.there.most;
                    EXPECT_EQ(end.has_value(), whole);
                    if (end)
                        EXPECT_TRUE(got && end->empty());
                    else
                        EXPECT_EQ(cause_of(end), errc::truncated) << end.error().message();
                }
                group.cancel();
            };
            co_await io::with_scope(body);
        }(cut, handshakes, was_whole));
        cut += 7;
        ASSERT_LT(cut, 10'000U);
    }
    EXPECT_GT(handshakes, 3U);
}

TEST(tls_stream, a_bit_that_is_changed_is_noticed) {
    testing::run([]() -> io::task<> {
        long_way way;
        auto body = [&](io::scope& group) -> io::task<> {
            way.pass_on(group);
            auto both = co_await secure(way.ends());
            co_await both.first.sendall("good");
            char some[4];
            co_await both.second.recv_exactly_into(some);
            way.there.at = way.there.passed + 12;
            co_await both.first.sendall("the sum is 100");
            const auto got = co_await both.second.try_recv();
            EXPECT_EQ(cause_of(got), errc::bad_record);
            // The other end is told by an alert.
            const auto told = co_await both.first.try_recv();
            EXPECT_EQ(cause_of(told), errc::protocol_error);
            EXPECT_THAT(told.error().hint(), HasSubstr("alert"));
            group.cancel();
        };
        co_await io::with_scope(body);
    }());
}

TEST(tls_stream, a_peer_that_says_nothing_costs_ten_seconds) {
    testing::run([]() -> io::task<> {
        auto below = memory_pair();
        io::stream near = std::move(below.first);
        io::stream far = std::move(below.second);
        const auto made =
            co_await try_connect_over(std::move(near), the_contexts().client, "server.test");
        EXPECT_EQ(cause_of(made), priz::errc::timed_out);
        EXPECT_EQ(testing::now(), 10);
        // The connection below is closed.
        std::string hello;
        auto end = co_await far.try_recv();
        while (end && !end->empty()) {
            hello += end->text();
            end = co_await far.try_recv();
        }
        EXPECT_TRUE(end) << end.error().message();
        EXPECT_FALSE(hello.empty());
    }());
}

TEST(tls_stream, an_enclosing_deadline_is_the_earlier_one) {
    testing::run([]() -> io::task<> {
        auto below = memory_pair();
        io::stream near = std::move(below.first);
        io::stream far = std::move(below.second);
        auto accepting = try_accept_over(std::move(far), the_contexts().server);
        const auto made = co_await io::fail_after(3, std::move(accepting));
        EXPECT_EQ(cause_of(made), priz::errc::timed_out);
        EXPECT_EQ(testing::now(), 3);
    }());
}

TEST(tls_stream, a_handshake_that_is_cancelled_closes_the_connection) {
    testing::run([]() -> io::task<> {
        auto below = memory_pair();
        io::stream near = std::move(below.first);
        io::stream far = std::move(below.second);
        std::error_code code;
        auto body = [&](io::scope& group) -> io::task<> {
            group.spawn([&]() -> io::task<> {
                const auto made = co_await try_connect_over(std::move(near), the_contexts().client,
                                                            "server.test", {.handshake_limit = {}});
                code = cause_of(made);
            });
            const auto hello = co_await far.recv();
            EXPECT_FALSE(hello.empty());
            group.cancel();
        };
        co_await io::with_scope(body);
        EXPECT_EQ(code, priz::errc::cancelled);
        EXPECT_TRUE((co_await far.recv()).empty());
    }());
}

TEST(tls_stream, what_was_agreed_upon_is_told_of_streams_of_tls_alone) {
    testing::run([]() -> io::task<> {
        two_contexts with = new_contexts();
        with.client.set_alpn_protocols({"h2"});
        with.server.set_alpn_protocols({"h2"});
        const auto both = co_await try_secure(memory_pair(), with);
        const connection_info told = info_of(*both.client);
        EXPECT_EQ(told.version, "TLSv1.3");
        EXPECT_EQ(told.alpn, "h2");
        EXPECT_EQ(told.peer->subject, "CN=a test");
        EXPECT_EQ(info_of(*both.server).server_name, "server.test");
        const auto plain = memory_pair();
        EXPECT_EQ(cause_of(try_info_of(plain.first)), priz::errc::value_error);
        EXPECT_EQ(cause_of(try_info_of(io::stream())), priz::errc::value_error);
    }());
}

TEST(tls_stream, a_second_connection_resumes_the_first) {
    testing::run([]() -> io::task<> {
        const two_contexts with = new_contexts();
        for (const bool is_first : {true, false}) {
            auto both = co_await try_secure(memory_pair(), with);
            EXPECT_EQ(info_of(*both.client).is_resumed, !is_first);
            // The tickets come with the first bytes.
            co_await both.server->sendall("x");
            char some[1];
            co_await both.client->recv_exactly_into(some);
        }
    }());
}

// Simulated connections are reset as the kernel's are when bytes come to an end that is closed.
io::task<> say_and_go(two_contexts with, std::uint16_t port) {
    io::stream s = co_await connect_over(co_await sim::connect(address::ipv4("10.0.0.1", port)),
                                         with.client, "server.test");
    co_await s.sendall("all that I have to say");
}

TEST(tls_stream, a_client_that_goes_before_the_tickets_come_loses_nothing) {
    for (const bool is_slow : {false, true}) {
        SCOPED_TRACE(is_slow);
        sim::network net({.seed = 1});
        net.link_loopback({.latency = 0.01});
        net.add_host("host", "10.0.0.1").spawn([is_slow]() -> io::task<> {
            const two_contexts with = new_contexts();
            io::listener all = io::listen("any:0");
            const auto port = static_cast<std::uint16_t>(all.getsockname().port());
            auto serving = [](io::listener& from, context as, bool waits) -> io::task<> {
                io::stream s =
                    co_await accept_over((co_await from.accept()).connection, std::move(as));
                if (waits) co_await io::sleep(1);
                std::string got;
                while (const auto data = co_await s.recv()) got += data.text();
                EXPECT_EQ(got, "all that I have to say");
            };
            co_await io::when_all(say_and_go(with, port), serving(all, with.server, is_slow));
            co_await io::sleep(0.1);
            EXPECT_EQ(io::loop::current().statistics().timers, 0U);
        });
        net.run();
    }
}

TEST(tls_stream, a_client_waits_two_seconds_for_tickets_and_no_longer) {
    testing::run([]() -> io::task<> {
        auto both = co_await try_secure(memory_pair(), the_contexts());
        std::byte none[1];
        // What has come is taken before; the server stays.
        static_cast<void>(co_await io::move_on_after(0.1, both.client->recv_into(none)));
        both.client->reset();
        EXPECT_EQ(io::loop::current().statistics().endpoints, 2U + 1U);
        co_await io::sleep(2.1);
        EXPECT_EQ(io::loop::current().statistics().endpoints, 2U);
        EXPECT_EQ(io::loop::current().statistics().timers, 0U);
    }());
}

TEST(tls_stream, a_client_that_has_read_goes_at_once) {
    testing::run([]() -> io::task<> {
        auto both = co_await try_secure(memory_pair(), the_contexts());
        std::byte one[1];
        co_await both.server->sendall("x");
        co_await both.client->recv_exactly_into(one);
        both.client->reset();
        EXPECT_EQ(io::loop::current().statistics().timers, 0U);
        EXPECT_EQ(io::loop::current().statistics().endpoints, 2U);
    }());
}

TEST(tls_stream, a_stream_that_is_closed_with_its_send_still_under_way_sends_it) {
    testing::run([]() -> io::task<> {
        auto both = co_await clogged_pair();
        const std::string text(10'000, 'x');
        co_await both.first.sendall(text);
        both.first.reset();
        std::string got;
        while (const auto data = co_await both.second.recv()) got += data.text();
        EXPECT_EQ(got, text);
        both.second.reset();
        co_await io::sleep(0.01);
        EXPECT_EQ(io::loop::current().statistics().timers, 0U);
    }());
}

TEST(tls_stream, a_peer_that_takes_nothing_is_left_alone_after_half_a_minute) {
    testing::run([]() -> io::task<> {
        auto both = co_await clogged_pair();
        co_await both.first.sendall(std::string(10'000, 'x'));
        both.first.reset();
        EXPECT_EQ(io::loop::current().statistics().endpoints, 2U + 1U);
        co_await io::sleep(31);
        EXPECT_EQ(io::loop::current().statistics().endpoints, 2U);
        const auto got = co_await both.second.try_recv();
        const auto rest = co_await both.second.try_recv();
        EXPECT_FALSE(got && rest);
    }());
}

TEST(tls_stream, what_is_left_to_send_ends_with_the_loop) {
    two_contexts with = new_contexts();
    const std::weak_ptr<detail::context_state> held = with.client.native_state();
    testing::run([](two_contexts given) -> io::task<> {
        auto both = co_await try_secure(memory_pair({.capacity = 100}), std::move(given));
        co_await both.client->sendall(std::string(10'000, 'x'));
        both.client->reset();
        // It is being sent on.
        EXPECT_EQ(io::loop::current().statistics().timers, 1U);
    }(std::exchange(with, {})));
    EXPECT_TRUE(held.expired());
}

TEST(tls_stream, a_context_of_the_other_side_and_a_closed_stream_are_refused) {
    testing::run([]() -> io::task<> {
        auto below = memory_pair();
        io::stream near = std::move(below.first);
        io::stream far = std::move(below.second);
        const auto one =
            co_await try_connect_over(std::move(near), the_contexts().server, "server.test");
        EXPECT_EQ(cause_of(one), priz::errc::value_error);
        const auto other = co_await try_accept_over(std::move(far), the_contexts().client);
        EXPECT_EQ(cause_of(other), priz::errc::value_error);
        const auto none =
            co_await try_connect_over(io::stream(), the_contexts().client, "server.test");
        EXPECT_EQ(cause_of(none), std::errc::bad_file_descriptor);
    }());
}

}  // namespace
}  // namespace priz::tls
