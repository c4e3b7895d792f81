// cli/command_line.hpp: from arguments to an exit code.
#pragma once

namespace priz::cli {

int run_command_line(int argc, char** argv);

}  // namespace priz::cli
