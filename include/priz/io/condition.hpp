// priz/io/condition.hpp: waiting, with a mutex held, until others have changed what it protects.
//
//     auto held = co_await m.lock();
//     co_await c.wait_for(held, [&] { return !jobs.empty(); });
//
// Belongs to the tasks of one loop, and outlives those who wait. An event (event.hpp) or a channel
// (channel.hpp) is most often what is wanted. Python: asyncio.Condition
#pragma once

#include <coroutine>
#include <cstddef>
#include <utility>

#include "priz/export.hpp"
#include "priz/io/detail/wait_queue.hpp"
#include "priz/io/mutex.hpp"
#include "priz/io/scope.hpp"
#include "priz/io/task.hpp"

namespace priz::io {

class condition;

namespace detail {

// Stands in the condition's line, and then in the mutex's.
class PRIZ_API condition_wait : queue_wait {
public:
    condition_wait(condition& what, mutex::guard& held) noexcept
        : queue_wait(kind_of_wait), of_(what), held_(held) {}

    bool await_ready() noexcept { return begin(); }
    void await_suspend(std::coroutine_handle<> self) noexcept;
    void await_resume();

private:
    friend condition;

    void lock_again() noexcept;
    static void withdraw(waiter& w) noexcept;
    static const waiter_kind kind_of_wait;

    condition& of_;
    mutex::guard& held_;
    mutex* mutex_ = nullptr;  // while it waits
    bool is_notified_ = false;
};

}  // namespace detail

class PRIZ_API condition {
public:
    condition() noexcept = default;
    condition(const condition&) = delete;
    condition& operator=(const condition&) = delete;
    ~condition() = default;

    // Unlocks `held`, waits to be notified, and locks it again, whatever happens.
    //
    // Errors:        value_error when `held` holds nothing.
    // Cancellation:  safe: leaves the line, and throws when the mutex is held again. Who had been
    //                notified already returns as such, so that no notification is lost.
    // Concurrency:   any number of tasks may wait.
    // Python:        asyncio.Condition.wait()
    [[nodiscard]] detail::condition_wait wait(mutex::guard& held);

    // Waits until `is_true()`, which is asked with the mutex held: now and after each notification.
    //
    // Errors, Cancellation, Concurrency: as wait().
    // Python:        asyncio.Condition.wait_for()
    template <class Predicate>
    task<> wait_for(mutex::guard& held, Predicate is_true) {
        static_assert(
            detail::may_be_awaited_with<Predicate>,
            "this compiler destroys captures twice in a co_await expression: capture by reference");
        return wait_until_true(held, std::move(is_true));
    }

    // Lets the first who waits, or that many, or all of them, go on, each when it holds the mutex.
    void notify_one() noexcept { notify(1); }
    void notify(std::size_t count) noexcept;
    void notify_all() noexcept;

private:
    friend class detail::condition_wait;

    template <class Predicate>
    task<> wait_until_true(mutex::guard& held, Predicate is_true) {
        while (!is_true()) co_await wait(held);
    }

    detail::wait_queue line_;
};

}  // namespace priz::io
