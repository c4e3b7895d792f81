// priz sim: scenarios in a simulated network, by their seed.
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>

#include "nearest.hpp"
#include "stage.hpp"
#include "support/exit_code.hpp"
#include "verb.hpp"

namespace priz::cli {

namespace {

constexpr verb_text sim_text{
    .name = "sim",
    .summary = "Play a scenario in a simulated network and print its trace.",
    .examples =
        "priz sim                        # the scenarios\n"
        "priz sim hello                  # every packet of an echo, and what the client says\n"
        "priz sim lossy --seed 7 | grep lost\n"
        "priz sim one-recv --seeds 100   # find a seed that shows a bug\n",
    .timeout_meaning = "Try no more seeds after so long",
    .notes =
        "The programs are real, the network and the time are not. A seed decides all that is left\n"
        "to chance: the same seed gives the same trace, byte for byte, on every machine. A line "
        "is\n"
        "seconds, host, and what it did; docs/internals/the-simulator.md explains them. Exit code "
        "1\n"
        "when a scenario's claim does not hold.\n",
};

struct sim_options {
    std::string name;
    std::size_t seed = 1;
    std::size_t seeds = 1;
};

struct played {
    std::string trace = {};
    std::optional<std::string> problem = {};
    duration length = 0;
    std::uint64_t steps = 0;
    std::uint64_t fingerprint = 0;
};

played play(const scenario& one, std::uint64_t seed) {
    stage on(sim::network_options{.seed = seed, .faults = one.faults});
    played got;
    one.set(on);
    try {
        on.net().run();
    } catch (const std::exception& why) {
        got.problem = why.what();
    }
    got.trace = on.trace();
    got.length = on.net().now();
    got.steps = on.net().steps();
    got.fingerprint = on.net().fingerprint();
    return got;
}

int show_scenarios(report& out) {
    for (const auto& one : scenarios())
        out.result("scenario", {{"name", one.name}, {"summary", one.summary}},
                   fmt::format("{} {}", out.painted(tint::bold, fmt::format("{:<15}", one.name)),
                               one.summary));
    return 0;
}

const scenario& scenario_of(const std::string& name) {
    std::vector<std::string> names;
    for (const auto& one : scenarios()) {
        if (one.name == name) return one;
        names.emplace_back(one.name);
    }
    const auto meant = nearest(name, names);
    throw stop_here(exit_code::usage,
                    fmt::format("there is no scenario '{}'{}; `priz sim` lists them", name,
                                meant.empty() ? "" : ", did you mean '" + meant + "'?"));
}

// `seconds host: what`
json fields_of(std::string_view line) {
    const auto host = line.find(' ') + 1;
    const auto what = line.find(": ", host);
    return {{"time", line.substr(0, host - 1)},
            {"host", line.substr(host, what - host)},
            {"what", line.substr(what + 2)}};
}

void show_trace(report& out, std::string_view trace) {
    while (!trace.empty()) {
        const auto end = trace.find('\n');
        const auto line = trace.substr(0, end);
        const bool is_said = line.contains(": says: ");
        out.result("trace", fields_of(line),
                   is_said ? out.painted(tint::bold, line) : std::string(line));
        trace.remove_prefix(end + 1);
    }
}

void show_end(report& out, const scenario& one, std::uint64_t seed, const played& got) {
    json fields = {{"name", one.name},   {"seed", seed},
                   {"ok", !got.problem}, {"seconds", got.length.seconds()},
                   {"steps", got.steps}, {"fingerprint", fmt::format("{:016x}", got.fingerprint)}};
    if (got.problem) fields["problem"] = *got.problem;
    out.result("played", fields,
               fmt::format("{} with seed {}: {:.9f} s, {} steps, fingerprint {:016x}", one.name,
                           seed, got.length.seconds(), got.steps, got.fingerprint));
}

[[noreturn]] void fail(std::uint64_t seed, const std::string& problem) {
    throw stop_here(exit_code::failed, fmt::format("seed {} fails: {}", seed, problem));
}

int play_one(const scenario& one, std::uint64_t seed, report& out) {
    const auto got = play(one, seed);
    show_trace(out, got.trace);
    show_end(out, one, seed, got);
    if (got.problem) fail(seed, *got.problem);
    return 0;
}

// Of the first seed that fails there is the trace as well.
int play_many(const scenario& one, const sim_options& o, const deadline& until, report& out) {
    for (std::size_t i = 0; i < o.seeds; ++i) {
        if (until.has_passed())
            throw stop_here(exit_code::timed_out,
                            fmt::format("{} seeds of {} hold, and the time is over", i, o.seeds));
        const auto got = play(one, o.seed + i);
        if (got.problem) return play_one(one, o.seed + i, out);
    }
    out.result("seeds", {{"name", one.name}, {"first", o.seed}, {"count", o.seeds}, {"ok", true}},
               fmt::format("{} holds with {} seeds from {} on", one.name, o.seeds, o.seed));
    return 0;
}

int run_sim(const sim_options& o, const invocation& chosen, report& out) {
    if (o.name.empty()) return show_scenarios(out);
    const auto& one = scenario_of(o.name);
    return o.seeds == 1 ? play_one(one, o.seed, out)
                        : play_many(one, o, deadline::after(chosen.timeout), out);
}

}  // namespace

void add_sim(CLI::App& root, invocation& chosen) {
    auto* verb = add_verb(root, chosen, sim_text);
    auto o = std::make_shared<sim_options>();
    auto* name = verb->add_option("SCENARIO", o->name, "What to play; without it, what there is");
    add_number(*verb, "--seed", o->seed, "The seed, or the first one (default 1)")->needs(name);
    add_number(*verb, "--seeds", o->seeds, "Play so many seeds and show the first that fails")
        ->needs(name);
    verb->callback([o, &chosen] {
        chosen.run = [o, &chosen](report& out) { return run_sim(*o, chosen, out); };
    });
}

}  // namespace priz::cli
