// priz/io/backend_choice.hpp: on what a loop would stand here, and why.
//
// For people who want to know, and for programs that tell them (`priz doctor`); run() chooses by
// itself (run.hpp), and programs behave the same on either. Any thread may ask. A loop that runs
// says it as loop::backend_name() (loop.hpp).
#pragma once

#include <optional>

#include "priz/error.hpp"
#include "priz/export.hpp"
#include "priz/io/run.hpp"

namespace priz::io {

struct backend_choice {
    backend_kind kind = backend_kind::epoll;  // uring or epoll

    // The environment variable PRIZ_BACKEND names it.
    bool is_asked_for = false;

    // Where epoll stands in for io_uring: what stands in its way. The hint is for people.
    std::optional<failure> refusal = std::nullopt;
};

// What run() would take without options; found out by making it, and given up again.
//
// Errors: value_error for a PRIZ_BACKEND or a PRIZ_RECEIVE that names none; what io_uring_setup(2)
// says where it names one that is not to be had.
PRIZ_API backend_choice choose_backend();
PRIZ_API result<backend_choice> try_choose_backend();

}  // namespace priz::io
