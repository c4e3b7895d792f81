#include "exit_code.hpp"

namespace priz::cli {

namespace {

exit_code otherwise(phase during) noexcept {
    switch (during) {
        case phase::connecting:
            return exit_code::could_not_connect;
        case phase::listening:
            return exit_code::local_address;
        case phase::sending:
            return exit_code::send_error;
        case phase::receiving:
            return exit_code::receive_error;
    }
    return exit_code::failed;
}

}  // namespace

exit_code exit_code_of(const failure& why, phase during) noexcept {
    const auto code = why.code();
    if (code == std::errc::timed_out) return exit_code::timed_out;
    if (code.category() == gai_category() || code.category() == herror_category())
        return exit_code::name_not_found;
    if (code == std::errc::invalid_argument && code.category() == category())
        return exit_code::usage;
    if (code == errc::overflow_error || code == errc::type_error || code == errc::path_too_long)
        return exit_code::usage;
    // A datagram's refusal comes back with the answer: nobody is there.
    if (code == std::errc::connection_refused) return exit_code::could_not_connect;
    return otherwise(during);
}

}  // namespace priz::cli
