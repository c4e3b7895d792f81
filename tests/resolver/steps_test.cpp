// The same look-up in steps, which the test waits for, and as one call.
#include <gtest/gtest.h>
#include <poll.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/open_descriptors.hpp"
#include "dns_server.hpp"
#include "libc_fixture.hpp"
#include "steps_fixture.hpp"

namespace {

using dns::answer;
using dns::query;
using priz::lookup_steps;

std::error_code gai(int value) { return {value, priz::gai_category()}; }

std::vector<std::string> silence(const query&) { return {}; }

std::vector<lookup_steps::watched> wait_for(lookup_steps& steps) {
    std::vector<::pollfd> fds;
    for (const auto& one : steps.watches())
        fds.push_back(
            {one.fd, static_cast<short>((one.reads ? POLLIN : 0) | (one.writes ? POLLOUT : 0)), 0});
    const auto left = steps.next().remaining();
    const std::int64_t ns = left.value_or(priz::duration()).nanoseconds();
    const ::timespec limit{ns / 1'000'000'000, ns % 1'000'000'000};
    EXPECT_GE(::ppoll(fds.data(), fds.size(), left ? &limit : nullptr, nullptr), 0);
    std::vector<lookup_steps::watched> ready;
    for (const ::pollfd& one : fds)
        ready.push_back({one.fd, (one.revents & ~POLLOUT) != 0, (one.revents & ~POLLIN) != 0});
    return ready;
}

auto finish(lookup_steps& steps) {
    while (!steps.is_done()) steps.advance(wait_for(steps));
    EXPECT_TRUE(steps.watches().empty());
    EXPECT_TRUE(steps.next().is_never());
    return steps.take();
}

struct question {
    std::string name;
    priz::service port = 80;
    int family = AF_UNSPEC;
    int type = 0;
    int flags = 0;
};

lookup_steps begin(const question& asked, const priz::resolver& settings) {
    return lookup_steps(asked.name, asked.port, asked.family, asked.type, 0, asked.flags,
                        {.through = &settings});
}

auto in_steps(const question& asked, const priz::resolver& settings) {
    lookup_steps steps = begin(asked, settings);
    return finish(steps);
}

auto at_once(const question& asked, const priz::resolver& settings) {
    return priz::try_getaddrinfo(asked.name, asked.port, asked.family, asked.type, 0, asked.flags,
                                 {.timeout = 60, .through = &settings});
}

std::vector<std::string> answers(const query& asked) {
    if (asked.name == "broken.test") return {answer{.code = dns::servfail}.message_for(asked)};
    if (asked.name == "empty.test") return {answer{}.message_for(asked)};
    if (asked.name == "cut.test" && !asked.by_stream)
        return {answer{.truncated = true}.message_for(asked)};
    if (asked.name == "www.test") {
        answer chain{.records = {dns::name_record("www.test", dns::cname, "node7.test")}};
        chain.records.push_back(
            dns::address_record("node7.test", asked.type == dns::a ? "192.0.2.7" : "2001:db8::7"));
        return {chain.message_for(asked)};
    }
    return dns::table({{"both.test", "192.0.2.1"},
                       {"both.test", "2001:db8::1"},
                       {"both.test", "127.0.0.1"},
                       {"both.test", "::1"},
                       {"four.test", "192.0.2.4"},
                       {"cut.test", "192.0.2.5"}})(asked);
}

TEST(steps, find_what_the_look_up_that_waits_finds) {
    const dns::server server(answers);
    const auto settings = server.resolver();
    const question table[] = {
        {.name = "both.test"},
        {.name = "both.test.", .port = "domain", .flags = AI_CANONNAME},
        {.name = "both.test", .family = AF_INET, .type = SOCK_STREAM},
        {.name = "both.test", .family = AF_INET6, .type = SOCK_DGRAM},
        {.name = "both.test", .family = AF_INET6, .flags = AI_V4MAPPED},
        {.name = "both.test", .family = AF_INET6, .flags = AI_V4MAPPED | AI_ALL},
        {.name = "both.test", .flags = AI_ADDRCONFIG},
        {.name = "both.test", .port = "nosuchservice"},
        {.name = "four.test"},
        {.name = "four.test", .family = AF_INET6},
        {.name = "four.test", .family = AF_INET6, .flags = AI_V4MAPPED | AI_CANONNAME},
        {.name = "four.test", .family = AF_INET6, .flags = AI_V4MAPPED | AI_ALL},
        {.name = "cut.test", .type = SOCK_STREAM},
        {.name = "www.test", .type = SOCK_STREAM, .flags = AI_CANONNAME},
        {.name = "broken.test"},
        {.name = "broken.test", .family = AF_INET6, .flags = AI_V4MAPPED},
        {.name = "empty.test"},
        {.name = "nosuch.test"},
        {.name = "nosuch.test", .family = AF_INET6, .flags = AI_V4MAPPED | AI_ALL},
        {.name = "a..test"},
        {.name = std::string(64, 'x') + ".test"},
        {.name = std::string(2000, 'x')},
    };
    for (const question& asked : table) {
        SCOPED_TRACE(asked.name + " " + std::to_string(&asked - table));
        EXPECT_EQ(text_of(in_steps(asked, settings)), text_of(at_once(asked, settings)));
    }
}

TEST(steps, a_name_has_the_addresses_that_the_server_knows) {
    const dns::server server(answers);
    EXPECT_EQ(text_of(in_steps({.name = "both.test", .family = AF_INET, .type = SOCK_STREAM},
                               server.resolver())),
              "127.0.0.1:80 1 6 \n192.0.2.1:80 1 6 \n");
    EXPECT_EQ(server.queries(), 1);
}

TEST(steps, a_name_that_does_not_exist_says_so) {
    const dns::server server(answers);
    const auto found = in_steps({.name = "nosuch.test"}, server.resolver());
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().code(), gai(EAI_NONAME));
}

