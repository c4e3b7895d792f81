// priz/io/mutex.hpp: one at a time, where the work inside has waits of its own.
//
//     auto held = co_await m.lock();
//     co_await s.sendall(header);
//     co_await s.sendall(body);
//
// Between two waits a task is alone anyway: tasks of one loop need a mutex only for what spans a
// wait. It is handed to those who wait in the order in which they came, and nobody comes in
// between. A task that locks it twice waits for itself. The mutex outlives its guards.
//
// Belongs to the tasks of one loop. Python: asyncio.Lock
#pragma once

#include <coroutine>
#include <optional>
#include <utility>

#include "priz/export.hpp"
#include "priz/io/detail/wait_queue.hpp"

namespace priz::io {

namespace detail {
class condition_wait;
class lock_wait;
}  // namespace detail

class PRIZ_API mutex {
public:
    // Holds the mutex until it is destroyed, or unlock() is called.
    class [[nodiscard]] guard {
    public:
        guard() noexcept = default;
        guard(guard&& other) noexcept : of_(std::exchange(other.of_, nullptr)) {}
        guard& operator=(guard&& other) noexcept {
            if (this != &other) {
                unlock();
                of_ = std::exchange(other.of_, nullptr);
            }
            return *this;
        }
        ~guard() { unlock(); }

        explicit operator bool() const noexcept { return of_ != nullptr; }
        void unlock() noexcept {
            if (of_ != nullptr) std::exchange(of_, nullptr)->unlock();
        }

    private:
        friend class mutex;
        friend class detail::condition_wait;
        friend class detail::lock_wait;
        explicit guard(mutex& of) noexcept : of_(&of) {}

        mutex* of_ = nullptr;
    };

    mutex() noexcept = default;
    mutex(const mutex&) = delete;
    mutex& operator=(const mutex&) = delete;
    ~mutex() = default;

    // Waits until the mutex is free and gives the guard that holds it.
    //
    // Errors:        none.
    // Cancellation:  safe: leaves the line; a mutex that was handed over already is given, and the
    //                cancellation is met by the next verb.
    // Concurrency:   any number of tasks may wait.
    // Python:        asyncio.Lock.acquire(), async with lock
    [[nodiscard]] detail::lock_wait lock() noexcept;

    // Holds it if it is free at once; none otherwise.
    [[nodiscard]] std::optional<guard> lock_nowait() noexcept;

    // Whether somebody holds it. Python: asyncio.Lock.locked()
    bool locked() const noexcept { return is_locked_; }

private:
    friend class detail::condition_wait;
    friend class detail::lock_wait;

    void unlock() noexcept;

    bool is_locked_ = false;
    detail::wait_queue line_;
};

namespace detail {

class PRIZ_API lock_wait : queue_wait {
public:
    explicit lock_wait(mutex& what) noexcept : queue_wait(kind_of_wait), of_(what) {}

    bool await_ready() noexcept;
    void await_suspend(std::coroutine_handle<> self) noexcept;
    mutex::guard await_resume() {
        raise_if_cancelled("lock");
        return mutex::guard(of_);
    }

private:
    static void withdraw(waiter& w) noexcept;
    static const waiter_kind kind_of_wait;

    mutex& of_;
};

}  // namespace detail

inline detail::lock_wait mutex::lock() noexcept { return detail::lock_wait(*this); }

}  // namespace priz::io
