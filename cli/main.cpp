#include "command_line.hpp"

int main(int argc, char** argv) { return priz::cli::run_command_line(argc, argv); }
