// cli/help.hpp: the text of --help, examples first.
#pragma once

#include <CLI/CLI.hpp>

#include <string>
#include <vector>

namespace priz::cli {

class help_formatter : public CLI::FormatterBase {
public:
    std::string make_help(const CLI::App* app, std::string name,
                          CLI::AppFormatMode mode) const override;
};

// What add_verb() was given: the lines of its examples, and its notes.
std::string examples_of(const CLI::App& app);
std::string notes_of(const CLI::App& app);

// The options that begin with a dash, in the order of their making, and those that do not.
std::vector<const CLI::Option*> flags_of(const CLI::App& app);
std::vector<const CLI::Option*> arguments_of(const CLI::App& app);

}  // namespace priz::cli
