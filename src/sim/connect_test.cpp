// Connecting by name in the simulator: the same verb, with exact times.
#include <netdb.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>

#include "priz/io/resolve.hpp"
#include "sim/test_sockets.hpp"

namespace priz::sim {
namespace {

// A client, a name server, and a server with an address of each family whose links differ. A
// round trip to the name server, or to a server's address that is near, takes two milliseconds.
class connect_by_name : public ::testing::Test {
protected:
    connect_by_name() { names = &net.add_name_server("10.0.0.53"); }

    static io::task<> accept_all() {
        io::listener all = io::listen("any:80");
        for (;;) const io::accepted next = co_await all.accept();
    }

    // Connects on the client; how long that took is in `elapsed`.
    result<io::stream> connected(std::string_view name, io::connect_options options = {}) {
        result<io::stream> made = io::stream();
        client.spawn([&]() -> io::task<> {
            const std::int64_t began = net.now().nanoseconds();
            made = co_await io::try_connect(name, 80, options);
            elapsed = std::chrono::nanoseconds(net.now().nanoseconds() - began);
            if (!made) co_return;
            remote = made->getpeername();
            made->reset();
        });
        net.run();
        return made;
    }

    network net{7};
    host& client = net.add_host("client", {"10.0.0.1", "2001:db8::1"});
    host* names;
    std::chrono::nanoseconds elapsed{};
    address remote;
};

using namespace std::chrono_literals;

constexpr auto round_trip = 2ms;

TEST_F(connect_by_name, a_look_up_and_a_handshake_take_a_round_trip_each) {
    net.add_host("www", "10.0.0.2").spawn_daemon(accept_all());
    EXPECT_TRUE(connected("www"));
    EXPECT_EQ(remote.str(), "10.0.0.2:80");
    EXPECT_EQ(elapsed, round_trip + round_trip);
}

// The hosts file of a program's own knows a name whose IPv6 address leads nowhere.
TEST_F(connect_by_name, an_address_that_does_not_answer_costs_the_delay_exactly) {
    net.add_host("lost", "2001:db8::2").crash();
    net.add_host("found", "10.0.0.2").spawn_daemon(accept_all());
    const std::string path = ::testing::TempDir() + "sim_hosts." + std::to_string(::getpid());
    std::ofstream(path) << "10.0.0.2 www\n2001:db8::2 www\n";
    const resolver settings{.hosts_file = path, .nsswitch_file = "/dev/null"};
    EXPECT_TRUE(connected("www", {.through = &settings}));
    EXPECT_EQ(remote.str(), "10.0.0.2:80");
    EXPECT_EQ(elapsed, 250ms + round_trip);
    EXPECT_TRUE(connected("www", {.attempt_delay = 1.5, .through = &settings}));
    EXPECT_EQ(elapsed, 1500ms + round_trip);
    std::filesystem::remove(path);
}

TEST_F(connect_by_name, a_refusal_starts_the_next_address_at_once) {
    host& www = net.add_host("www", {"10.0.0.2", "2001:db8::2"});
    www.spawn_daemon([]() -> io::task<> {
        const io::listener only_v4 = io::listen("10.0.0.2:80");
        co_await io::sleep(1000);
    });
    EXPECT_TRUE(connected("www"));
    EXPECT_EQ(remote.str(), "10.0.0.2:80");
    EXPECT_EQ(elapsed, round_trip + round_trip + round_trip);
}

TEST_F(connect_by_name, both_families_are_sorted_by_the_routes_of_the_network) {
    net.add_host("www", {"10.0.0.2", "2001:db8::2"}).spawn_daemon(accept_all());
    EXPECT_TRUE(connected("www"));
    EXPECT_EQ(remote.str(), "[2001:db8::2]:80");
    EXPECT_EQ(elapsed, round_trip + round_trip);
}

TEST_F(connect_by_name, a_name_that_nobody_has_is_told_by_the_name_server) {
    const auto made = connected("nobody");
    EXPECT_EQ(made.error().code(), std::error_code(EAI_NONAME, gai_category()));
    EXPECT_EQ(made.error().message(),
              "connect nobody: name or service not known: check its spelling");
    EXPECT_EQ(elapsed, round_trip);
}

TEST_F(connect_by_name, a_name_server_that_is_down_is_asked_twice_and_given_up) {
    names->crash();
    const auto made = connected("www");
    EXPECT_EQ(made.error().code(), std::error_code(EAI_AGAIN, gai_category()));
    EXPECT_EQ(elapsed, 5s + 10s);
    const resolver hasty{.servers = {"10.0.0.53"}, .patience = 0.5, .tries = 3};
    EXPECT_FALSE(connected("www", {.through = &hasty}));
    EXPECT_EQ(elapsed, 500ms + 1s + 2s);
}

TEST_F(connect_by_name, after_a_name_server_that_is_down_the_next_one_is_asked) {
    names->crash();
    net.add_name_server("10.0.0.54");
    net.add_host("www", "10.0.0.2").spawn_daemon(accept_all());
    EXPECT_TRUE(connected("www"));
    EXPECT_EQ(elapsed, 5s + round_trip + round_trip);
}

TEST_F(connect_by_name, a_deadline_covers_the_look_up_and_the_attempts) {
    names->crash();
    std::string told;
    client.spawn([&]() -> io::task<> {
        try {
            const io::stream s = co_await io::fail_after(3, io::connect("www", 80));
        } catch (const timeout& late) {
            told = late.what();
        }
        EXPECT_EQ(net.now(), duration(3));
        EXPECT_FALSE(co_await io::move_on_after(4, io::connect("www", 80)));
    });
    net.run();
    EXPECT_EQ(net.now(), duration(7));
    EXPECT_EQ(told, "connect www: timed out");
}

TEST_F(connect_by_name, lost_questions_are_asked_again) {
    net.add_host("www", "10.0.0.2").spawn_daemon(accept_all());
    net.partition(client, *names);
    net.spawn([&]() -> io::task<> {
        co_await io::sleep(1);
        net.heal(client, *names);
    });
    EXPECT_TRUE(connected("www"));
    EXPECT_EQ(elapsed, 5s + round_trip + round_trip);
}

TEST(connect_without_names, a_network_without_a_name_server_knows_none) {
    network net(1);
    std::error_code cause;
    net.add_host("client", "10.0.0.1").spawn([&]() -> io::task<> {
        const auto found = co_await io::try_getaddrinfo("client", 80);
        cause = found.error().code();
    });
    net.run();
    EXPECT_EQ(cause, std::error_code(EAI_AGAIN, gai_category()));
    EXPECT_LT(net.now(), duration(0.01));
}

TEST(connect_without_names, the_loopbacks_need_no_name_server) {
    network net(1);
    host& only = net.add_host("only", "10.0.0.1");
    only.spawn_daemon([]() -> io::task<> {
        io::listener all = io::listen("any:80");
        for (;;) const io::accepted next = co_await all.accept();
    });
    std::string remotes;
    only.spawn([&]() -> io::task<> {
        for (const char* const name : {":80", "localhost:80", "127.0.0.1:80"})
            remotes += (co_await io::connect(name)).getpeername().str() + " ";
    });
    net.run();
    EXPECT_EQ(remotes, "[::1]:80 [::1]:80 127.0.0.1:80 ");
}

TEST(connect_without_names, a_seed_gives_the_same_trace_again_with_every_kind_of_fault) {
    const auto play = [](std::uint64_t seed) {
        network net({.seed = seed,
                     .link = {.latency = 0.01, .jitter = 0.01, .loss = 0.1, .duplication = 0.1},
                     .faults = {.short_reads = 0.3,
                                .short_writes = 0.3,
                                .spurious_wakes = 0.2,
                                .interruptions = 0.2,
                                .no_descriptors = 0.1,
                                .no_buffers = 0.1,
                                .aborted_accepts = 0.1,
                                .stalls = 0.1}});
        net.add_name_server("10.0.0.53");
        net.add_host("www", {"10.0.0.2", "2001:db8::2"}).spawn_daemon([]() -> io::task<> {
            auto all = io::try_listen("any:80");
            while (!all) all = io::try_listen("any:80");
            for (bool is_told_to_end = false; !is_told_to_end;) {
                auto next = co_await all->try_accept();
                is_told_to_end = !next && next.error().code() == errc::cancelled;
                if (next) co_await io::move_on_after(1, next->connection.try_recv());
            }
        });
        host& client = net.add_host("client", {"10.0.0.1", "2001:db8::1"});
        for (int i = 0; i < 5; ++i)
            client.spawn([]() -> io::task<> {
                auto made = co_await io::move_on_after(9, io::try_connect("www", 80));
                if (made && *made) co_await (*made)->try_sendall("for a short receive");
            });
        net.run();
        return net.trace();
    };
    std::string all;
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        const std::string trace = play(seed);
        EXPECT_EQ(trace, play(seed)) << seed;
        all += trace;
    }
    for (const char* const fault :
         {"a receive of at most", "a send of at most", "is said to be ready", "EINTR", "EMFILE",
          "ENOBUFS", "ECONNABORTED", "stalls until"})
        EXPECT_TRUE(all.contains(fault)) << fault;
}

}  // namespace
}  // namespace priz::sim
