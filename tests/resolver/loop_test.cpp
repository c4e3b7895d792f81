// The same look-up on a loop, as the one that waits.
#include <gtest/gtest.h>
#include <netdb.h>

#include <string>
#include <vector>

#include "core/open_descriptors.hpp"
#include "dns_server.hpp"
#include "priz/io.hpp"
#include "steps_fixture.hpp"

namespace {

namespace io = priz::io;
using dns::answer;
using dns::query;

std::vector<std::string> answers(const query& asked) {
    if (asked.name == "broken.test") return {answer{.code = dns::servfail}.message_for(asked)};
    if (asked.name == "empty.test") return {answer{}.message_for(asked)};
    if (asked.name == "cut.test" && !asked.by_stream)
        return {answer{.truncated = true}.message_for(asked)};
    if (asked.name == "silent.test") return {};
    return dns::table({{"both.test", "127.0.0.1"},
                       {"both.test", "::1"},
                       {"cut.test", "192.0.2.9"},
                       {"local.test", "127.0.0.1"}})(asked);
}

std::string on_loop(const std::string& name, const priz::resolver& settings) {
    return text_of(
        io::run(io::try_getaddrinfo(name, 80, AF_UNSPEC, SOCK_STREAM, 0, AI_CANONNAME, &settings)));
}

std::string at_once(const std::string& name, const priz::resolver& settings) {
    return text_of(priz::try_getaddrinfo(name, 80, AF_UNSPEC, SOCK_STREAM, 0, AI_CANONNAME,
                                         {.timeout = 60, .through = &settings}));
}

TEST(loop, answers_and_errors_are_those_of_the_look_up_that_waits) {
    const dns::server server(answers);
    const auto settings = server.resolver();
    for (const char* const name :
         {"both.test", "cut.test", "nobody.test", "empty.test", "broken.test", "127.0.0.1"}) {
        const std::string found = on_loop(name, settings);
        EXPECT_EQ(found, at_once(name, settings)) << name;
        EXPECT_NE(found, "") << name;
    }
    EXPECT_GT(server.by_stream(), 0) << "what is cut is asked for again by a stream";
}

TEST(loop, after_a_server_that_says_nothing_the_next_one_is_asked) {
    const dns::server silent([](const query&) { return std::vector<std::string>(); });
    const dns::server server(answers);
    auto settings = server.resolver();
    settings.servers.insert(settings.servers.begin(), silent.where());
    settings.patience = 0.01;
    EXPECT_EQ(on_loop("local.test", settings), "127.0.0.1:80 1 6 local.test\n");
    EXPECT_GT(silent.queries(), 0);
}

TEST(loop, a_name_is_connected_to) {
    const dns::server server(answers);
    const auto settings = server.resolver();
    io::run([](const priz::resolver& through) -> io::task<> {
        const io::listener all = io::listen("127.0.0.1:0");
        const auto port = all.getsockname().port();
        const io::stream s = co_await io::connect("both.test", port, {.through = &through});
        EXPECT_EQ(s.getpeername(), all.getsockname());
    }(settings));
}

TEST(loop, a_deadline_ends_a_look_up_that_nobody_answers) {
    const dns::server server(answers);
    const auto settings = server.resolver();
    const std::size_t before = priz::test::open_descriptors();
    io::run([](const priz::resolver& through) -> io::task<> {
        std::string told;
        try {
            const io::stream s = co_await io::fail_after(
                0.01, io::connect("silent.test", 80, {.through = &through}));
        } catch (const priz::timeout& late) {
            told = late.what();
        }
        EXPECT_EQ(told, "connect silent.test: timed out");
    }(settings));
    EXPECT_EQ(priz::test::open_descriptors(), before);
}

}  // namespace
