#include "priz/sim/network.hpp"

#include <algorithm>
#include <set>

#include "sim/random.hpp"
#include "sim/test_sockets.hpp"

namespace priz::sim {
namespace {

io::task<> serve_echo() {
    io::listener all = io::listen("any:7000");
    co_await io::with_scope([&](io::scope& group) -> io::task<> {
        for (;;) group.spawn(echo((co_await all.accept()).connection));
    });
}

io::task<> talk(address to, std::string text, std::string& answer) {
    io::stream s = co_await connect(to);
    co_await s.sendall(text);
    co_await s.shutdown(SHUT_WR);
    answer = co_await read_all(s);
}

// Many clients on a bad network with every kind of fault that a program need not notice.
struct busy {
    explicit busy(std::uint64_t seed)
        : net({.seed = seed,
               .link = {.latency = 0.01,
                        .jitter = 0.01,
                        .loss = 0.05,
                        .duplication = 0.05,
                        .reordering = 0.05},
               .faults = {.short_reads = 0.2,
                          .short_writes = 0.2,
                          .spurious_wakes = 0.2,
                          .stalls = 0.1}}) {
        host& server = net.add_host("server", "10.0.0.1");
        server.spawn_daemon(serve_echo());
        for (int i = 0; i < 5; ++i) {
            const std::string number = std::to_string(i);
            host& client = net.add_host("client " + number, "10.0.1." + number);
            sent.push_back(std::string(static_cast<std::size_t>(1000 * i + 1), 'a'));
            answers.emplace_back();
            client.spawn([this, &server, i]() -> io::task<> {
                const auto which = static_cast<std::size_t>(i);
                co_await io::sleep(0.1);
                co_await talk(server.at(7000), sent[which], answers[which]);
            });
        }
        net.run();
    }

