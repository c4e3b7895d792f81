// priz/testing/run.hpp: a test's task, in virtual time.
//
//     testing::run([]() -> io::task<> {
//         co_await io::sleep(3600);
//         EXPECT_EQ(testing::now(), 3600);  // exactly, and at once
//     }());
//
// testing::run() is io::run() (priz/io/run.hpp) on a loop whose clock stands still while anything
// can go on, and jumps to the next timer when nothing can. A test of timeouts takes no time, gives
// the same result every time, and may demand exact times. When nothing can go on and there is no
// timer either, the test would wait for ever: it fails at once, with `deadlock`.
//
// Such a loop knows the streams of memory_pair(), timers, scopes and tasks. The kernel's sockets do
// not fit virtual time: a verb that would have to wait for one fails with EOPNOTSUPP; and a
// loop_handle may be used on the loop's own thread only, because a loop that waits for another
// thread looks like one that waits for ever.
//
// Python: trio.testing.MockClock with autojump
#pragma once

#include <coroutine>
#include <optional>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>

#include "priz/duration.hpp"
#include "priz/export.hpp"
#include "priz/io/run.hpp"
#include "priz/io/task.hpp"

namespace priz::testing {

// Every task waits, and nothing can happen that would let one go on. what() says when that was, and
// for what the task of run() waited.
class PRIZ_API deadlock : public std::logic_error {
public:
    using std::logic_error::logic_error;
};

struct run_options {
    // How long, in virtual time, the task may take. What is longer is taken for a deadlock: a task
    // that sleeps again and again keeps a test that waits for ever from being one.
    duration limit = 24 * 3600;
};

namespace detail {

PRIZ_API void run_to_end(io::task<> main, const run_options& options);

class PRIZ_API quiet_wait {
public:
    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> self);
    void await_resume() const;
};

}  // namespace detail

// Runs `main` on a new loop in this thread.
//
// Errors:        what `main` throws; deadlock, after every task was cancelled; value_error when a
// loop runs in this thread already.
template <class T>
T run(io::task<T> main, const run_options& options = {}) {
    if constexpr (std::is_void_v<T>) {
        detail::run_to_end(std::move(main), options);
    } else {
        std::optional<T> kept;
        detail::run_to_end(io::detail::keep_result(std::move(main), kept), options);
        return *std::move(kept);
    }
}

// How much virtual time has passed since testing::run() began. Errors: value_error on any other
// loop.
PRIZ_API duration now();

// Waits until every other task waits for something that has not happened: for a test that has to
// know that another task got to where it waits. Time does not pass. When several tasks wait so,
// they go on one after the other, first come, first served, each when all is quiet again.
//
// Errors:        value_error on a loop that is not testing::run()'s.
// Cancellation:  throws `cancelled` when the scope was cancelled.
// Python:        trio.testing.wait_all_tasks_blocked()
[[nodiscard]] inline auto wait_all_tasks_blocked() { return detail::quiet_wait(); }

}  // namespace priz::testing
