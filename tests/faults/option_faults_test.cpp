#include <priz/options.hpp>
#include <priz/tcp_info.hpp>

#include "scene.hpp"

namespace faults {
namespace {

using priz::socket;

scenario setting(const std::string& name, const auto& option, const auto& value) {
    return {name, [=](stage& now) {
                socket s;
                return outcome_of(now([&] { return priz::try_set_option(s, option, value); }));
            }};
}

scenario getting(const std::string& name, const auto& option) {
    return {name, [=](stage& now) {
                const auto ends = pair();
                const socket s = std::string(name).contains("peer") ? ends.first.dup() : socket();
                auto got = now([&] { return priz::try_get_option(s, option); });
                return outcome_of(got);
            }};
}

}  // namespace

std::vector<scenario> option_scenarios() {
    namespace options = priz::options;
    return {
        setting("set_flag", options::keep_alive, true),
        setting("set_number", options::receive_buffer, 10'000),
        setting("set_duration", options::keep_alive_idle, priz::duration(5)),
        setting("set_linger", options::linger, priz::duration(5)),
        setting("set_text", options::congestion_control, "reno"),
        setting("set_by_family", options::ttl, 5),
        getting("get_flag", options::keep_alive),
        getting("get_number", options::receive_buffer),
        getting("get_duration", options::keep_alive_idle),
        getting("get_linger", options::linger),
        getting("get_text", options::congestion_control),
        getting("get_error", options::pending_error),
        getting("get_peer", options::peer_credentials),
        {"set_raw",
         [](stage& now) {
             socket s;
             return outcome_of(now([&] {
                 return s.try_setsockopt(SOL_SOCKET, SO_LINGER,
                                         priz::bytes_view("\1\0\0\0\5\0\0\0", 8));
             }));
         }},
        {"get_raw",
         [](stage& now) {
             const socket s;
             return outcome_of(now([&] { return s.try_getsockopt(SOL_SOCKET, SO_LINGER, 8); }));
         }},
        {"tcp_info",
         [](stage& now) {
             const socket s;
             return outcome_of(now([&] { return priz::try_get_tcp_info(s); }));
         }},
    };
}

namespace {

class option_faults : public testing::TestWithParam<scenario> {};

TEST_P(option_faults, strike_every_call) { strike_everywhere(GetParam()); }

INSTANTIATE_TEST_SUITE_P(verbs, option_faults, testing::ValuesIn(option_scenarios()), test_name);

}  // namespace
}  // namespace faults
