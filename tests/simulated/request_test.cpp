// A request over UDP that is repeated until it is answered, on networks of all kinds.
#include <gtest/gtest.h>
#include <priz/io.hpp>
#include <priz/sim.hpp>

#include <string>

namespace {

namespace io = priz::io;
namespace sim = priz::sim;

io::task<> answer_requests() {
    io::datagram d = io::bind("udp://any:5000");
    for (;;) {
        const auto [data, from] = co_await d.recvfrom();
        co_await d.sendto("answer to " + std::string(data.text()), from);
    }
}

io::task<std::string> request(priz::address server, std::string question) {
    io::datagram d = io::bind(priz::address::ipv4("0.0.0.0", 0));
    for (;;) {
        co_await d.sendto(question, server);
        const auto answer = co_await io::move_on_after(0.5, d.recv());
        if (answer) co_return std::string(answer->text());
    }
}

struct outcome {
    std::string answer;
    priz::duration took;
    std::string trace;
};

outcome ask_over(const sim::link_options& link, std::uint64_t seed) {
    sim::network net(seed);
    sim::host& server = net.add_host("server", "10.0.0.1");
    sim::host& client = net.add_host("client", "10.0.0.2");
    net.link(server, client, link);
    server.spawn_daemon(answer_requests());
    outcome found;
    client.spawn([&]() -> io::task<> {
        found.answer = co_await request(server.at(5000), "question");
        found.took = net.now();
    });
    net.run();
    found.trace = net.trace();
    return found;
}

TEST(request, takes_a_round_trip_on_a_good_network) {
    const outcome found = ask_over({.latency = 0.05}, 1);
    EXPECT_EQ(found.answer, "answer to question");
    EXPECT_EQ(found.took, priz::duration(0.1));
}

TEST(request, is_answered_on_a_bad_network_for_every_seed) {
    for (std::uint64_t seed = 1; seed <= 100; ++seed) {
        const sim::link_options link = {
            .latency = 0.05, .jitter = 0.1, .loss = 0.5, .duplication = 0.1, .reordering = 0.1};
        const outcome found = ask_over(link, seed);
        EXPECT_EQ(found.answer, "answer to question") << "with the seed " << seed;
        EXPECT_EQ(found.trace, ask_over(link, seed).trace);
    }
}

TEST(request, outlives_a_crash_of_the_server) {
    sim::network net(1);
    sim::host& server = net.add_host("server", "10.0.0.1");
    sim::host& client = net.add_host("client", "10.0.0.2");
    server.crash();
    net.spawn([&]() -> io::task<> {
        co_await io::sleep(3.2);
        server.restart();
        server.spawn_daemon(answer_requests());
    });
    std::string answer;
    client.spawn([&]() -> io::task<> { answer = co_await request(server.at(5000), "question"); });
    net.run();
    EXPECT_EQ(answer, "answer to question");
    EXPECT_EQ(net.now(), priz::duration(3.502));
}

TEST(request, that_nobody_can_answer_is_given_up_by_its_deadline) {
    sim::network net(1);
    sim::host& server = net.add_host("server", "10.0.0.1");
    sim::host& client = net.add_host("client", "10.0.0.2");
    server.spawn_daemon(answer_requests());
    net.partition(server, client);
    client.spawn([&]() -> io::task<> {
        EXPECT_THROW(co_await io::fail_after(60, request(server.at(5000), "question")),
                     priz::timeout);
    });
    net.run();
    EXPECT_EQ(net.now(), priz::duration(60));
}

}  // namespace
