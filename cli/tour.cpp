// priz tour: every program of the documents, between real processes.
#include <fmt/format.h>

#include <functional>

#include "support/duration_text.hpp"
#include "support/exit_code.hpp"
#include "tour_steps.hpp"
#include "verb.hpp"

namespace priz::cli {

namespace {

constexpr verb_text tour_text{
    .name = "tour",
    .summary = "Run the example programs against each other, show what they say, and check it.",
    .examples =
        "priz tour                # about six seconds; exit code 0 when all is well\n"
        "priz tour --json         # the same for programs\n",
    .timeout_meaning = "For the whole tour (default 15s)",
    .notes = "Servers and clients run as processes of their own, on free ports of this machine.\n",
};

struct stop {
    const char* id;
    const char* title;
    std::function<void(station&)> visit;
};

void show(report& out, const stop& where, const station& at, const std::string& problem) {
    const bool good = problem.empty();
    const auto verdict = out.painted(good ? tint::good : tint::bad, good ? "ok" : "FAILED");
    const auto heading = fmt::format("{}: {}", where.id, where.title);
    std::string shown = fmt::format("{}  {}", out.painted(tint::bold, heading), verdict);
    for (const auto& line : at.transcript()) shown += "\n    " + out.painted(tint::dim, line);
    if (!good) shown += "\n    " + out.painted(tint::bad, problem);
    json fields = {
        {"id", where.id}, {"title", where.title}, {"ok", good}, {"transcript", at.transcript()}};
    if (!good) fields["problem"] = problem;
    out.result("program", fields, shown + "\n");
}

bool visit(report& out, const stop& where, const deadline& until) {
    station at(until);
    std::string problem;
    try {
        where.visit(at);
    } catch (const std::exception& why) {
        problem = why.what();
    }
    show(out, where, at, problem);
    return problem.empty();
}

// The silent client belongs to P4 and is begun first, so that its five seconds pass meanwhile.
std::vector<stop> stops_of(silent_client& silent) {
    return {
        {"P1, P2", "an echo server and its client", tour_echo},
        {"P3", "a web client", tour_web_client},
        {"P4", "a line server that takes commands", tour_lines},
        {"P5", "a hello server for browsers", tour_hello},
        {"P6", "a greeting server and its client", tour_greeting},
        {"P7", "address look-up", tour_lookup},
        {"P4", "a client that says nothing", [&](station& at) { silent.expect_end(at); }},
    };
}

int run_tour(report& out, const deadline& until) {
    const auto begun = deadline::after(duration(0)).monotonic_ns();
    station beside(until);
    silent_client silent(beside);
    int failed = 0;
    for (const auto& where : stops_of(silent)) failed += visit(out, where, until) ? 0 : 1;
    const auto took =
        duration::from_nanoseconds(deadline::after(duration(0)).monotonic_ns() - begun);
    out.result("tour", {{"failed", failed}, {"seconds", took.seconds()}},
               fmt::format("{} in {}", failed == 0 ? "All of it works" : "Not all of it works",
                           duration_text(took)));
    if (failed != 0) throw stop_here(exit_code::failed, "not every program did what it should");
    return 0;
}

}  // namespace

void add_tour(CLI::App& root, invocation& chosen) {
    add_verb(root, chosen, tour_text)->callback([&chosen] {
        chosen.run = [&chosen](report& out) {
            return run_tour(out, deadline::after(chosen.timeout.value_or(duration(15))));
        };
    });
}

}  // namespace priz::cli
