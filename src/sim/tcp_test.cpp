// TCP in the simulator: what happens when.
#include "priz/io/sync.hpp"
#include "sim/machine.hpp"
#include "sim/test_sockets.hpp"

namespace priz::sim {
namespace {

constexpr std::uint16_t port = 7000;

// Two hosts, 10 ms apart.
class tcp : public ::testing::Test {
protected:
    network net{network_options{.seed = 7}};
    host& server = net.add_host("server", {"10.0.0.1", "2001:db8::1"});
    host& client = net.add_host("client", {"10.0.0.2", "2001:db8::2"});

    tcp() { net.link(server, client, {.latency = 0.01}); }

    // The errno that ends the client's attempt to connect, 0 for none.
    int connect_to(address where) {
        int error = -1;
        client.spawn([&error, where]() -> io::task<> { error = co_await try_connect(where); });
        net.run();
        return error;
    }

    static io::task<int> try_connect(address where) {
        const raw_socket s(where.family(), SOCK_STREAM);
        const auto outcome = co_await io::detail::trying<io::detail::connect_wait>(s.get(), where);
        co_return outcome ? 0 : outcome.error().code().value();
    }

    // A server of one connection after the other.
    template <class Talk>
    void serve(Talk talk) {
        server.spawn_daemon(serve_with(talk));
    }
    template <class Talk>
    static io::task<> serve_with(Talk talk) {
        io::listener all = io::listen("any:7000");
        for (;;) {
            io::accepted next = co_await all.accept();
            co_await talk(std::move(next.connection));
        }
    }

