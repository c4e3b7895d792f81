#include "tour_programs.hpp"

#include <sys/prctl.h>
#include <unistd.h>

#include <csignal>
#include <string_view>

#include "command_line.hpp"

// Each example is compiled a second time with its main() under one of these names:
// cli/CMakeLists.txt.
int example_echo_server_main(int argc, char** argv);
int example_echo_client_main(int argc, char** argv);
int example_web_client_main(int argc, char** argv);
int example_line_server_main(int argc, char** argv);
int example_hello_server_main(int argc, char** argv);
int example_greeting_server_main(int argc, char** argv);
int example_greeting_client_main(int argc, char** argv);
int example_address_lookup_main(int argc, char** argv);

namespace priz::cli {

namespace {

struct program {
    std::string_view name;
    int (*run)(int argc, char** argv);
};

constexpr program programs[] = {
    {"echo_server", example_echo_server_main},
    {"echo_client", example_echo_client_main},
    {"web_client", example_web_client_main},
    {"line_server", example_line_server_main},
    {"hello_server", example_hello_server_main},
    {"greeting_server", example_greeting_server_main},
    {"greeting_client", example_greeting_client_main},
    {"address_lookup", example_address_lookup_main},
    {"priz", run_command_line},
};

}  // namespace

int run_tour_program(int argc, char** argv) {
    // A parent that is gone already is init's business, and then nobody waits for this.
    const auto parent = ::getppid();
    if (::prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || ::getppid() != parent) return 1;
    for (const auto& one : programs)
        if (argc > 0 && one.name == argv[0]) return one.run(argc, argv);
    return 2;
}

}  // namespace priz::cli
