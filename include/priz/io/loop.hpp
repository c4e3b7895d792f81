// priz/io/loop.hpp: the event loop of a thread.
//
// A loop runs coroutines, waits for what they wait for, and does nothing else: where nothing can go
// on, its thread sleeps until something can. Programs get a loop by io::run (run.hpp) and need this
// header only to look at it or to reach it from another thread. Everything of a loop belongs to its
// thread, save what loop_handle does.
//
// Elsewhere: starting (run.hpp), waiting for time (sleep.hpp). Python: asyncio.get_running_loop()
#pragma once

#include <cstdint>
#include <memory>
#include <type_traits>
#include <utility>

#include "priz/deadline.hpp"
#include "priz/export.hpp"

namespace priz::io {

namespace detail {

struct mailbox;

// What another thread gave a loop to do.
struct letter {
    letter* next = nullptr;
    void (*open)(letter& self, bool is_alive) noexcept =
        nullptr;  // does it, if the loop is alive, and destroys it
};

}  // namespace detail

// What a loop has done, since it began; counted, not timed.
struct loop_statistics {
    std::uint64_t turns = 0;      // rounds, with one look for events each
    std::uint64_t endpoints = 0;  // descriptors that it has open now
    std::uint64_t timers = 0;     // that it has armed now
};

// A way to a loop from any thread; a value, and valid after the loop has ended.
class PRIZ_API loop_handle {
public:
    // Has `work()` called on the loop's thread, in the order of posting. It must not throw and must
    // not wait. False, and nothing is called, when the loop has ended. Never waits; wakes the loop
    // if it sleeps. Python: loop.call_soon_threadsafe()
    template <class Work>
    requires std::is_nothrow_invocable_v<Work&>
    bool post(Work work) const {
        struct holder final : detail::letter {
            explicit holder(Work&& w) : does(std::move(w)) {}
            Work does;
        };
        auto* const made = new holder(std::move(work));
        made->open = [](detail::letter& self, bool is_alive) noexcept {
            auto& mine = static_cast<holder&>(self);
            if (is_alive) mine.does();
            delete &mine;
        };
        return send(*made);
    }

private:
    friend class loop;
    explicit loop_handle(std::shared_ptr<detail::mailbox> box) noexcept;
    bool send(detail::letter& given) const noexcept;

    std::shared_ptr<detail::mailbox> box_;
};

// The running loop.
class PRIZ_API loop {
public:
    // Of this thread. Errors: value_error where none runs.
    static loop& current();
    static bool is_running() noexcept;

    // "io_uring", "epoll", "virtual" (testing::run) or "simulated".
    const char* backend_name() const noexcept;

    // Now, by the loop's clock: the monotonic clock's time, or the simulated one's.
    deadline now() const noexcept;

    loop_handle handle();
    loop_statistics statistics() const noexcept;

protected:
    loop() = default;
    ~loop() = default;
};

}  // namespace priz::io
