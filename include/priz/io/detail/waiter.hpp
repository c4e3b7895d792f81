// priz/io/detail/waiter.hpp: a coroutine that waits, as its loop sees it.
//
// Each awaited verb is an object in the frame of the coroutine that awaits it. While it waits, that
// object is linked into two things: what it waits for (an endpoint, a timer, a queue of tasks) and
// the cancel scope that may end the wait. So waiting and cancelling allocate nothing, and memory
// that belongs to a verb lives as long as the verb.
#pragma once

#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "priz/export.hpp"

namespace priz::io {

class cancel_scope;

namespace detail {

struct waiter;

// What kind of wait it is.
struct waiter_kind {
    // What it waits for is ready: does it, and lets its coroutine go on (loop_core::resume). When
    // that was not enough it waits on.
    void (*proceed)(waiter&);

    // Its scope was cancelled: leaves what it waits for with the outcome "cancelled", and makes its
    // coroutine ready, now or (where another thread is at work for it) later. It is no longer
    // linked into the scope.
    void (*withdraw)(waiter&) noexcept;
};

struct waiter_link {
    waiter_link* before;
    waiter_link* after;

    void unlink() noexcept {
        before->after = after;
        after->before = before;
    }
};

struct waiter : waiter_link {
    // The kind is set before it begins to wait.
    waiter() noexcept {}
    explicit waiter(const waiter_kind& what) noexcept : kind(&what) {}

    // The links, the coroutine and its scope are set when it begins to wait (loop_core::park), and
    // not before: a verb that succeeds at once does not pay for them.
    const waiter_kind* kind;
    void* coroutine;
    cancel_scope* scope;  // in which it waits, and in which the coroutine goes on

    std::coroutine_handle<> handle() const noexcept {
        return std::coroutine_handle<>::from_address(coroutine);
    }
};

// Coroutines that can go on, first come, first served.
class ready_queue {
public:
    struct entry {
        std::coroutine_handle<> coroutine;
        cancel_scope* scope;
    };

    bool empty() const noexcept { return first_ == end_; }
    std::size_t size() const noexcept { return end_ - first_; }

    // Places in the line, counted from the queue's beginning on: of the next to be popped, of the
    // next to be pushed. What was in the queue at some time has been popped when first() is not
    // before end() of that time.
    std::size_t first() const noexcept { return first_; }
    std::size_t end() const noexcept { return end_; }

    void push(std::coroutine_handle<> coroutine, cancel_scope* scope) {
        if (end_ - first_ == room_) grow();
        entries_[end_++ & (room_ - 1)] = {coroutine, scope};
    }
    // `gone` does not go on any more.
    void forget(std::coroutine_handle<> gone) noexcept {
        for (std::size_t at = first_; at != end_; ++at) {
            entry& each = entries_[at & (room_ - 1)];
            if (each.coroutine == gone) each.coroutine = std::noop_coroutine();
        }
    }
    entry pop() noexcept { return entries_[first_++ & (room_ - 1)]; }

private:
    PRIZ_API void grow();

    std::vector<entry> entries_;
    std::size_t room_ = 0;  // of entries_; zero or a power of two
    std::size_t first_ = 0;
    std::size_t end_ = 0;
};

}  // namespace detail
}  // namespace priz::io
