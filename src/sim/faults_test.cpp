// The faults that a network can be told to have: each is met by a program, is in the trace, and
// does no harm where a program deals with it.
#include "sim/test_sockets.hpp"

namespace priz::sim {
namespace {

struct met {
    std::string trace;
    std::string errors;  // each error's name once
};

void remember(std::string& errors, const failure& why) {
    const std::string name = error_text(why) + " ";
    if (!errors.contains(name)) errors += name;
}

io::task<> serve(std::string& errors) {
    io::listener all = io::listen("any:7000");
    co_await io::with_scope([&](io::scope& group) -> io::task<> {
        for (;;) {
            auto next = co_await all.try_accept();
            if (!next) {
                if (next.error().code() == errc::cancelled) co_return;
                remember(errors, next.error());
                continue;
            }
            group.spawn([s = std::move(next->connection), &errors]() mutable -> io::task<> {
                for (;;) {
                    auto data = co_await s.try_recv();
                    if (!data) remember(errors, data.error());
                    if (!data || data->empty()) break;
                    const auto sent =
                        co_await s.try_sendall(bytes_view(data->data(), data->size()));
                    if (!sent) remember(errors, sent.error());
                }
            });
        }
    });
}

io::task<> ask(address where, std::string& errors) {
    for (int i = 0; i < 20; ++i) {
        try {
            io::stream s = co_await connect(where);
            co_await s.sendall("a question of some length");
            co_await s.shutdown(SHUT_WR);
            co_await io::fail_after(1, read_all(s));
        } catch (const error& problem) {
            remember(errors, problem.why());
        }
    }
}

met run_with(const fault_rates& faults) {
    network net(network_options{.seed = 3, .faults = faults});
    host& server = net.add_host("server", "10.0.0.1");
    host& client = net.add_host("client", "10.0.0.2");
    met seen;
    server.spawn_daemon([&]() -> io::task<> { return serve(seen.errors); });
    client.spawn([&]() -> io::task<> {
        co_await io::sleep(1);
        co_await ask(server.at(7000), seen.errors);
    });
    net.run();
    seen.trace = net.trace();
    return seen;
}

std::size_t count(std::string_view text, std::string_view what) {
    std::size_t found = 0;
    for (auto at = text.find(what); at != text.npos; at = text.find(what, at + 1)) ++found;
    return found;
}

TEST(faults, there_are_none_by_default) {
    const met seen = run_with({});
    EXPECT_EQ(count(seen.trace, "fault"), 0U);
    EXPECT_EQ(seen.errors, "");
}

TEST(faults, short_reads_lose_nothing) {
    const met seen = run_with({.short_reads = 0.5});
    EXPECT_GT(count(seen.trace, "fault: a receive of at most"), 5U);
    EXPECT_EQ(seen.errors, "");
}

TEST(faults, short_writes_lose_nothing) {
    const met seen = run_with({.short_writes = 0.5});
    EXPECT_GT(count(seen.trace, "fault: a send of at most"), 5U);
    EXPECT_EQ(seen.errors, "");
}

TEST(faults, a_wake_up_for_nothing_is_not_noticed) {
    const met seen = run_with({.spurious_wakes = 0.5});
    EXPECT_GT(count(seen.trace, "is said to be ready"), 5U);
    EXPECT_EQ(seen.errors, "");
}

TEST(faults, a_stall_takes_time_and_nothing_else) {
    const met seen = run_with({.stalls = 0.5, .longest_stall = 0.005});
    EXPECT_GT(count(seen.trace, "fault: stalls until"), 5U);
    EXPECT_EQ(seen.errors, "");
}

TEST(faults, descriptors_run_out) {
    EXPECT_EQ(run_with({.no_descriptors = 0.2}).errors, "EMFILE ");
}

TEST(faults, buffers_run_out) {
    const met seen = run_with({.no_buffers = 0.2});
    EXPECT_TRUE(seen.errors.contains("ENOBUFS")) << seen.errors;
}

TEST(faults, a_connection_is_aborted_before_it_is_accepted) {
    const met seen = run_with({.aborted_accepts = 0.3});
    EXPECT_TRUE(seen.errors.contains("ECONNABORTED")) << seen.errors;
    EXPECT_TRUE(seen.errors.contains("ECONNRESET")) << seen.errors;
}

TEST(faults, interrupted_calls_are_made_again) {
    for (const double rate : {0.2, 1.0}) {
        const met seen = run_with({.interruptions = rate});
        for (const char* const what : {"a receive", "a send", "an accept", "a connect"})
            EXPECT_GT(count(seen.trace, std::string("fault: EINTR for ") + what), 1U) << rate;
        EXPECT_EQ(seen.errors, "");
    }
}

}  // namespace
}  // namespace priz::sim
