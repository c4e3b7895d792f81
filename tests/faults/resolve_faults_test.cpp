#include <priz/inet.hpp>

#include "scene.hpp"

namespace faults {
namespace {

// What is asked of the tables of this machine, which any verb may find unreadable.
const std::set<std::string> helps_to_sort{"socket", "connect", "getsockname", "close"};

std::vector<scenario> of_this_machine() {
    return {
        {"gethostname", [](stage& now) { return outcome_of(now(priz::try_gethostname)); }},
        {"sethostname",
         [](stage& now) { return outcome_of(now([] { return priz::try_sethostname("a"); })); }},
        {"if_nameindex", [](stage& now) { return outcome_of(now(priz::try_if_nameindex)); }},
        {"if_nametoindex",
         [](stage& now) { return outcome_of(now([] { return priz::try_if_nametoindex("lo"); })); }},
        {"if_indextoname",
         [](stage& now) { return outcome_of(now([] { return priz::try_if_indextoname(1); })); }},
        // The number stands in for a name that cannot be had.
        {"scope_in_text",
         [](stage& now) {
             const auto a = priz::address::ipv6("fe80::1", 1, 0, 1);
             const std::string text = now([&] { return a.str(); });
             EXPECT_TRUE(text == "[fe80::1%lo]:1" || text == "[fe80::1%1]:1") << text;
             return outcome();
         },
         {"if_indextoname", "if_nametoindex"}},
    };
}

scenario looking_up(const std::string& name, auto verb) {
    return {name,
            [=](stage& now) {
                const priz::resolver settings{.hosts_file = PRIZ_TEST_DIR "/hosts",
                                              .nsswitch_file = PRIZ_TEST_DIR "/nsswitch.conf"};
                return outcome_of(now([&] { return verb({.through = &settings}); }));
            },
            helps_to_sort};
}

using priz::resolve_options;

std::vector<scenario> by_tables() {
    return {
        looking_up("getaddrinfo",
                   [](const resolve_options& how) {
                       return priz::try_getaddrinfo("both.test", 80, 0, 0, 0, 0, how);
                   }),
        looking_up(
            "gethostbyname",
            [](const resolve_options& how) { return priz::try_gethostbyname("both.test", how); }),
        looking_up("gethostbyname_ex",
                   [](const resolve_options& how) {
                       return priz::try_gethostbyname_ex("both.test", how);
                   }),
        looking_up(
            "gethostbyaddr",
            [](const resolve_options& how) { return priz::try_gethostbyaddr("192.0.2.1", how); }),
        looking_up("getfqdn",
                   [](const resolve_options& how) { return priz::try_getfqdn("192.0.2.1", how); }),
        looking_up("getnameinfo",
                   [](const resolve_options& how) {
                       return priz::try_getnameinfo(priz::address::ipv4("192.0.2.1", 80), 0, how);
                   }),
    };
}

}  // namespace

std::vector<scenario> resolve_scenarios() {
    std::vector<scenario> every = of_this_machine();
    for (const auto& one : by_tables()) every.push_back(one);
    return every;
}

namespace {

class resolve_faults : public testing::TestWithParam<scenario> {};

TEST_P(resolve_faults, strike_every_call_without_leak) { strike_everywhere(GetParam()); }

INSTANTIATE_TEST_SUITE_P(verbs, resolve_faults, testing::ValuesIn(resolve_scenarios()), test_name);

}  // namespace
}  // namespace faults
