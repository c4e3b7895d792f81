// loop_state.hpp: a loop, as those who make and drive loops see it.
#pragma once

#include <cstddef>
#include <memory>

#include "io/backend.hpp"
#include "io/mailbox.hpp"
#include "io/signal_hub.hpp"
#include "priz/io/detail/loop_core.hpp"
#include "priz/io/loop.hpp"

namespace priz::io {
class thread_pool;
}  // namespace priz::io

namespace priz::io::detail {

class PRIZ_API loop_state final : public loop {
public:
    explicit loop_state(std::unique_ptr<backend> kernel);
    loop_state(const loop_state&) = delete;
    loop_state& operator=(const loop_state&) = delete;
    ~loop_state();

    loop_core core;

    // Turns until `done`.
    void run_until(const bool& done) noexcept;

    // The parts of a turn, for those who wait by other means (the simulator): timers that are due,
    // letters, and the coroutines that can go on, a bounded number of them. run_ready() returns
    // whether some are left.
    void run_timers() noexcept;
    bool run_ready() noexcept;

    std::shared_ptr<mailbox> box();
    signal_hub& signals();

    // The threads of io::offload(): made when they are first asked for, so many at most; ended with
    // the loop. With none, the functions run on the loop's own thread, as a simulation wants it.
    thread_pool& pool();
    void set_pool_size(std::size_t threads_max) noexcept { pool_size_ = threads_max; }
    backend& kernel() noexcept { return *kernel_; }

    // A signal that the kernel does not send: a simulated host's. Tells the sets that are open.
    void raise_signal(int number) noexcept {
        if (signals_ != nullptr) signals_->raise(number);
    }

private:
    friend class io::loop;

    void wait(bool may_sleep) noexcept;

    std::unique_ptr<backend> kernel_;
    std::shared_ptr<mailbox> box_;         // null until a handle was given away
    std::unique_ptr<signal_hub> signals_;  // null until a set was opened
    std::size_t pool_size_ = 4;
    std::unique_ptr<thread_pool> pool_;
};

// This thread's running loop. Errors: value_error where none runs.
loop_state& current_state();

// Makes `loop` the thread's running one for as long as this lives.
class PRIZ_API running_loop {
public:
    explicit running_loop(loop_state& loop) noexcept;
    running_loop(const running_loop&) = delete;
    running_loop& operator=(const running_loop&) = delete;
    ~running_loop();

private:
    loop_state* before_;
};

}  // namespace priz::io::detail
