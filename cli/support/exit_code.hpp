// cli/support/exit_code.hpp: what the tool's exit codes mean: curl's numbers where curl has the
// case.
//
// A verb that cannot go on throws `stop_here`; main() prints its message and exits with its code.
// Elsewhere: the table for people, in priz(1).
#pragma once

#include <priz/error.hpp>

#include <stdexcept>
#include <string>

namespace priz::cli {

enum class exit_code : int {
    ok = 0,
    failed = 1,  // a check of `tour` or `doctor` failed; also what has no number of its own
    usage = 2,
    name_not_found = 6,
    could_not_connect = 7,
    write_error = 23,  // standard output
    read_error = 26,   // standard input
    timed_out = 28,
    local_address = 45,  // the address to listen on cannot be had
    send_error = 55,
    receive_error = 56,
    interrupted = 130,  // SIGINT
    terminated = 143,   // SIGTERM
};

// What was being done when a failure came: the same ECONNRESET is another code in another phase.
enum class phase { connecting, listening, sending, receiving };

exit_code exit_code_of(const failure& why, phase during) noexcept;

class stop_here : public std::runtime_error {
public:
    stop_here(exit_code code, const std::string& message)
        : std::runtime_error(message), code_(code) {}
    stop_here(const failure& why, phase during)
        : stop_here(exit_code_of(why, during), why.message()) {}

    exit_code code() const noexcept { return code_; }

private:
    exit_code code_;
};

}  // namespace priz::cli
