#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/time.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "core/open_descriptors.hpp"
#include "dns_server.hpp"
#include "priz/blocking_hook.hpp"

namespace {

using dns::answer;
using dns::query;
using priz::address_info;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

constexpr auto patient = 60;  // seconds: no test waits that long

std::vector<std::string> hosts_of(const std::vector<address_info>& infos) {
    std::vector<std::string> all;
    for (const address_info& one : infos) all.push_back(one.address.host());
    return all;
}

// A look-up by a server alone.
std::vector<std::string> look_up(const dns::server& server, const std::string& name,
                                 int family = AF_UNSPEC, int flags = 0) {
    const auto settings = server.resolver();
    return hosts_of(priz::getaddrinfo(name, 80, family, SOCK_STREAM, 0, flags,
                                      {.timeout = patient, .through = &settings}));
}

std::error_code cause(const priz::resolver& settings, const std::string& name,
                      std::optional<priz::duration> timeout = patient, int family = AF_UNSPEC) {
    const auto found = priz::try_getaddrinfo(name, 80, family, SOCK_STREAM, 0, 0,
                                             {.timeout = timeout, .through = &settings});
    return found ? std::error_code() : found.error().code();
}

std::error_code gai(int value) { return {value, priz::gai_category()}; }

std::vector<std::string> silence(const query&) { return {}; }

TEST(dns, a_name_has_the_addresses_of_both_families) {
    const dns::server server(
        dns::table({{"both.test", "192.0.2.1"}, {"both.test", "2001:db8::1"}}));
    EXPECT_THAT(look_up(server, "both.test"), UnorderedElementsAre("192.0.2.1", "2001:db8::1"));
    EXPECT_THAT(look_up(server, "both.test", AF_INET), ElementsAre("192.0.2.1"));
    EXPECT_THAT(look_up(server, "both.test", AF_INET6), ElementsAre("2001:db8::1"));
}

TEST(dns, one_family_is_asked_for_when_one_is_wanted) {
    const dns::server server(
        dns::table({{"both.test", "192.0.2.1"}, {"both.test", "2001:db8::1"}}));
    look_up(server, "both.test", AF_INET);
    EXPECT_EQ(server.queries(), 1);
}

TEST(dns, every_type_of_socket_gets_each_address) {
    const dns::server server(dns::table({{"one.test", "192.0.2.1"}}));
    const auto settings = server.resolver();
    const auto infos = priz::getaddrinfo("one.test", "domain", 0, 0, 0, AI_CANONNAME,
                                         {.timeout = patient, .through = &settings});
    ASSERT_EQ(infos.size(), 2U);
    EXPECT_EQ(infos[0].type, SOCK_STREAM);
    EXPECT_EQ(infos[1].type, SOCK_DGRAM);
    EXPECT_EQ(infos[1].address.str(), "192.0.2.1:53");
    EXPECT_EQ(infos[0].canonname, "one.test");
    EXPECT_EQ(infos[1].canonname, "");
}

TEST(dns, a_name_that_does_not_exist_says_so) {
    const dns::server server(dns::table({}));
    EXPECT_EQ(cause(server.resolver(), "nosuch.test"), gai(EAI_NONAME));
}

TEST(dns, a_name_without_an_address_says_so) {
    const dns::server server(
        [](const query& asked) { return std::vector{answer{}.message_for(asked)}; });
    EXPECT_EQ(cause(server.resolver(), "noaddress.test"), gai(EAI_NODATA));
}

TEST(dns, a_failing_server_is_no_verdict_on_the_name) {
    const dns::server server([](const query& asked) {
        return std::vector{answer{.code = dns::servfail}.message_for(asked)};
    });
    EXPECT_EQ(cause(server.resolver(), "failing.test"), gai(EAI_AGAIN));
}

TEST(dns, a_server_that_is_not_there_is_no_verdict_on_the_name) {
    priz::socket closed;
    closed.bind("127.0.0.1", 0);
    const priz::resolver settings{.servers = {closed.getsockname().str()},
                                  .hosts_file = "/dev/null"};
    EXPECT_EQ(cause(settings, "unanswered.test"), gai(EAI_AGAIN));
}

TEST(dns, the_second_server_is_asked_when_the_first_fails) {
    const dns::server failing([](const query& asked) {
        return std::vector{answer{.code = dns::servfail}.message_for(asked)};
    });
    const dns::server server(dns::table({{"one.test", "192.0.2.1"}}));
    priz::resolver settings = server.resolver();
    settings.servers.insert(settings.servers.begin(), failing.where());
    EXPECT_THAT(hosts_of(priz::getaddrinfo("one.test", 80, AF_INET, SOCK_STREAM, 0, 0,
                                           {.timeout = patient, .through = &settings})),
                ElementsAre("192.0.2.1"));
    EXPECT_GE(failing.queries(), 1);
}

TEST(dns, a_silent_server_meets_the_deadline) {
    const dns::server server(silence);
    const std::size_t before = priz::test::open_descriptors();
    EXPECT_EQ(cause(server.resolver(), "silent.test", 0.05), priz::errc::timed_out);
    EXPECT_EQ(priz::test::open_descriptors(), before);
    EXPECT_GE(server.queries(), 1);
}

TEST(dns, a_silent_server_is_asked_as_often_as_the_settings_say) {
    const dns::server server(silence);
    priz::resolver settings = server.resolver();
    settings.patience = 0.01;
    settings.tries = 3;
    EXPECT_EQ(cause(settings, "silent.test.", patient, AF_INET), gai(EAI_AGAIN));
    EXPECT_EQ(server.queries(), 3);
}

TEST(dns, a_deadline_that_has_passed_asks_no_one) {
    const dns::server server(dns::table({{"one.test", "192.0.2.1"}}));
    EXPECT_EQ(cause(server.resolver(), "one.test", 0), priz::errc::timed_out);
    EXPECT_EQ(server.queries(), 0);
}

TEST(dns, a_server_that_sends_nonsense_without_end_meets_the_deadline) {
    const dns::server server([](const query&) { return std::vector<std::string>(50, "nonsense"); });
    EXPECT_EQ(cause(server.resolver(), "nonsense.test", 0.05), priz::errc::timed_out);
}

TEST(dns, an_answer_that_was_cut_is_fetched_by_stream) {
    const dns::server server([](const query& asked) {
        if (!asked.by_stream) return std::vector{answer{.truncated = true}.message_for(asked)};
        return dns::table({{"long.test", "192.0.2.1"}})(asked);
    });
    EXPECT_THAT(look_up(server, "long.test", AF_INET), ElementsAre("192.0.2.1"));
    EXPECT_EQ(server.by_stream(), 1);
}

TEST(dns, a_stream_that_ends_without_an_answer_is_no_verdict_and_raises_no_signal) {
    const dns::server server([](const query& asked) {
        if (asked.by_stream) return std::vector<std::string>{};
        return std::vector{answer{.truncated = true}.message_for(asked)};
    });
    priz::resolver settings = server.resolver();
    settings.patience = 0.01;
    EXPECT_EQ(cause(settings, "cut.test", patient, AF_INET), gai(EAI_AGAIN));
}

TEST(dns, an_answer_with_another_id_does_not_count) {
    const dns::server server([](const query& asked) {
        query forged = asked;
        forged.id = static_cast<std::uint16_t>(asked.id + 1);
        auto replies = dns::table({{"one.test", "192.0.2.66"}})(forged);
        replies.push_back(dns::table({{"one.test", "192.0.2.1"}})(asked).front());
        return replies;
    });
    EXPECT_THAT(look_up(server, "one.test", AF_INET), ElementsAre("192.0.2.1"));
}

TEST(dns, an_answer_to_another_question_does_not_count) {
    const dns::server server([](const query& asked) {
        query forged = asked;
        forged.question = dns::encoded("other.test") + asked.question.substr(10);
        answer wrong{.records = {dns::address_record("other.test", "192.0.2.66")}};
        return std::vector{wrong.message_for(forged),
                           dns::table({{"one.test", "192.0.2.1"}})(asked).front()};
    });
    EXPECT_THAT(look_up(server, "one.test", AF_INET), ElementsAre("192.0.2.1"));
}

TEST(dns, an_empty_datagram_does_not_count) {
    const dns::server server([](const query& asked) {
        return std::vector{std::string(), dns::table({{"one.test", "192.0.2.1"}})(asked).front()};
    });
    EXPECT_THAT(look_up(server, "one.test", AF_INET), ElementsAre("192.0.2.1"));
    EXPECT_EQ(server.queries(), 1);
}

std::vector<std::string> chain(const query& asked) {
    answer result{.records = {dns::name_record("www.test", dns::cname, "host.test"),
                              dns::name_record("host.test", dns::cname, "node7.test")}};
    const auto* const address = asked.type == dns::a ? "192.0.2.7" : "2001:db8::7";
    result.records.push_back(dns::address_record("node7.test", address));
    return {result.message_for(asked)};
}

TEST(dns, a_chain_of_aliases_leads_to_the_hosts_name) {
    const dns::server server(chain);
    const auto settings = server.resolver();
    const auto entry =
        priz::gethostbyname_ex("www.test", {.timeout = patient, .through = &settings});
    EXPECT_EQ(entry.name, "node7.test");
    EXPECT_THAT(entry.aliases, ElementsAre("www.test", "host.test"));
    EXPECT_THAT(entry.addresses, ElementsAre("192.0.2.7"));
}

TEST(dns, the_canonical_name_is_the_end_of_the_chain) {
    const dns::server server(chain);
    const auto settings = server.resolver();
    const auto infos = priz::getaddrinfo("www.test", 80, AF_UNSPEC, SOCK_STREAM, 0, AI_CANONNAME,
                                         {.timeout = patient, .through = &settings});
    ASSERT_EQ(infos.size(), 2U);
    EXPECT_EQ(infos[0].canonname, "node7.test");
    EXPECT_EQ(infos[1].canonname, "");
}

TEST(dns, aliases_that_lead_in_a_circle_end) {
    const dns::server server([](const query& asked) {
        answer result{.records = {dns::name_record("a.test", dns::cname, "b.test"),
                                  dns::name_record("b.test", dns::cname, "a.test"),
                                  dns::address_record("a.test", "192.0.2.1")}};
        return std::vector{result.message_for(asked)};
    });
    EXPECT_THAT(look_up(server, "a.test", AF_INET), ElementsAre("192.0.2.1"));
}

TEST(dns, of_a_flood_of_addresses_the_first_64_of_a_family_are_taken) {
    const dns::server server([](const query& asked) {
        answer result;
        for (int i = 0; i < 200; ++i) {
            const std::string number = std::to_string(i + 1);
            result.records.push_back(dns::address_record(
                "flood.test", asked.type == dns::a ? "192.0.2." + number : "2001:db8::" + number));
        }
        if (!asked.by_stream) result = {.truncated = true};
        return std::vector{result.message_for(asked)};
    });
    EXPECT_EQ(look_up(server, "flood.test").size(), 128U);
    const auto v4 = look_up(server, "flood.test", AF_INET);
    ASSERT_EQ(v4.size(), 64U);
    EXPECT_EQ(v4.front(), "192.0.2.1");
    EXPECT_EQ(v4.back(), "192.0.2.64");
}

TEST(dns, an_address_that_comes_twice_is_taken_once) {
    const dns::server server(
        dns::table({{"twice.test", "192.0.2.1"}, {"twice.test", "192.0.2.1"}}));
    EXPECT_THAT(look_up(server, "twice.test"), ElementsAre("192.0.2.1"));
}

TEST(dns, what_is_known_here_is_asked_of_no_server) {
    const dns::server server(dns::table({}));
    const auto here = UnorderedElementsAre("127.0.0.1", "::1");
    EXPECT_THAT(look_up(server, "localhost"), here);
    EXPECT_THAT(look_up(server, "LocalHost."), here);
    EXPECT_THAT(look_up(server, "www.localhost"), here);
    EXPECT_THAT(look_up(server, "localhost", AF_INET6), ElementsAre("::1"));
    EXPECT_THAT(look_up(server, "192.0.2.1"), ElementsAre("192.0.2.1"));
    EXPECT_THAT(look_up(server, "2001:db8::1"), ElementsAre("2001:db8::1"));
    EXPECT_EQ(cause(server.resolver(), ""), gai(EAI_NONAME));
    EXPECT_EQ(cause(server.resolver(), std::string(2000, 'x')), gai(EAI_NONAME));
    const auto settings = server.resolver();
    EXPECT_FALSE(
        priz::try_getaddrinfo("one.test", 80, 0, 0, 0, AI_NUMERICHOST, {.through = &settings}));
    EXPECT_EQ(server.queries(), 0);
}

TEST(dns, what_cannot_be_a_name_is_not_found) {
    const dns::server server(dns::table({}));
    EXPECT_EQ(cause(server.resolver(), "notlocalhost.test"), gai(EAI_NONAME));
    EXPECT_EQ(cause(server.resolver(), "a..test"), gai(EAI_NONAME));
    EXPECT_EQ(cause(server.resolver(), std::string(64, 'x') + ".test"), gai(EAI_NONAME));
}

TEST(dns, the_hosts_file_comes_first) {
    const dns::server server(dns::table({{"one.test", "192.0.2.1"}}));
    const std::string path = testing::TempDir() + "hosts.dns." + std::to_string(::getpid());
    std::ofstream(path) << "192.0.2.99 one.test\n";
    priz::resolver settings = server.resolver();
    settings.hosts_file = path;
    const auto infos = priz::getaddrinfo("one.test", 80, 0, SOCK_STREAM, 0, 0,
                                         {.timeout = patient, .through = &settings});
    std::filesystem::remove(path);
    EXPECT_THAT(hosts_of(infos), ElementsAre("192.0.2.99"));
    EXPECT_EQ(server.queries(), 0);
}

TEST(dns, v4mapped_stands_in_for_ipv6_that_is_missing) {
    const dns::server server(dns::table(
        {{"four.test", "192.0.2.1"}, {"both.test", "192.0.2.1"}, {"both.test", "2001:db8::1"}}));
    EXPECT_THAT(look_up(server, "four.test", AF_INET6, AI_V4MAPPED),
                ElementsAre("::ffff:192.0.2.1"));
    EXPECT_THAT(look_up(server, "both.test", AF_INET6, AI_V4MAPPED), ElementsAre("2001:db8::1"));
    EXPECT_THAT(look_up(server, "both.test", AF_INET6, AI_V4MAPPED | AI_ALL),
                UnorderedElementsAre("2001:db8::1", "::ffff:192.0.2.1"));
    EXPECT_EQ(cause(server.resolver(), "four.test", patient, AF_INET6), gai(EAI_NODATA));
}

TEST(dns, a_server_that_cannot_be_read_is_refused) {
    const priz::resolver settings{.servers = {"not an address"}, .hosts_file = "/dev/null"};
    EXPECT_EQ(cause(settings, "one.test"), priz::errc::value_error);
}

TEST(dns, the_deadline_of_a_connection_covers_the_look_up) {
    const dns::server server(silence);
    const auto settings = server.resolver();
    EXPECT_THROW(
        priz::create_connection("silent.test", 80, {.timeout = 0.05, .through = &settings}),
        priz::timeout);
}

TEST(dns, a_connection_by_name_reaches_the_server_that_answers) {
    auto listener = priz::create_server({"127.0.0.1", 0});
    const dns::server server(dns::table({{"web.test", "127.0.0.1"}, {"web.test", "::1"}}));
    const auto settings = server.resolver();
    const auto connected =
        priz::create_connection("web.test", static_cast<int>(listener.getsockname().port()),
                                {.timeout = patient, .through = &settings});
    EXPECT_EQ(connected.getpeername(), listener.getsockname());
}

// Counts what it is told, and stops at the first interruption.
class counting_hook : public priz::blocking_hook {
public:
    void before_call() noexcept override { ++before; }
    void after_call() noexcept override { ++after; }
    std::error_code interrupted() noexcept override { return priz::errc::stopped; }
    int before = 0;
    int after = 0;
};

TEST(dns, the_hook_stands_around_every_wait) {
    const dns::server server(dns::table({{"one.test", "192.0.2.1"}}));
    const auto settings = server.resolver();
    counting_hook hook;
    priz::getaddrinfo("one.test", 80, 0, 0, 0, 0,
                      {.timeout = patient, .hook = &hook, .through = &settings});
    EXPECT_GE(hook.before, 1);
    EXPECT_EQ(hook.before, hook.after);
}

// A timer signal at the main thread, again and again: one of them meets the wait.
class alarms {
public:
    alarms() {
        struct ::sigaction quiet {};
        quiet.sa_handler = [](int) {};
        ::sigaction(SIGALRM, &quiet, &old_);
        ::sigset_t set;
        ::sigemptyset(&set);
        ::sigaddset(&set, SIGALRM);
        ::pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
        const ::itimerval often{{0, 2000}, {0, 2000}};
        ::setitimer(ITIMER_REAL, &often, nullptr);
    }
    ~alarms() {
        const ::itimerval never{};
        ::setitimer(ITIMER_REAL, &never, nullptr);
        ::sigaction(SIGALRM, &old_, nullptr);
    }

private:
    struct ::sigaction old_ {};
};

// The server's thread leaves signals to the thread that looks up.
class without_alarms {
public:
    without_alarms() {
        ::sigset_t set;
        ::sigemptyset(&set);
        ::sigaddset(&set, SIGALRM);
        ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
    }
};

TEST(dns, the_hook_may_end_the_look_up) {
    const without_alarms inherited;
    const dns::server server(silence);
    const auto settings = server.resolver();
    const std::size_t before = priz::test::open_descriptors();
    counting_hook hook;
    const alarms signals;
    const auto stopped =
        priz::try_getaddrinfo("silent.test", 80, 0, 0, 0, 0, {.hook = &hook, .through = &settings});
    ASSERT_FALSE(stopped);
    EXPECT_EQ(stopped.error().code(), priz::errc::stopped);
    EXPECT_EQ(hook.before, hook.after);
    EXPECT_EQ(priz::test::open_descriptors(), before);
}

TEST(dns, signals_do_not_lengthen_the_deadline) {
    const without_alarms inherited;
    const dns::server server(silence);
    const alarms signals;
    EXPECT_EQ(cause(server.resolver(), "silent.test", 0.05), priz::errc::timed_out);
}

}  // namespace