    network net;
    std::vector<std::string> sent;
    std::vector<std::string> answers;
};

TEST(network, an_echo_takes_the_round_trips_that_it_takes) {
    network net(1);
    host& server = net.add_host("server", "10.0.0.1");
    host& client = net.add_host("client", "10.0.0.2");
    net.link(server, client, {.latency = 0.01});
    std::string answer;
    server.spawn_daemon(serve_echo());
    client.spawn(talk(server.at(7000), "hello", answer));
    net.run();
    EXPECT_EQ(answer, "hello");
    EXPECT_EQ(net.now(), duration(0.04));
}

TEST(network, a_seed_gives_the_same_trace_again_and_another_seed_another_one) {
    std::set<std::string> traces;
    for (std::uint64_t seed = 1; seed <= 10; ++seed) {
        const busy once(seed);
        const busy again(seed);
        EXPECT_EQ(once.net.trace(), again.net.trace());
        EXPECT_EQ(once.net.fingerprint(), again.net.fingerprint());
        EXPECT_EQ(once.answers, once.sent) << "with the seed " << seed;
        traces.insert(once.net.trace());
        // In --gtest_output, to compare builds by different compilers.
        RecordProperty("seed " + std::to_string(seed), std::to_string(once.net.fingerprint()));
    }
    EXPECT_EQ(traces.size(), 10U);
}

TEST(network, chance_is_splitmix64_by_its_reference_values) {
    detail::chance random(1234567);
    EXPECT_EQ(random.next(), 6457827717110365317U);
    EXPECT_EQ(random.next(), 3203168211198807973U);
    EXPECT_EQ(random.next(), 9817491932198370423U);
}

TEST(network, the_trace_says_what_happened_in_order) {
    network net(1);
    host& a = net.add_host("a", "10.0.0.1");
    a.spawn([]() -> io::task<> {
        const io::listener all = io::listen("10.0.0.1:80");
        co_await io::sleep(1.5);
    });
    net.run();
    a.crash();
    EXPECT_EQ(net.trace(),
              "0.000000000 a: listens at 10.0.0.1:80\n"
              "1.500000000 a: listens no more at 10.0.0.1:80\n"
              "1.500000000 a: crashes\n");
}

TEST(network, a_trace_keeps_the_latest_lines_and_the_fingerprint_of_all) {
    const auto play = [](std::size_t limit) {
        auto net = std::make_unique<network>(network_options{.trace_limit = limit});
        host& a = net->add_host("a", "10.0.0.1");
        for (int i = 0; i < 5; ++i) a.restart();
        return net;
    };
    const auto whole = play(100);
    const auto end = play(1);
    EXPECT_EQ(end->trace(), "0.000000000 a: is up again\n");
    EXPECT_EQ(end->fingerprint(), whole->fingerprint());
    EXPECT_EQ(play(0)->trace(), "");
}

TEST(network, tasks_that_wait_for_nothing_are_a_deadlock) {
    network net(1);
    net.add_host("idle", "10.0.0.1").spawn_daemon(serve_echo());
    host& stuck = net.add_host("stuck", "10.0.0.2");
    bool was_cancelled = false;
    for (int i = 0; i < 2; ++i)
        stuck.spawn([&]() -> io::task<> {
            io::listener all = io::listen("any:0");
            try {
                const io::accepted next = co_await all.accept();
            } catch (const cancelled&) {
                was_cancelled = true;
                throw;
            }
        });
    try {
        net.run();
        FAIL() << "it ended";
    } catch (const deadlock& why) {
        EXPECT_STREQ(why.what(),
                     "nothing can happen any more: idle has 1 task that waits, stuck has 2 tasks "
                     "that wait");
        ASSERT_EQ(why.hosts().size(), 2U);
        EXPECT_EQ(why.hosts()[1].host, "stuck");
    }
    EXPECT_TRUE(was_cancelled);
    EXPECT_EQ(stuck.tasks(), 0U);
}

TEST(network, a_failure_cancels_all_tasks_and_comes_out_of_run) {
    network net(1);
    bool was_cancelled = false;
    net.add_host("waits", "10.0.0.1").spawn([&]() -> io::task<> {
        try {
            co_await io::sleep(100);
        } catch (const cancelled&) {
            was_cancelled = true;
            throw;
        }
    });
    net.add_host("fails", "10.0.0.2").spawn([]() -> io::task<> {
        co_await io::sleep(1);
        throw std::runtime_error("no more");
    });
    EXPECT_THROW(net.run(), std::runtime_error);
    EXPECT_TRUE(was_cancelled);
    EXPECT_EQ(net.now(), duration(1));
}

TEST(network, a_network_can_be_used_after_a_failure) {
    network net(1);
    host& a = net.add_host("a", "10.0.0.1");
    a.spawn([]() -> io::task<> {
        co_await io::sleep(1);
        throw std::runtime_error("no more");
    });
    EXPECT_THROW(net.run(), std::runtime_error);
    bool has_slept = false;
    a.spawn([&]() -> io::task<> {
        co_await io::sleep(1);
        has_slept = true;
    });
    net.run();
    EXPECT_TRUE(has_slept);
}

TEST(network, what_goes_round_in_circles_is_stopped) {
    network net(network_options{.step_limit = 1000});
    net.add_host("a", "10.0.0.1").spawn([]() -> io::task<> {
        for (;;) co_await io::sleep(1);
    });
    EXPECT_THROW(net.run(), too_many_steps);
}

TEST(network, a_busy_task_does_not_stop_the_clock) {
    network net(1);
    host& a = net.add_host("a", "10.0.0.1");
    bool is_time = false;
    a.spawn([&]() -> io::task<> {
        co_await io::sleep(1);
        is_time = true;
    });
    a.spawn([&]() -> io::task<> {
        while (!is_time) co_await io::yield();
    });
    net.run();
    EXPECT_EQ(net.now(), duration(1));
}

TEST(network, time_passes_as_long_as_it_was_told_to) {
    network net(1);
    net.run_for(5);
    EXPECT_EQ(net.now(), duration(5));
    int ticks = 0;
    net.add_host("a", "10.0.0.1").spawn_daemon([&]() -> io::task<> {
        for (;; ++ticks) co_await io::sleep(1);
    });
    net.run_for(3.5);
    EXPECT_EQ(ticks, 3);
    EXPECT_EQ(net.now(), duration(8.5));
    net.run_until([&] { return ticks == 10; });
    EXPECT_EQ(net.now(), duration(15));
}

TEST(network, a_busy_host_does_not_stretch_a_time_limit) {
    network net(1);
    net.add_host("a", "10.0.0.1").spawn_daemon([]() -> io::task<> {
        for (;;) co_await io::yield();
    });
    net.run_for(1);
    EXPECT_EQ(net.now(), duration(1));
}

TEST(network, loops_say_that_they_are_simulated) {
    network net(1);
    std::string name;
    deadline when;
    net.add_host("a", "10.0.0.1").spawn([&]() -> io::task<> {
        name = io::loop::current().backend_name();
        co_await io::sleep(2);
        when = io::loop::current().now();
    });
    net.run();
    EXPECT_EQ(name, "simulated");
    EXPECT_EQ(when, deadline::at(2'000'000'000));
}

TEST(network, work_posted_to_another_hosts_loop_is_done_there) {
    network net(1);
    std::optional<io::loop_handle> to_b;
    bool is_done = false;
    host& b = net.add_host("b", "10.0.0.2");
    b.spawn([&]() -> io::task<> {
        to_b = io::loop::current().handle();
        co_await io::sleep(3);
    });
    net.add_host("a", "10.0.0.1").spawn([&]() -> io::task<> {
        co_await io::sleep(1);
        to_b->post([&]() noexcept { is_done = true; });
        co_await io::sleep(1);
        EXPECT_TRUE(is_done);
    });
    net.run();
    EXPECT_TRUE(is_done);
}

TEST(network, a_crash_cancels_and_disconnects) {
    network net(1);
    host& server = net.add_host("server", "10.0.0.1");
    host& client = net.add_host("client", "10.0.0.2");
    std::string last_words;
    server.spawn([&]() -> io::task<> {
        io::listener all = io::listen("any:7000");
        io::stream s = (co_await all.accept()).connection;
        bool was_cancelled = false;
        try {
            const auto data = co_await s.recv();
        } catch (const cancelled&) {
            was_cancelled = true;
        }
        EXPECT_TRUE(was_cancelled);
        const auto outcome = co_await io::shield(s.try_send("help"));
        last_words = outcome ? "sent" : error_text(outcome.error());
    });
    client.spawn([&]() -> io::task<> {
        io::stream s = co_await connect(server.at(7000));
        co_await io::sleep(1);
        server.crash();
        EXPECT_FALSE((co_await io::move_on_after(10, s.recv())).has_value());
    });
    net.run();
    EXPECT_EQ(last_words, "ENETDOWN");
    EXPECT_FALSE(server.is_up());
    EXPECT_EQ(server.tasks(), 0U);
    server.spawn(serve_echo());
    EXPECT_EQ(server.tasks(), 0U) << "a host that is down starts nothing";
}

TEST(network, a_host_may_crash_itself_and_serve_again) {
    network net(1);
    host& server = net.add_host("server", "10.0.0.1");
    host& client = net.add_host("client", "10.0.0.2");
    server.spawn([&]() -> io::task<> {
        const io::listener all = io::listen("any:7000");
        co_await io::sleep(1);
        server.crash();
        server.restart();
        server.spawn_daemon(serve_echo());
        co_await io::sleep(1);
        ADD_FAILURE() << "it goes on after the crash";
    });
    std::string answer;
    client.spawn([&]() -> io::task<> {
        co_await io::sleep(2);
        co_await talk(server.at(7000), "again", answer);
    });
    net.run();
    EXPECT_EQ(answer, "again");
}

TEST(network, names_and_addresses_are_known_once) {
    network net(1);
    net.add_host("a", {"10.0.0.1", "2001:db8::1"});
    EXPECT_THROW(net.add_host("a", "10.0.0.2"), std::invalid_argument);
    EXPECT_THROW(net.add_host("b", "10.0.0.1"), std::invalid_argument);
    EXPECT_THROW(net.add_host("c", "127.0.0.1"), std::invalid_argument);
    EXPECT_THROW(net.add_host("d", "10.0.0"), error);
    EXPECT_EQ(net.resolve("a"), (std::vector<address>{address::ipv4("10.0.0.1", 0),
                                                      address::ipv6("2001:db8::1", 0)}));
    EXPECT_TRUE(net.resolve("nobody").empty());
}

TEST(network, what_is_left_at_the_end_of_a_network_is_cancelled) {
    bool was_cancelled = false;
    {
        network net(1);
        net.add_host("a", "10.0.0.1").spawn([&]() -> io::task<> {
            try {
                co_await io::sleep(100);
            } catch (const cancelled&) {
                was_cancelled = true;
                throw;
            }
        });
        net.run_for(1);
    }
    EXPECT_TRUE(was_cancelled);
}

}  // namespace
}  // namespace priz::sim