    static io::task<> until_the_end(io::stream s) {
        while (true) {
            const auto data = co_await s.try_recv();
            if (!data || data->empty()) break;
        }
    }
};

TEST_F(tcp, connecting_takes_a_round_trip) {
    serve(echo);
    EXPECT_EQ(connect_to(server.at(port)), 0);
    EXPECT_EQ(net.now(), duration(0.02));
}

TEST_F(tcp, both_families_reach_a_listener_at_any) {
    serve(echo);
    EXPECT_EQ(connect_to(server.at(port)), 0);
    EXPECT_EQ(connect_to(address::ipv6("2001:db8::1", port)), 0);
    EXPECT_EQ(connect_to(address::ipv6("::ffff:10.0.0.1", port)), 0);
}

TEST_F(tcp, a_port_without_a_listener_refuses_after_a_round_trip) {
    EXPECT_EQ(connect_to(server.at(port)), ECONNREFUSED);
    EXPECT_EQ(net.now(), duration(0.02));
}

TEST_F(tcp, an_address_that_nobody_has_is_unreachable) {
    EXPECT_EQ(connect_to(address::ipv4("10.0.0.9", port)), EHOSTUNREACH);
    EXPECT_EQ(net.now(), duration(0.002)) << "a round trip of the usual link";
}

TEST_F(tcp, a_family_that_the_host_has_not_is_unreachable_at_once) {
    host& old = net.add_host("old", "10.0.0.3");
    int error = 0;
    old.spawn(
        [&]() -> io::task<> { error = co_await try_connect(address::ipv6("2001:db8::1", port)); });
    net.run();
    EXPECT_EQ(error, ENETUNREACH);
    EXPECT_EQ(net.now(), duration(0));
}

TEST_F(tcp, a_cut_link_times_a_connection_out_after_seven_syns) {
    serve(echo);
    net.partition(server, client);
    EXPECT_EQ(connect_to(server.at(port)), ETIMEDOUT);
    EXPECT_EQ(net.now(), duration(127)) << "1 + 2 + 4 + 8 + 16 + 32 + 64 s";
}

TEST_F(tcp, a_link_that_heals_lets_the_next_syn_through) {
    serve(echo);
    net.partition(server, client);
    net.spawn([this]() -> io::task<> {
        co_await io::sleep(2.5);
        net.heal(server, client);
    });
    EXPECT_EQ(connect_to(server.at(port)), 0);
    EXPECT_EQ(net.now(), duration(3.02)) << "the third SYN goes out after 3 s";
}

TEST_F(tcp, a_host_that_is_down_times_a_connection_out) {
    server.crash();
    EXPECT_EQ(connect_to(server.at(port)), ETIMEDOUT);
}

TEST_F(tcp, a_full_backlog_makes_a_connection_wait_for_the_next_syn) {
    server.spawn([]() -> io::task<> {
        io::listener all = io::listen("any:7000", {.backlog = 0});
        co_await io::sleep(0.5);
        const io::stream first = (co_await all.accept()).connection;
        const io::stream second = (co_await all.accept()).connection;
        const io::stream third = (co_await all.accept()).connection;
    });
    const auto come_at = [this](duration start, duration& made) -> io::task<> {
        co_await io::sleep(start);
        const io::stream s = co_await connect(server.at(port));
        made = net.now();
        co_await io::sleep(5);
    };
    duration made[3];
    client.spawn([&] { return come_at(0, made[0]); });
    client.spawn([&] { return come_at(0, made[1]); });
    client.spawn([&] { return come_at(0.1, made[2]); });
    net.run();
    EXPECT_EQ(made[0], duration(0.02));
    EXPECT_EQ(made[1], duration(0.02)) << "the SYN was answered before the first was in the queue";
    EXPECT_EQ(made[2], duration(1.12)) << "0.1 s, the next SYN a second later, a round trip";
}

TEST_F(tcp, a_sender_is_held_up_by_both_buffers) {
    serve([](io::stream s) -> io::task<> {
        co_await io::sleep(10);
        co_await read_all(s);
    });
    std::size_t sent = 0;
    duration full_at;
    client.spawn([&]() -> io::task<> {
        io::stream s = co_await connect(server.at(port));
        const std::string some(1000, 'x');
        // What fits without a pause of more than a second.
        while (const auto count = co_await io::move_on_after(1, s.send(some))) sent += *count;
        full_at = net.now();
        while (sent < 1'000'000) sent += co_await s.send(some);
    });
    net.run();
    EXPECT_GT(full_at, duration(1));
    EXPECT_LT(full_at, duration(10));
    EXPECT_GE(sent, 1'000'000U);
    EXPECT_GT(net.now(), duration(10));
}

TEST_F(tcp, bandwidth_is_what_a_transfer_takes) {
    net.link(server, client, {.latency = 0.01, .bandwidth = 150'000});
    std::size_t received = 0;
    serve([&](io::stream s) -> io::task<> { received = (co_await read_all(s)).size(); });
    client.spawn([&]() -> io::task<> {
        io::stream s = co_await connect(server.at(port));
        s.setsockopt(SOL_SOCKET, SO_SNDBUF, 1 << 20);
        co_await s.sendall(std::string(1460 * 100, 'x'));
    });
    net.run_until([&] { return received > 0; });
    EXPECT_EQ(received, 146'000U);
    // A hundred segments of 1500 bytes take a second; before them a SYN and an ACK, behind them the
    // FIN: 120 bytes. The SYN-ACK's 40 bytes are sent the other way.
    EXPECT_NEAR(net.now().seconds(), 1.0 + 160.0 / 150'000 + 0.03, 1e-6);
}

TEST_F(tcp, every_byte_arrives_in_order_on_a_bad_link) {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        network bad(network_options{.seed = seed,
                                    .link = {.latency = 0.01,
                                             .jitter = 0.005,
                                             .loss = 0.1,
                                             .duplication = 0.1,
                                             .reordering = 0.1}});
        host& there = bad.add_host("there", "10.0.0.1");
        host& here = bad.add_host("here", "10.0.0.2");
        std::string text;
        for (int i = 0; i < 50'000; ++i) text += std::to_string(i) + ' ';
        std::string answer;
        there.spawn_daemon([]() -> io::task<> {
            io::listener all = io::listen("any:7000");
            for (;;) co_await echo((co_await all.accept()).connection);
        });
        here.spawn([&]() -> io::task<> {
            io::stream s = co_await connect(there.at(port));
            co_await io::with_scope([&](io::scope& both) -> io::task<> {
                both.spawn([&]() -> io::task<> {
                    co_await s.sendall(text);
                    co_await s.shutdown(SHUT_WR);
                });
                answer = co_await read_all(s);
            });
        });
        bad.run();
        EXPECT_TRUE(answer == text) << "with the seed " << seed;
    }
}

TEST_F(tcp, a_window_whose_opening_was_lost_is_offered_again) {
    for (std::uint64_t seed = 1; seed <= 10; ++seed) {
        network bad(network_options{.seed = seed, .link = {.loss = 0.3}});
        host& there = bad.add_host("there", "10.0.0.1");
        host& here = bad.add_host("here", "10.0.0.2");
        std::size_t received = 0;
        there.spawn([&]() -> io::task<> {
            io::listener all = io::listen("any:7000");
            io::stream s = (co_await all.accept()).connection;
            // Slower than the sender: the window closes again and again.
            while (auto data = co_await s.recv()) {
                received += data.size();
                co_await io::sleep(2);
            }
        });
        here.spawn([&]() -> io::task<> {
            io::stream s = co_await connect(there.at(port));
            co_await s.sendall(std::string(1'000'000, 'x'));
        });
        bad.run();
        EXPECT_EQ(received, 1'000'000U) << "with the seed " << seed;
    }
}

// A server that reads a window's worth while it is cut off, so that its client does not hear of the
// room, does `during`, and reads on when both hear each other again.
class unheard_window : public tcp {
protected:
    static constexpr std::size_t window = 65536;

    template <class During>
    io::task<> read_cut_off(During during) {
        io::listener all = io::listen("any:7000");
        io::accepted next = co_await all.accept();
        io::stream s = std::move(next.connection);
        co_await io::sleep(1);
        net.partition(server, client);
        std::string target(window, 0);
        co_await s.recv_exactly_into(target);
        co_await during(s);
        net.heal(server, client);
        const std::string rest = co_await read_all(s);
        received = window + rest.size();
    }
    io::task<> send(std::size_t size) {
        io::stream s = co_await connect(server.at(port));
        co_await s.sendall(std::string(size, 'x'));
    }

    std::size_t received = 0;
};

TEST_F(unheard_window, that_opened_while_nobody_waited_does_not_stop_a_later_send) {
    server.spawn(read_cut_off([](io::stream&) { return io::sleep(0); }));
    client.spawn([&]() -> io::task<> {
        io::stream s = co_await connect(server.at(port));
        co_await s.sendall(std::string(window, 'x'));
        co_await io::sleep(2);
        co_await s.sendall("more");
    });
    net.run();
    EXPECT_EQ(received, window + 4);
}

TEST_F(unheard_window, that_opened_during_a_long_cut_is_found_out_when_it_heals) {
    constexpr std::size_t much = 1'000'000;
    server.spawn(read_cut_off([](io::stream&) { return io::sleep(150); }));
    client.spawn(send(much));
    net.run();
    EXPECT_EQ(received, much);
}

// It is acknowledged, and nothing says that the acknowledgement arrives.
TEST_F(unheard_window, is_not_told_by_a_duplicate_that_comes_late) {
    constexpr std::size_t much = 100'000;
    server.spawn(read_cut_off([](io::stream& s) {
        auto& inside = static_cast<detail::sim_socket&>(*s.native_endpoint()->via);
        detail::packet late;
        late.flags = detail::packet::ack;
        late.from = inside.remote;
        late.to = inside.local;
        late.flow = 1;
        late.number = 1;
        late.acknowledged = 1;
        late.window = window;
        late.payload = "x";
        inside.on.receive(late);
        return io::sleep(0);
    }));
    client.spawn(send(much));
    net.run();
    EXPECT_EQ(received, much);
}

// A server that does not read, and a client that sends more than there is room for.
class full_window : public tcp {
protected:
    full_window() {
        serve([this](io::stream s) -> io::task<> {
            co_await io::sleep(1);
            if (resets_unheard) {
                net.partition(server, client);
                s.reset();
                net.heal(server, client);
            }
            io::event never;
            co_await never.wait();
        });
        client.spawn([this]() -> io::task<> {
            io::stream s = co_await connect(server.at(port));
            const auto sent = co_await s.try_sendall(std::string(1'000'000, 'x'));
            if (!sent) error = sent.error().code().value();
            ended = net.now();
        });
    }

    bool resets_unheard = false;
    int error = 0;
    duration ended;
};

TEST_F(full_window, of_a_peer_that_never_reads_is_a_deadlock) {
    EXPECT_THROW(net.run(), deadlock);
    EXPECT_LT(net.now(), duration(2));
}

TEST_F(full_window, of_a_host_that_crashes_ends_in_a_timeout) {
    net.run_for(1);
    server.crash();
    net.run();
    EXPECT_EQ(error, ETIMEDOUT);
    // Full at 0.04 s. Two probes are answered, after 0.2 and 0.4 s; the fifteen after 0.8, 1.6, …,
    // 120 s are not, and 120 s later it is over.
    EXPECT_EQ(ended, duration(0.04 + 0.2 * 1023 + 8 * 120));
}

TEST_F(full_window, of_a_host_that_is_cut_off_for_good_ends_in_a_timeout) {
    net.run_for(1);
    net.partition(server, client);
    net.run();
    EXPECT_EQ(error, ETIMEDOUT);
}

TEST_F(full_window, on_a_link_that_loses_everything_ends_in_a_timeout) {
    net.run_for(0.1);
    net.link(server, client, {.latency = 0.01, .loss = 1});
    net.run();
    EXPECT_EQ(error, ETIMEDOUT);
}

TEST_F(full_window, of_a_host_that_came_back_ends_in_a_reset) {
    net.run_for(1);
    server.crash();
    server.restart();
    net.run();
    EXPECT_EQ(error, ECONNRESET);
    EXPECT_EQ(ended, duration(0.04 + 0.2 + 0.4 + 0.8 + 0.02)) << "the third probe's answer";
}

TEST_F(full_window, of_a_peer_whose_reset_was_lost_ends_in_a_reset) {
    resets_unheard = true;
    net.run();
    EXPECT_EQ(error, ECONNRESET);
}

TEST_F(tcp, a_peer_that_came_back_resets_an_old_connection) {
    serve(until_the_end);
    result<std::size_t> sent = 0U;
    result<io::chunk> got;
    client.spawn([&]() -> io::task<> {
        io::stream s = co_await connect(server.at(port));
        server.crash();
        server.restart();
        sent = co_await s.try_send("are you there?");
        got = co_await s.try_recv();
    });
    net.run();
    EXPECT_TRUE(sent);
    ASSERT_FALSE(got);
    EXPECT_EQ(got.error().code().value(), ECONNRESET);
    EXPECT_EQ(net.now(), duration(0.04));
}

TEST_F(tcp, a_peer_that_is_gone_is_not_missed_until_something_is_sent) {
    serve(until_the_end);
    std::optional<result<io::chunk>> got;
    duration gave_up;
    client.spawn([&]() -> io::task<> {
        io::stream s = co_await connect(server.at(port));
        server.crash();
        EXPECT_FALSE((co_await io::move_on_after(3600, s.recv())).has_value());
        co_await s.sendall("are you there?");
        got = co_await s.try_recv();
        gave_up = net.now();
    });
    net.run();
    ASSERT_FALSE(*got);
    EXPECT_EQ(got->error().code(), std::errc::timed_out);
    // 200 ms, doubled up to 120 s: the sixteenth time is the last.
    EXPECT_EQ(gave_up, duration(0.02 + 3600 + 0.2 * 1023 + 6 * 120));
}

TEST_F(tcp, a_port_in_time_wait_is_free_after_a_minute) {
    const auto try_to_bind = [this](int& error) {
        server.spawn([this, &error]() -> io::task<> {
            const raw_socket s(AF_INET, SOCK_STREAM);
            error = -bind_now(*s, server.at(port));
            co_return;
        });
        net.run();
    };
    server.spawn([]() -> io::task<> {
        io::listener all = io::listen("any:7000");
        const io::stream closed_first = (co_await all.accept()).connection;
    });
    client.spawn([this]() -> io::task<> {
        io::stream s = co_await connect(server.at(port));
        co_await read_all(s);
    });
    net.run_for(1);
    int error = 0;
    try_to_bind(error);
    EXPECT_EQ(error, EADDRINUSE);
    net.run_for(60);
    try_to_bind(error);
    EXPECT_EQ(error, 0);
}

TEST_F(tcp, a_host_without_a_free_port_has_no_address_to_connect_from) {
    serve(echo);
    std::vector<int> errors;
    client.spawn([&]() -> io::task<> {
        std::vector<raw_socket> all;
        for (int each = 32768; each <= 60999; ++each) {
            all.emplace_back(AF_INET, SOCK_STREAM);
            const auto number = static_cast<std::uint16_t>(each);
            EXPECT_EQ(bind_now(*all.back(), address::ipv4("10.0.0.2", number)), 0);
        }
        errors.push_back(co_await try_connect(server.at(port)));
        const raw_socket last(AF_INET, SOCK_STREAM);
        errors.push_back(-bind_now(*last, address::ipv4("10.0.0.2", 0)));
    });
    net.run();
    EXPECT_EQ(errors, (std::vector{EADDRNOTAVAIL, EADDRINUSE}));
}

TEST_F(tcp, a_deadline_passes_in_virtual_time) {
    serve(until_the_end);
    client.spawn([&]() -> io::task<> {
        io::stream s = co_await connect(server.at(port));
        const auto outcome = co_await io::fail_after(30, s.try_recv());
        EXPECT_EQ(outcome.error().code(), std::errc::timed_out);
    });
    net.run();
    EXPECT_EQ(net.now(), duration(30.02));
}

TEST_F(tcp, closing_with_unread_bytes_resets_the_peer_across_the_link) {
    serve([](io::stream s) -> io::task<> {
        char byte = 0;
        co_await s.recv_into({&byte, 1}, MSG_PEEK);
        s.reset();
    });
    result<io::chunk> got;
    client.spawn([&]() -> io::task<> {
        io::stream s = co_await connect(server.at(port));
        co_await s.sendall("unread");
        got = co_await s.try_recv();
    });
    net.run();
    ASSERT_FALSE(got);
    EXPECT_EQ(got.error().code().value(), ECONNRESET);
    EXPECT_EQ(net.now(), duration(0.04));
}

TEST_F(tcp, a_new_connection_from_an_old_port_replaces_what_a_crash_left) {
    serve(until_the_end);
    const address from = address::ipv4("10.0.0.2", 5000);
    const auto once = [&]() -> io::task<> {
        const raw_socket s(AF_INET, SOCK_STREAM);
        EXPECT_EQ(bind_now(*s, from), 0);
        co_await io::detail::throwing<io::detail::connect_wait>(s.get(), server.at(port));
        co_await io::sleep(1);
    };
    client.spawn(once);
    net.run_for(0.5);
    client.crash();
    client.restart();
    client.spawn(once);
    net.run();
    // The SYN is answered as of the old connection, which is then reset; the second SYN is new.
    EXPECT_EQ(net.now(), duration(0.5 + 1 + 0.02 + 1));
}

}  // namespace
}  // namespace priz::sim
