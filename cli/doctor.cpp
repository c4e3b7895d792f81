// priz doctor: what this machine has for sockets, and what to do about what it lacks.
#include <fmt/format.h>

#include <algorithm>

#include "doctor_checks.hpp"
#include "support/exit_code.hpp"
#include "verb.hpp"

namespace priz::cli {

namespace {

constexpr verb_text doctor_text{
    .name = "doctor",
    .summary =
        "Check what this machine has for sockets: kernel, IPv6, resolver, limits, event loop.",
    .examples =
        "priz doctor            # a line for each subject, with a remedy where one is due\n"
        "priz doctor --json | jq 'select(.state != \"ok\")'\n",
    .timeout_meaning = "For each look-up that it tries (default 5s)",
    .notes = "Exit code 1 where something is broken; a warning is none.\n",
};

const char* state_name(health state) {
    switch (state) {
        case health::good:
            return "ok";
        case health::note:
            return "note";
        case health::warning:
            return "warn";
        case health::broken:
            return "broken";
    }
    return "";
}

tint tint_of(health state) {
    switch (state) {
        case health::good:
            return tint::good;
        case health::note:
            return tint::dim;
        case health::warning:
            return tint::warning;
        case health::broken:
            return tint::bad;
    }
    return tint::none;
}

void show(report& out, const finding& one) {
    const auto state = fmt::format("{:<6}", state_name(one.state));
    auto line = fmt::format("{} {:<20} {}", out.painted(tint_of(one.state), state), one.subject,
                            escaped(one.detail));
    if (!one.remedy.empty()) line += fmt::format("\n{:28}remedy: {}", "", one.remedy);
    json fields = {
        {"subject", one.subject}, {"state", state_name(one.state)}, {"detail", one.detail}};
    if (!one.remedy.empty()) fields["remedy"] = one.remedy;
    out.result("finding", fields, line);
}

int run_doctor(const invocation& chosen, report& out) {
    bool broken = false;
    for (const auto& part :
         {check_kernel(), check_families(), check_options(),
          check_resolver(chosen.timeout.value_or(duration(5))), check_limits(), check_loop()})
        for (const auto& one : part) {
            show(out, one);
            broken |= one.state == health::broken;
        }
    return static_cast<int>(broken ? exit_code::failed : exit_code::ok);
}

}  // namespace

void add_doctor(CLI::App& root, invocation& chosen) {
    add_verb(root, chosen, doctor_text)->callback([&chosen] {
        chosen.run = [&chosen](report& out) { return run_doctor(chosen, out); };
    });
}

}  // namespace priz::cli
