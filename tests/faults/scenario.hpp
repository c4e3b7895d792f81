// scenario.hpp: a verb, what it works on, and what has to be true of it whatever fault strikes.
#pragma once

#include <gtest/gtest.h>
#include <priz/socket.hpp>

#include <functional>
#include <optional>
#include <ostream>
#include <set>
#include <string>
#include <vector>

#include "injector.hpp"

namespace faults {

// What one run of a verb came to: a failure or none. Scenarios check with EXPECT_ that no byte was
// lost or doubled.
using outcome = std::optional<priz::failure>;

template <class T>
outcome outcome_of(const priz::result<T>& r) {
    if (r) return std::nullopt;
    return r.error();
}

// Runs the verb with the fault armed, around nothing else.
class stage {
public:
    explicit stage(const fault& one, const std::string& lacking = {})
        : fault_(one), lacking_(lacking) {}

    template <class Verb>
    auto operator()(Verb&& verb) {
        const armed now(fault_, lacking_);
        auto value = verb();
        calls_ = now.calls();
        struck_ = now.has_struck();
        return value;
    }

    const std::vector<std::string>& calls() const { return calls_; }
    bool struck() const { return struck_; }

private:
    fault fault_;
    std::string lacking_;
    std::vector<std::string> calls_;
    bool struck_ = false;
};

struct scenario {
    std::string name;
    std::function<outcome(stage&)> run;

    // Calls whose failure the verb may pass over, because it has another way or nothing would be
    // gained by reporting it.
    std::set<std::string> optional_calls = {};

    // Datagrams are cut by short calls, not continued.
    bool may_be_short = true;

    // Without a timeout, "would block" is the caller's business; with one it is waited out.
    bool waits = false;

    // A call that the kernel lacks, so that the verb takes its other way.
    std::string lacking = {};
};

inline void PrintTo(const scenario& what, std::ostream* out) { *out << what.name; }

// Every fault at every call of the scenario.
void strike_everywhere(const scenario& what);

// The calls that the scenario makes when nothing strikes.
std::vector<std::string> calls_of(const scenario& what);

// All scenarios, by what they are about.
std::vector<scenario> socket_scenarios();
std::vector<scenario> message_scenarios();
std::vector<scenario> file_scenarios();
std::vector<scenario> option_scenarios();
std::vector<scenario> select_scenarios();
std::vector<scenario> connect_scenarios();
std::vector<scenario> resolve_scenarios();
std::vector<scenario> loop_scenarios();

inline std::string test_name(const testing::TestParamInfo<scenario>& info) {
    return info.param.name;
}

}  // namespace faults