TEST(steps, an_answer_that_was_cut_is_fetched_by_stream) {
    const dns::server server(answers);
    const auto found = in_steps({.name = "cut.test", .family = AF_INET}, server.resolver());
    ASSERT_TRUE(found);
    EXPECT_EQ(found->front().address.host(), "192.0.2.5");
    EXPECT_EQ(server.by_stream(), 1);
}

TEST(steps, a_silent_server_is_asked_as_often_as_the_settings_say) {
    const dns::server server(silence);
    priz::resolver settings = server.resolver();
    settings.patience = 0.01;
    settings.tries = 3;
    const auto found = in_steps({.name = "silent.test.", .family = AF_INET}, settings);
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().code(), gai(EAI_AGAIN));
    EXPECT_EQ(server.queries(), 3);
}

TEST(steps, nothing_that_has_not_happened_ends_it) {
    const dns::server server(silence);
    priz::resolver settings = server.resolver();
    settings.patience = 3600;
    lookup_steps steps = begin({.name = "silent.test."}, settings);
    steps.advance({});
    const std::vector<lookup_steps::watched> spurious(steps.watches().begin(),
                                                      steps.watches().end());
    ASSERT_EQ(spurious.size(), 1U);
    EXPECT_TRUE(spurious.front().reads);
    EXPECT_FALSE(spurious.front().writes);
    steps.advance(spurious);
    const lookup_steps::watched another{0, true, true};
    steps.advance(std::span(&another, 1));
    EXPECT_FALSE(steps.is_done());
    EXPECT_FALSE(steps.next().is_never());
    EXPECT_FALSE(steps.next().has_passed());
    EXPECT_TRUE(steps.take().error().would_block());
}

TEST(steps, a_look_up_that_is_abandoned_leaves_no_descriptor) {
    const dns::server server(silence);
    const auto settings = server.resolver();
    const std::size_t before = priz::test::open_descriptors();
    {
        const lookup_steps steps = begin({.name = "silent.test"}, settings);
        EXPECT_GT(priz::test::open_descriptors(), before);
    }
    EXPECT_EQ(priz::test::open_descriptors(), before);
}

// By datagrams alone: of a stream, the server in this process holds the other end a little longer.
TEST(steps, a_look_up_that_is_done_leaves_no_descriptor) {
    const dns::server server(answers);
    const auto settings = server.resolver();
    const std::size_t before = priz::test::open_descriptors();
    lookup_steps steps = begin({.name = "both.test"}, settings);
    while (!steps.is_done()) steps.advance(wait_for(steps));
    EXPECT_EQ(priz::test::open_descriptors(), before);
}

TEST(steps, it_may_move_while_it_waits) {
    const dns::server server(answers);
    std::optional<priz::resolver> settings = server.resolver();
    lookup_steps steps =
        begin({.name = "four.test", .family = AF_INET6, .flags = AI_V4MAPPED}, *settings);
    settings.reset();
    lookup_steps moved = std::move(steps);
    const auto found = finish(moved);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->front().address.host(), "::ffff:192.0.2.4");
}

TEST_F(libc, names_that_are_left_to_it_need_a_thread) {
    const lookup_steps steps("localhost", 80, 0, 0, 0, 0, options());
    EXPECT_TRUE(steps.needs_thread());
    EXPECT_FALSE(steps.is_done());
}

}  // namespace
