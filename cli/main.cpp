#include <string_view>

#include "command_line.hpp"
#include "tour_programs.hpp"

int main(int argc, char** argv) {
    if (argc > 2 && std::string_view(argv[1]) == priz::cli::tour_argument)
        return priz::cli::run_tour_program(argc - 2, argv + 2);
    return priz::cli::run_command_line(argc, argv);
}
