#include <netinet/in.h>
#include <stdlib.h>
#include <unistd.h>
#include <priz/endpoint.hpp>

#include <fstream>

#include "scenario.hpp"

namespace faults {
namespace {

// A name with two addresses of this machine, known to a hosts file of its own.
class known_name {
public:
    known_name() {
        settings_.hosts_file = table("127.0.0.1 two\n127.0.0.2 two\n");
        settings_.nsswitch_file = table("hosts: files\n");
    }
    known_name(const known_name&) = delete;
    known_name& operator=(const known_name&) = delete;
    ~known_name() {
        ::unlink(settings_.hosts_file.c_str());
        ::unlink(settings_.nsswitch_file.c_str());
    }
    const priz::resolver* settings() const { return &settings_; }

private:
    static std::string table(const std::string& text) {
        char path[] = "/tmp/priz-test-XXXXXX";
        const priz::unique_fd file(::mkstemp(path));
        std::ofstream(path) << text;
        return path;
    }

    priz::resolver settings_;
};

outcome connect_by_number(stage& now, std::optional<priz::duration> timeout) {
    const auto listener = priz::create_server({"127.0.0.1", 0});
    const auto port = static_cast<int>(listener.getsockname().port());
    return outcome_of(
        now([&] { return priz::try_create_connection("127.0.0.1", port, {.timeout = timeout}); }));
}

outcome connect_by_name(stage& now, const priz::connect_options& options) {
    const known_name known;
    const auto listener = priz::create_server({"", 0});
    const auto port = static_cast<int>(listener.getsockname().port());
    auto terms = options;
    terms.through = known.settings();
    return outcome_of(now([&] { return priz::try_create_connection("two", port, terms); }));
}

// With a second address, what fails at the first is made good; the look-up's sockets only help to
// sort.
const std::set<std::string> made_good{"socket",      "connect", "getsockopt",
                                      "getsockname", "bind",    "close"};

// A name that the kernel chose, in the abstract namespace.
outcome connect_to_unix(stage& now, std::optional<priz::duration> timeout) {
    const auto listener = priz::create_server(priz::address::unix_unnamed());
    const priz::address where = listener.getsockname();
    auto made = now([&] { return priz::try_create_connection(where, {.timeout = timeout}); });
    if (made) {
        EXPECT_EQ(made->getpeername(), where);
    }
    return outcome_of(made);
}

outcome connect_datagrams(stage& now) {
    priz::socket receiver(AF_INET, SOCK_DGRAM);
    receiver.bind("127.0.0.1", 0);
    const auto where = priz::parse_endpoint("udp://" + receiver.getsockname().str());
    auto made = now([&] { return priz::try_create_connection(where); });
    if (made) {
        EXPECT_EQ(made->getpeername(), receiver.getsockname());
    }
    return outcome_of(made);
}

outcome connect_ex(stage& now, std::optional<priz::duration> timeout) {
    const auto listener = priz::create_server({"127.0.0.1", 0});
    const priz::address where = listener.getsockname();
    priz::socket client;
    client.settimeout(timeout);
    const int cause = now([&] { return client.connect_ex(where); });
    if (cause == 0) return std::nullopt;
    return priz::failure({cause, std::system_category()}, "connect_ex");
}

std::vector<scenario> connections() {
    return {
        {"by_number", [](stage& now) { return connect_by_number(now, std::nullopt); }},
        {"by_number_with_timeout", [](stage& now) { return connect_by_number(now, 60); }},
        {"to_unix", [](stage& now) { return connect_to_unix(now, std::nullopt); }},
        {"to_unix_with_timeout", [](stage& now) { return connect_to_unix(now, 60); }},
        {"of_datagrams", connect_datagrams},
        {"connect_ex", [](stage& now) { return connect_ex(now, std::nullopt); }},
        {"connect_ex_with_timeout", [](stage& now) { return connect_ex(now, 60); }},
        {"by_name", [](stage& now) { return connect_by_name(now, {}); }, made_good},
        {"by_name_with_timeout", [](stage& now) { return connect_by_name(now, {.timeout = 60}); },
         made_good},
        {"by_name_in_turn", [](stage& now) { return connect_by_name(now, {.race = false}); },
         made_good},
        {"by_name_from_a_source",
         [](stage& now) {
             return connect_by_name(now, {.source_address = priz::host_port{"127.0.0.3", 0}});
         },
         made_good},
    };
}

std::vector<scenario> servers() {
    return {
        {"has_dualstack_ipv6",
         [](stage& now) {
             now(priz::has_dualstack_ipv6);
             return outcome();
         },
         {"socket", "setsockopt", "close"}},
        {"dual_stack_server",
         [](stage& now) {
             return outcome_of(now([] {
                 return priz::try_create_server({"", 0},
                                                {.family = AF_INET6, .dualstack_ipv6 = true});
             }));
         },
         {"close"}},
        {"server_on_a_unix_path",
         [](stage& now) {
             return outcome_of(
                 now([] { return priz::try_create_server(priz::address::unix_unnamed()); }));
         }},
        {"server",
         [](stage& now) {
             return outcome_of(now([] { return priz::try_create_server({"127.0.0.1", 0}); }));
         }},
        {"server_with_options",
         [](stage& now) {
             return outcome_of(now([] {
                 return priz::try_create_server({"::1", 0},
                                                {.family = AF_INET6, .reuse_port = true});
             }));
         }},
        {"servers",
         [](stage& now) {
             return outcome_of(
                 now([] { return priz::try_create_servers(priz::address::ipv4("127.0.0.1", 0)); }));
         }},
        {"servers_on_both_loopbacks",
         [](stage& now) {
             return outcome_of(now([] { return priz::try_create_servers({"localhost", 0}); }));
         },
         made_good},
        {"servers_on_every_interface",
         [](stage& now) {
             return outcome_of(now([] { return priz::try_create_servers({nullptr, 0}); }));
         }},
        {"server_on_any",
         [](stage& now) {
             const auto any = priz::parse_endpoint("any:0");
             return outcome_of(now([&] { return priz::try_create_server(any); }));
         },
         {"socket", "setsockopt", "close"}},
        {"look_up",
         [](stage& now) {
             const known_name known;
             return outcome_of(now([&] {
                 return priz::try_getaddrinfo("two", 80, 0, 0, 0, 0, {.through = known.settings()});
             }));
         },
         made_good},
    };
}

}  // namespace

std::vector<scenario> connect_scenarios() {
    std::vector<scenario> every = connections();
    for (auto& one : servers()) every.push_back(one);
    return every;
}

namespace {

class connect_faults : public testing::TestWithParam<scenario> {};

TEST_P(connect_faults, strike_every_call_without_leak) { strike_everywhere(GetParam()); }

INSTANTIATE_TEST_SUITE_P(verbs, connect_faults, testing::ValuesIn(connect_scenarios()), test_name);

}  // namespace
}  // namespace faults
