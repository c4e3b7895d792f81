// cli/completion_scripts.hpp: what a shell completes after `priz`, in the shell's own language.
#pragma once

#include <CLI/CLI.hpp>

#include <string>

namespace priz::cli {

// Made from the parser's own tree of verbs and options, so that they cannot disagree with it.
std::string bash_completion(const CLI::App& root);
std::string zsh_completion(const CLI::App& root);
std::string fish_completion(const CLI::App& root);

}  // namespace priz::cli
