// A network in memory in place of the kernel's: whoever has the look-up's sockets has its world.
#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <map>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "core/open_descriptors.hpp"
#include "dns_server.hpp"
#include "steps_fixture.hpp"

namespace {

using dns::answer;
using dns::query;
using priz::address;
using priz::lookup_steps;

constexpr const char* where = "192.0.2.53";

// A name server at the end of every socket. Nothing waits: what was sent has been answered.
class memory : public priz::lookup_sockets {
public:
    explicit memory(dns::script answers) : answers_(std::move(answers)) {}

    int open(int, int type, int) noexcept override {
        ends_[first_ + opened].type = type;
        return first_ + opened++;
    }

    int connect(int socket, const address& to) noexcept override {
        ends_.at(socket).to = to;
        return ends_.at(socket).type == SOCK_STREAM ? -EINPROGRESS : 0;
    }

    ::ssize_t recvfrom(int socket, priz::bytes_span target, address* from) noexcept override {
        end& one = ends_.at(socket);
        EXPECT_EQ(from != nullptr, one.type == SOCK_DGRAM);
        if (one.broken) return -ECONNREFUSED;
        if (one.inbox.empty()) return -EAGAIN;
        const std::string piece = one.inbox.front().substr(0, target.size());
        one.inbox.front().erase(0, piece.size());
        if (from != nullptr || one.inbox.front().empty()) one.inbox.erase(one.inbox.begin());
        if (from != nullptr) *from = sender.value_or(one.to);
        std::memcpy(target.data(), piece.data(), piece.size());
        return static_cast<::ssize_t>(piece.size());
    }

    ::ssize_t sendv(int socket, std::span<const ::iovec> pieces) noexcept override {
        end& one = ends_.at(socket);
        std::string all;
        for (const ::iovec& piece : pieces)
            all.append(static_cast<const char*>(piece.iov_base), piece.iov_len);
        if (one.type == SOCK_STREAM) return send_a_little(one, all);
        one.broken = refusals-- > 0;
        for (const std::string& reply : answers_(dns::parse(all, false)))
            one.inbox.push_back(reply);
        return static_cast<::ssize_t>(all.size());
    }

    void close(int socket) noexcept override { EXPECT_EQ(ends_.erase(socket), 1U); }

    address source_towards(const address& to) noexcept override {
        return routes.contains(to.family()) ? to : address();
    }

    bool is_ready(int socket) const {
        const end& one = ends_.at(socket);
        return one.broken || !one.inbox.empty();
    }
    std::size_t open_now() const { return ends_.size(); }

    int opened = 0;
    int refusals = 0;
    std::optional<address> sender = {};
    std::set<int> routes = {AF_INET, AF_INET6};

private:
    struct end {
        int type = 0;
        address to = {};
        bool broken = false;
        std::string sent = {};
        std::vector<std::string> inbox = {};
    };

    // A stream takes seven bytes at a time, and gives a reply in two pieces.
    ::ssize_t send_a_little(end& one, const std::string& all) {
        const std::string piece = all.substr(0, 7);
        one.sent += piece;
        const auto size = [&] {
            return one.sent.size() < 2
                       ? std::size_t{0xffff}
                       : static_cast<unsigned char>(one.sent[0]) * std::size_t{256} +
                             static_cast<unsigned char>(one.sent[1]);
        };
        while (one.sent.size() >= 2 + size()) {
            const auto asked = dns::parse(one.sent.substr(2, size()), true);
            one.sent.erase(0, 2 + size());
            for (const std::string& reply : answers_(asked)) {
                const std::string prefix{static_cast<char>(reply.size() >> 8U),
                                         static_cast<char>(reply.size())};
                one.inbox.push_back(prefix + reply.substr(0, 20));
                one.inbox.push_back(reply.substr(20));
            }
        }
        return static_cast<::ssize_t>(piece.size());
    }

