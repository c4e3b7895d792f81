// signal_hub.hpp: where a loop hears signals.
//
// The kernel gives a signal that is blocked to whoever reads it first from a signalfd(2), so that
// of several loops in a process one hears it. That one tells the others: it leaves a bit in their
// hubs and wakes them. A hub has an endpoint of the loop with a waiter that no coroutine stands
// behind: its turn reads and distributes. Where the backend hears no signals (a simulated host),
// mask and descriptor are left alone, and the host calls raise().
#pragma once

#include <signal.h>

#include <atomic>
#include <cstdint>
#include <vector>

#include "priz/error.hpp"
#include "priz/io/detail/endpoint.hpp"
#include "priz/io/signals.hpp"

namespace priz::io::detail {

class backend;
struct loop_core;

class signal_hub final : waiter {
public:
    signal_hub(loop_core& loop, backend& kernel) noexcept;
    signal_hub(const signal_hub&) = delete;
    signal_hub& operator=(const signal_hub&) = delete;
    ~signal_hub();

    result<void> add(signal_subscription& opened);
    void remove(signal_subscription& closed) noexcept;

    // Tells every set of this loop.
    void raise(int number) noexcept;

    // What other loops have left here.
    void take_left() noexcept {
        if (left_.load(std::memory_order_relaxed) != 0) [[unlikely]]
            raise_left();
    }

    // Another loop's thread, while this hub is among the listening ones.
    void leave(int number) noexcept;

    loop_core& loop() noexcept { return loop_; }

private:
    static void proceed(waiter& w);
    static void withdraw(waiter&) noexcept {}
    static const waiter_kind kind_of_wait;

    result<void> listen(std::uint64_t wanted) noexcept;
    void hear() noexcept;
    void stop() noexcept;
    void raise_left() noexcept;
    std::uint64_t all_wanted() const noexcept;

    loop_core& loop_;
    backend& kernel_;
    std::vector<signal_subscription*> open_;
    endpoint* source_ = nullptr;
    std::uint64_t blocked_here_ = 0;  // of this thread's mask
    std::atomic<std::uint64_t> left_ = 0;
};

}  // namespace priz::io::detail
