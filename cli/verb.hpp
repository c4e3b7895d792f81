// cli/verb.hpp: what a subcommand is made of, and the options that all of them share.
//
// A verb's file has one function, `add_NAME`, which describes its options to the parser and leaves
// in `invocation` what is to be run once the whole command line has been understood.
#pragma once

#include <CLI/CLI.hpp>
#include <priz/duration.hpp>

#include <cstddef>
#include <functional>
#include <optional>
#include <string>

#include "support/report.hpp"

namespace priz::cli {

// One run of the tool, as the command line asks for it.
struct invocation {
    std::string verb = {};
    manners how = {};
    std::optional<duration> timeout = {};
    std::function<int(report&)> run = {};
};

// What --help shows of a verb besides its options. `examples` are lines of a shell; the first is
// also shown where an argument is missing. `notes` come last.
struct verb_text {
    const char* name;
    const char* summary;
    const char* examples;
    const char* timeout_meaning;
    const char* notes = "";
};

// A subcommand with --json, --timeout, --color and --quiet.
CLI::App* add_verb(CLI::App& root, invocation& chosen, const verb_text& text);

// An option that takes `5`, `2.5s`, `250ms`, `2m`.
CLI::Option* add_duration(CLI::App& app, const std::string& name, std::optional<duration>& target,
                          const std::string& meaning);

// An option that takes a whole number of 1 or more.
CLI::Option* add_number(CLI::App& app, const std::string& name, std::size_t& target,
                        const std::string& meaning);

void add_listen(CLI::App& root, invocation& chosen);
void add_connect(CLI::App& root, invocation& chosen);
void add_bench(CLI::App& root, invocation& chosen);
void add_lookup(CLI::App& root, invocation& chosen);
void add_sim(CLI::App& root, invocation& chosen);
void add_tour(CLI::App& root, invocation& chosen);
void add_doctor(CLI::App& root, invocation& chosen);
void add_completion(CLI::App& root, invocation& chosen);

}  // namespace priz::cli
