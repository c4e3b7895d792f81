// cli/stage.hpp: where the scenarios of `priz sim` are played.
//
// A scenario is a function that puts hosts and tasks on a stage's network. What its tasks say
// stands in the trace between the packets, at the moment at which it was said. Elsewhere: the
// scenarios (scenarios.cpp).
#pragma once

#include <priz/sim.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace priz::cli {

class stage {
public:
    explicit stage(const sim::network_options& options) : net_(options) {}

    sim::network& net() noexcept { return net_; }

    // For the trace: somebody's own words.
    void say(const sim::host& who, std::string_view what);
    // Ends the scenario with that claim as its failure, where it does not hold.
    void demand(bool holds, const std::string& claim) const;

    // The trace of packets and words, a line each.
    std::string trace() const;

private:
    struct words {
        std::size_t where;  // in the network's trace
        std::string line;
    };

    sim::network net_;
    std::vector<words> said_;
};

struct scenario {
    const char* name;
    const char* summary;
    void (*set)(stage& on);  // hosts, links and tasks; the network is run afterwards
    sim::fault_rates faults = {};
};

std::span<const scenario> scenarios() noexcept;

}  // namespace priz::cli
