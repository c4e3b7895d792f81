// A client and a server on a network that is slow, out of order and loses packets, on HTTP/1.1 and
// on HTTP/2. Each seed is a run of its own, which can be had again: LAW_SEEDS=1000 tries that many,
// LAW_SEED=7 one.
#include <gtest/gtest.h>

#include <cstdlib>
#include <set>
#include <string>

#include "priz/http/client.hpp"
#include "priz/http/server.hpp"
#include "priz/io/cancel_scope.hpp"
#include "priz/io/sleep.hpp"
#include "priz/io/when.hpp"
#include "priz/sim.hpp"

namespace priz::http {
namespace {

struct seeds {
    std::uint64_t first = 1;
    std::uint64_t last = 30;
};

seeds asked_for() {
    if (const char* const one = std::getenv("LAW_SEED")) {
        const std::uint64_t seed = std::strtoull(one, nullptr, 10);
        return {seed, seed};
    }
    if (const char* const many = std::getenv("LAW_SEEDS"))
        return {1, std::strtoull(many, nullptr, 10)};
    return {};
}

sim::network_options hard_times(std::uint64_t seed) {
    sim::network_options options;
    options.seed = seed;
    options.link = {.latency = 0.02, .jitter = 0.02, .loss = 0.03, .reordering = 0.1};
    options.faults = {.short_reads = 0.2, .short_writes = 0.2, .spurious_wakes = 0.1};
    return options;
}

server_options in_simulation(io::server& control) {
    server_options options;
    options.serving.signals = {};
    options.serving.notify_service_manager = false;
    options.serving.control = &control;
    return options;
}

struct ledger {
    std::set<std::string> begun;     // requests that a handler was asked to answer
    std::set<std::string> answered;  // that their client has the whole answer to
    std::size_t refused = 0;         // that came to nothing, as the server had gone
};

client_options speaking(http2_use version) {
    client_options options;
    options.http2 = version;
    return options;
}

io::task<> ask_again_and_again(client& asks, ledger& book, std::string name) {
    for (int i = 0; i < 25; ++i) {
        const std::string id = name + "-" + std::to_string(i);
        request_options options;
        options.content = id;
        const auto got = co_await asks.try_request("POST", "http://10.0.0.1:80/", options);
        if (!got) {
            ++book.refused;
            break;
        }
        EXPECT_EQ(got->content, id + std::string(3000, '.'));
        book.answered.insert(id);
    }
}

// Three requests at a time, which HTTP/2 has on one connection.
io::task<> ask_side_by_side(ledger& book, std::string name, http2_use version) {
    client asks(speaking(version));
    auto first = ask_again_and_again(asks, book, name + "a");
    auto second = ask_again_and_again(asks, book, name + "b");
    auto third = ask_again_and_again(asks, book, name + "c");
    co_await io::when_all(std::move(first), std::move(second), std::move(third));
}

class http_simulated : public ::testing::TestWithParam<http2_use> {};

TEST_P(http_simulated, a_server_that_drains_answers_every_request_that_it_has_begun) {
    const auto [first, last] = asked_for();
    std::size_t cut_short = 0;
    for (std::uint64_t seed = first; seed <= last; ++seed) {
        SCOPED_TRACE(::testing::Message() << "LAW_SEED=" << seed);
        ledger book;
        io::server control;
        sim::network net(hard_times(seed));
        auto& serving = net.add_host("server", "10.0.0.1");
        serving.spawn([&]() -> io::task<> {
            server web(in_simulation(control));
            web.post("/", [&book](request& r) -> io::task<std::string> {
                const std::string id = co_await r.text();
                book.begun.insert(id);
                co_await io::sleep(0.01);
                co_return id + std::string(3000, '.');
            });
            co_await web.serve("any:80");
        });
        for (int i = 0; i < 4; ++i) {
            const std::string number = std::to_string(i);
            net.add_host("client" + number, "10.0.1." + number)
                .spawn(ask_side_by_side(book, number, GetParam()));
        }
        net.spawn([&]() -> io::task<> {
            co_await io::sleep(0.5 + 0.1 * static_cast<double>(seed % 17));
            control.drain();
        });
        net.run();
        EXPECT_EQ(book.begun, book.answered);
        cut_short += book.refused;
    }
    // Otherwise nothing was drained.
    EXPECT_GT(cut_short, 0U);
}

TEST_P(http_simulated, one_deadline_covers_name_connection_and_answer) {
    const auto [first, last] = asked_for();
    std::size_t late = 0;
    std::size_t in_time = 0;
    for (std::uint64_t seed = first; seed <= last; ++seed) {
        SCOPED_TRACE(::testing::Message() << "LAW_SEED=" << seed);
        io::server control;  // the network's end is the last that looks at it
        sim::network net(hard_times(seed));
        net.add_name_server("10.0.0.53");
        net.add_host("web.example", "10.0.0.1").spawn_daemon([&]() -> io::task<> {
            server web(in_simulation(control));
            web.get("/", []() -> io::task<std::string> {
                co_await io::sleep(0.4);
                co_return std::string(20'000, 'x');
            });
            co_await web.serve("any:80");
        });
        net.add_host("client", "10.0.1.1").spawn([&]() -> io::task<> {
            co_await io::sleep(1);
            client asks(speaking(GetParam()));
            request_options options;
            options.timeout = 0.9;
            const double began = net.now().seconds();
            const auto got = co_await asks.try_request("GET", "http://web.example/", options);
            const double took = net.now().seconds() - began;
            EXPECT_LE(took, 0.901);
            if (got) {
                EXPECT_EQ(got->content.size(), 20'000U);
                ++in_time;
            } else {
                EXPECT_EQ(got.error().code(), std::errc::timed_out);
                EXPECT_GE(took, 0.899);
                ++late;
            }
        });
        net.run();
    }
    if (first != last) {
        EXPECT_GT(late, 0U);
        EXPECT_GT(in_time, 0U);
    }
}

TEST_P(http_simulated, a_network_that_is_cut_amid_an_answer_is_an_error_in_time) {
    const auto [first, last] = asked_for();
    for (std::uint64_t seed = first; seed <= last; ++seed) {
        SCOPED_TRACE(::testing::Message() << "LAW_SEED=" << seed);
        io::server control;  // the network's end is the last that looks at it
        sim::network net(hard_times(seed));
        auto& far = net.add_host("server", "10.0.0.1");
        auto& near = net.add_host("client", "10.0.1.1");
        far.spawn_daemon([&]() -> io::task<> {
            server web(in_simulation(control));
            web.get("/", [] { return std::string(5'000'000, 'x'); });
            co_await web.serve("any:80");
        });
        near.spawn([&]() -> io::task<> {
            client asks(speaking(GetParam()));
            request_options options;
            options.timeout = 20;
            const double began = net.now().seconds();
            const auto got = co_await asks.try_request("GET", "http://10.0.0.1/", options);
            EXPECT_FALSE(got);
            EXPECT_LE(net.now().seconds() - began, 20.001);
        });
        net.spawn([&]() -> io::task<> {
            co_await io::sleep(0.2);
            net.partition(near, far);
        });
        net.run();
    }
}

INSTANTIATE_TEST_SUITE_P(versions, http_simulated,
                         ::testing::Values(http2_use::never, http2_use::always),
                         [](const auto& of) {
                             return of.param == http2_use::never ? "http1" : "http2";
                         });

}  // namespace
}  // namespace priz::http
