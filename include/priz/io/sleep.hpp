// priz/io/sleep.hpp: waiting for time, and giving way.
//
// Time is the loop's: the monotonic clock, or the simulated one. Elsewhere: limits on how long
// something takes (cancel_scope.hpp). Python: asyncio.sleep()
#pragma once

#include <coroutine>

#include "priz/deadline.hpp"
#include "priz/duration.hpp"
#include "priz/export.hpp"
#include "priz/io/detail/timer.hpp"
#include "priz/io/detail/waiter.hpp"

namespace priz::io {

namespace detail {

struct loop_core;

class PRIZ_API sleep_wait : waiter {
public:
    explicit sleep_wait(std::int64_t when) noexcept;

    bool await_ready() noexcept;
    void await_suspend(std::coroutine_handle<> self) noexcept;
    void await_resume();

private:
    struct own_timer : timer {
        using timer::timer;
        sleep_wait* whose = nullptr;
    };

    static void on_time(timer& due) noexcept;
    static void withdraw(waiter& w) noexcept;
    static const waiter_kind kind_of_wait;

    std::int64_t when_;
    loop_core* loop_ = nullptr;
    own_timer until_;
    bool is_cancelled_ = false;
};

class PRIZ_API yield_wait {
public:
    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> self);
    void await_resume() const;
};

PRIZ_API std::int64_t time_after(duration d);

}  // namespace detail

// Waits that long, or until that time.
//
// Errors:        value_error for a duration that is negative or not a number.
// Cancellation:  ends the wait with `cancelled`.
// Python:        asyncio.sleep()
[[nodiscard]] inline auto sleep(duration d) { return detail::sleep_wait(detail::time_after(d)); }
[[nodiscard]] inline auto sleep_until(deadline when) {
    return detail::sleep_wait(when.monotonic_ns());
}

// Lets every other coroutine that can go on have its turn first: for long computations.
//
// Cancellation:  throws `cancelled` when the scope was cancelled.
// Python:        asyncio.sleep(0)
[[nodiscard]] inline auto yield() { return detail::yield_wait(); }

}  // namespace priz::io
