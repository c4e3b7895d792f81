// drive.hpp: a main task on a loop.
#pragma once

#include <exception>

#include "io/loop_state.hpp"
#include "priz/io/task.hpp"

namespace priz::io::detail {

// Turns the thread's running loop until `main` has ended; gives what it threw.
std::exception_ptr drive(loop_state& loop, task<> main) noexcept;

}  // namespace priz::io::detail
