#include <priz/io/backend_choice.hpp>

#include <string>

#include "doctor_checks.hpp"

namespace priz::cli {

namespace {

constexpr const char* subject = "event loop";

// A variable that names what is not to be had keeps every program of the runtime from starting.
finding broken(const failure& why) {
    return {subject, health::broken, why.message(),
            "unset PRIZ_BACKEND and PRIZ_RECEIVE: the loop then takes what there is"};
}

finding said_of(const io::backend_choice& choice) {
    const bool is_uring = choice.kind == io::backend_kind::uring;
    const std::string name = is_uring ? "io_uring" : "epoll";
    if (choice.is_asked_for) return {subject, health::note, name + ": PRIZ_BACKEND asks for it"};
    if (is_uring) return {subject, health::good, name + ": it is here and may be used"};
    return {subject, health::note,
            name + ", with the same results, in place of io_uring: " + choice.refusal->message()};
}

}  // namespace

findings check_loop() {
    const auto choice = io::try_choose_backend();
    return {choice ? said_of(*choice) : broken(choice.error())};
}

}  // namespace priz::cli
