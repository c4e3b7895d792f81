// interpreter_hook.hpp: what the interpreter wants around priz's system calls.
//
// Its lock is released while a call may block, so that other threads run, and when a signal has
// interrupted a call its handlers are run: one that raises ends the verb, with its exception set.
#pragma once

#include "priz/blocking_hook.hpp"

namespace priz::python {

// The hook of every socket and look-up of the module; it has no state of its own.
blocking_hook* interpreter_hook() noexcept;

}  // namespace priz::python
