// priz/io/event.hpp: something that happens, and those who wait for it.
//
// Belongs to the tasks of one loop, needs no atomics, and outlives those who wait for it. From
// another thread: loop_handle::post (loop.hpp). Python: asyncio.Event
#pragma once

#include <coroutine>

#include "priz/export.hpp"
#include "priz/io/detail/wait_queue.hpp"

namespace priz::io {

class event;

namespace detail {

class PRIZ_API event_wait : queue_wait {
public:
    explicit event_wait(event& what) noexcept : queue_wait(kind_of_wait), of_(what) {}

    bool await_ready() noexcept;
    void await_suspend(std::coroutine_handle<> self) noexcept;
    void await_resume() const { raise_if_cancelled("wait"); }

private:
    static void withdraw(waiter& w) noexcept;
    static const waiter_kind kind_of_wait;

    event& of_;
};

}  // namespace detail

class PRIZ_API event {
public:
    event() noexcept = default;
    event(const event&) = delete;
    event& operator=(const event&) = delete;
    ~event() = default;

    bool is_set() const noexcept { return is_set_; }

    // Everyone who waits goes on, also when the event is cleared before they have their turn.
    void set() noexcept;
    void clear() noexcept { is_set_ = false; }

    // Waits until the event is set; not at all when it is.
    //
    // Errors:        none.
    // Cancellation:  safe.
    // Concurrency:   any number of tasks may wait.
    // Python:        asyncio.Event.wait()
    [[nodiscard]] auto wait() noexcept { return detail::event_wait(*this); }

private:
    friend class detail::event_wait;

    bool is_set_ = false;
    detail::wait_queue line_;
};

}  // namespace priz::io
