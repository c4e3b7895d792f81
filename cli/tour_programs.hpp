// cli/tour_programs.hpp: the example programs, linked into the tool, each to be run in a process of
// its own.
#pragma once

#include <string>
#include <vector>

namespace priz::cli {

// The first argument by which the tool runs an example, or itself, as a child of `priz tour`: the
// child ends when its parent does.
inline constexpr const char* tour_argument = "--as-part-of-the-tour";

// main() of a child: argv[0] is the example's name, or `priz`.
int run_tour_program(int argc, char** argv);

}  // namespace priz::cli
