// priz/io/detail/wait_queue.hpp: tasks that stand in line, first come, first served.
//
// What tasks of one loop wait for from each other (events, mutexes, channels) is a queue of the
// awaited verbs themselves: waiting allocates nothing, and a verb that is cancelled leaves the line
// wherever it stands. Whoever has what the first one waits for takes it out of the line, hands it
// over, and finishes its wait: from then on a cancellation comes too late, and the outcome stands.
#pragma once

#include <coroutine>

#include "priz/export.hpp"
#include "priz/io/detail/waiter.hpp"

namespace priz::io::detail {

struct loop_core;
struct queue_wait;

class PRIZ_API wait_queue {
public:
    wait_queue() noexcept = default;
    wait_queue(const wait_queue&) = delete;
    wait_queue& operator=(const wait_queue&) = delete;
    ~wait_queue() = default;

    bool empty() const noexcept { return first_ == nullptr; }
    queue_wait* first() const noexcept { return first_; }
    void push(queue_wait& last) noexcept;
    void remove(queue_wait& gone) noexcept;
    // The first one, null when there is none.
    queue_wait* pop() noexcept {
        queue_wait* const taken = first_;
        if (taken != nullptr) remove(*taken);
        return taken;
    }

private:
    queue_wait* first_ = nullptr;
    queue_wait* last_ = nullptr;
};

// What the verbs of queues share.
struct PRIZ_API queue_wait : waiter {
    explicit queue_wait(const waiter_kind& what) noexcept : waiter(what) {}

    // The first step: true when the scope is cancelled, and the outcome with it.
    bool begin() noexcept;

    // What was wanted is to be had without waiting: whether the coroutine goes on at once, or has
    // to let others go first.
    bool succeed_at_once() noexcept;

    // Stands in line; or, after succeed_at_once(), lets others go first.
    void wait_in(wait_queue& line, std::coroutine_handle<> self) noexcept;

    // The same without a line.
    void park(std::coroutine_handle<> self) noexcept;

    // The coroutine goes on in its turn. It stands in no line any more.
    void finish() noexcept;

    // For waiter_kind::withdraw: the scope has let go of it; leaves the line and goes on,
    // cancelled.
    void leave(wait_queue& line) noexcept {
        line.remove(*this);
        finish_cancelled();
    }
    void finish_cancelled() noexcept;

    // For await_resume.
    void raise_if_cancelled(const char* operation) const {
        if (is_cancelled) [[unlikely]]
            raise_cancelled(operation);
    }

    static void proceed(waiter&) {}  // nothing outside the program makes it ready

    loop_core* loop = nullptr;
    queue_wait* ahead = nullptr;
    queue_wait* behind = nullptr;
    bool is_cancelled = false;
    bool has_succeeded = false;
    bool is_in_scope = false;  // linked there, and reached by its cancellation

private:
    [[noreturn]] static void raise_cancelled(const char* operation);
};

}  // namespace priz::io::detail