    static constexpr int first_ = 1'000'000;  // no descriptor of the kernel's
    dns::script answers_;
    std::map<int, end> ends_;
};

lookup_steps begin(memory& network, const std::string& name, int family = AF_UNSPEC) {
    const priz::resolver settings{.servers = {where}, .hosts_file = "/dev/null", .patience = 3600};
    return lookup_steps(name, 80, family, SOCK_STREAM, 0, 0, {.through = &settings}, &network);
}

void step(lookup_steps& steps, const memory& network) {
    std::vector<lookup_steps::watched> ready;
    for (const auto& one : steps.watches())
        ready.push_back({one.fd, one.reads && network.is_ready(one.fd), one.writes});
    ASSERT_TRUE(std::ranges::any_of(ready, [](auto one) { return one.reads || one.writes; }));
    steps.advance(ready);
}

std::string finish(lookup_steps&& steps, const memory& network) {
    while (!steps.is_done() && !testing::Test::HasFatalFailure()) step(steps, network);
    EXPECT_EQ(network.open_now(), 0U);
    return text_of(steps.take());
}

const std::string both = "192.0.2.1:80 1 6 \n[2001:db8::1]:80 1 6 \n";

dns::script both_families() {
    return dns::table({{"both.test", "192.0.2.1"}, {"both.test", "2001:db8::1"}});
}

TEST(steps_memory, a_network_in_memory_answers_without_a_socket_of_the_kernel) {
    memory network(both_families());
    const std::size_t before = priz::test::open_descriptors();
    lookup_steps steps = begin(network, "both.test");
    EXPECT_EQ(network.open_now(), 1U);
    EXPECT_EQ(priz::test::open_descriptors(), before);
    EXPECT_FALSE(steps.is_done());
    EXPECT_EQ(finish(std::move(steps), network), "[2001:db8::1]:80 1 6 \n192.0.2.1:80 1 6 \n");
    EXPECT_EQ(priz::test::open_descriptors(), before);
}

TEST(steps_memory, addresses_are_sorted_by_the_routes_of_the_network) {
    memory network(both_families());
    network.routes = {AF_INET};
    EXPECT_EQ(finish(begin(network, "both.test"), network), both);
}

TEST(steps_memory, streams_may_take_and_give_little_at_a_time) {
    memory network([](const query& asked) {
        if (!asked.by_stream) return std::vector{answer{.truncated = true}.message_for(asked)};
        return both_families()(asked);
    });
    network.routes = {AF_INET};
    EXPECT_EQ(finish(begin(network, "both.test"), network), both);
    EXPECT_EQ(network.opened, 2);
}

TEST(steps_memory, a_failure_of_the_network_is_a_try_that_failed) {
    memory network(both_families());
    network.refusals = 1;
    EXPECT_EQ(finish(begin(network, "both.test.", AF_INET), network), "192.0.2.1:80 1 6 \n");
    EXPECT_EQ(network.opened, 2);
    network.refusals = 2;
    lookup_steps steps = begin(network, "both.test.", AF_INET);
    while (!steps.is_done()) step(steps, network);
    EXPECT_EQ(steps.take().error().code(), std::error_code(EAI_AGAIN, priz::gai_category()));
}

TEST(steps_memory, an_empty_datagram_and_another_sender_do_not_count) {
    memory network([](const query& asked) {
        auto replies = both_families()(asked);
        replies.insert(replies.begin(), std::string());
        return replies;
    });
    EXPECT_EQ(finish(begin(network, "both.test", AF_INET), network), "192.0.2.1:80 1 6 \n");
    network.sender = address::ipv4("192.0.2.66", 53);
    lookup_steps deceived = begin(network, "both.test", AF_INET);
    while (network.is_ready(deceived.watches().front().fd)) step(deceived, network);
    EXPECT_FALSE(deceived.is_done());
}

// A network whose time is the test's, where nobody answers.
class timed_memory : public memory {
public:
    timed_memory() : memory([](const query&) { return std::vector<std::string>(); }) {}
    std::optional<priz::deadline> clock() noexcept override {
        return priz::deadline::at(seconds * 1'000'000'000);
    }
    std::int64_t seconds = 0;
};

std::int64_t next_second(const lookup_steps& steps) {
    return steps.next().monotonic_ns() / 1'000'000'000;
}

TEST(steps_memory, a_network_with_a_clock_of_its_own_has_its_patience_counted_by_it) {
    timed_memory network;
    const priz::resolver settings{.servers = {where}, .hosts_file = "/dev/null", .patience = 5};
    lookup_steps steps("silent", 80, AF_UNSPEC, 0, 0, 0, {.through = &settings}, &network);
    EXPECT_EQ(next_second(steps), 5);
    network.seconds = 4;
    steps.advance({});
    EXPECT_EQ(network.opened, 1) << "too early";
    network.seconds = 5;
    steps.advance({});
    EXPECT_EQ(network.opened, 2) << "it has asked again";
    EXPECT_EQ(next_second(steps), 5 + 10);
    network.seconds = 15;
    steps.advance({});
    ASSERT_TRUE(steps.is_done());
    EXPECT_EQ(network.open_now(), 0U);
    EXPECT_EQ(steps.take().error().code(), std::error_code(EAI_AGAIN, priz::gai_category()));
}

TEST(steps_memory, of_this_machines_settings_nothing_counts_where_the_clock_is_another) {
    ::setenv("LOCALDOMAIN", "example.test", 1);
    std::vector<std::string> asked;
    class network : public memory {
    public:
        using memory::memory;
        std::optional<priz::deadline> clock() noexcept override { return priz::deadline::at(0); }
    } named([&](const query& one) {
        asked.push_back(one.name);
        return dns::table({})(one);
    });
    EXPECT_TRUE(finish(begin(named, "short", AF_INET), named).contains("name or service"));
    EXPECT_EQ(asked, std::vector<std::string>{"short"});
    ::unsetenv("LOCALDOMAIN");
}

TEST(steps_memory, a_look_up_that_is_abandoned_closes_every_socket) {
    memory network([](const query&) { return std::vector<std::string>(); });
    {
        const lookup_steps steps = begin(network, "silent.test");
        EXPECT_EQ(network.open_now(), 1U);
    }
    EXPECT_EQ(network.open_now(), 0U);
}

}  // namespace
