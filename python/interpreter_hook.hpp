// interpreter_hook.hpp: what the interpreter wants around priz's system calls.
//
// Its lock is released while a call may block, so that other threads run, and when a signal has
// interrupted a call its handlers are run: one that raises ends the verb, with its exception set.
#pragma once

#include "priz/blocking_hook.hpp"

namespace priz::python {

// The hook of every socket and look-up of the module; it has no state of its own.
blocking_hook* interpreter_hook() noexcept;

// Runs a call of the core's that has no socket to give the hook to, without the interpreter's lock.
template <class Call>
auto unlocked(Call&& call) noexcept {
    interpreter_hook()->before_call();
    auto outcome = call();
    interpreter_hook()->after_call();
    return outcome;
}

}  // namespace priz::python
