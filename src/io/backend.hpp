// backend.hpp: what a loop asks of the world: io_uring, epoll and the simulator each provide this.
//
// A backend is asked once a loop turn or once a connection, never once a message: verbs make their
// calls themselves, on the kernel's socket or on the endpoint's transport, and wait here when the
// call would block. Everything but wake() is called on the loop's thread. Nothing above this file
// knows which backend runs.
#pragma once

#include <cstdint>

#include "priz/export.hpp"
#include "priz/io/detail/loop_core.hpp"

namespace priz {
struct resolver;
}

namespace priz::io::detail {

class late_sender;

// A fresh socket: of the kernel, or of a simulated host.
struct opened {
    int fd = -1;               // of the kernel; otherwise a number for messages
    transport* via = nullptr;  // null: the kernel
};

class PRIZ_API backend {
public:
    virtual ~backend() = default;

    // Whose wakes are heard.
    void belong_to(loop_core& loop) noexcept { wakes_heard_.loop = &loop; }

    // "io_uring", "epoll", "simulated", "virtual": for people.
    virtual const char* name() const noexcept = 0;

    // socket(2), non-blocking. Zero or a negative errno.
    virtual int open(int family, int type, int proto, opened& made) noexcept = 0;

    // From now on each change of the endpoint's readiness is reported (loop_core::report), the
    // present one included, to be sure once more than needed rather than once too little. Reading
    // is watched from the first call on until forget(), writing until it was reported; watching
    // what is watched already does nothing. Zero or a negative errno.
    virtual int watch(endpoint& e, bool writing) noexcept = 0;

    // Nothing is reported any more, the descriptor is closed, and the endpoint freed when the
    // kernel has let go.
    virtual void forget(endpoint& e) noexcept = 0;

    // Reports what has happened; where nothing has, waits for it until `deadline`. Returns also for
    // wake(), and when it likes.
    virtual void wait(loop_core& loop, std::int64_t deadline) noexcept = 0;

    // Sends what `sender` has due by the call of the next wait, which is then wait_sending(), and
    // says what has come of it before it reports anything. False where there is no such way: the
    // sender sends by itself.
    virtual bool send_late(late_sender&) noexcept { return false; }
    // Does so now, as far as it goes without waiting.
    virtual void finish_sends() noexcept {}
    virtual void wait_sending(loop_core& loop, std::int64_t deadline) noexcept {
        wait(loop, deadline);
    }

    // Ends a wait, the present or the next one; any thread.
    virtual void wake() noexcept = 0;

    // Whether the process's signals are this loop's; a simulated host raises its own
    // (loop_state::raise_signal).
    virtual bool hears_signals() const noexcept { return true; }

    // Whom loops here ask for names, in a network that is not the kernel's; null: as the machine's
    // settings say.
    virtual const resolver* names() const noexcept { return nullptr; }

    // Nanoseconds; for the real backends CLOCK_MONOTONIC.
    virtual std::int64_t now() noexcept = 0;

protected:
    // Stands where a reader waits for wakes.
    struct wake_hearer : waiter {
        wake_hearer() noexcept : waiter(kind_of_wait) {}
        void hear() noexcept {
            if (loop != nullptr) loop->looks_outside |= loop_core::woken;
        }
        loop_core* loop = nullptr;

    private:
        static void proceed(waiter& w) { static_cast<wake_hearer&>(w).hear(); }
        static constexpr waiter_kind kind_of_wait{proceed, nullptr};
    };
    wake_hearer wakes_heard_;
};

}  // namespace priz::io::detail
