// life.hpp: what a host runs between coming up and going down: a loop and its tasks. A host that
// crashes begins a new life when it is back; the old one's tasks may still be ending then.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <list>
#include <memory>

#include "io/loop_state.hpp"
#include "priz/io/task.hpp"
#include "sim/sim_backend.hpp"

namespace priz::sim::detail {

class machine;

class life {
public:
    explicit life(machine& of);
    life(const life&) = delete;
    life& operator=(const life&) = delete;
    ~life() = default;

    machine& on;

    void start(io::task<> task, bool is_daemon);
    void cancel() noexcept;
    // Its sockets are gone, and make no new ones.
    void die() noexcept { is_dead_ = true; }
    bool is_dead() const noexcept { return is_dead_; }

    std::size_t tasks() const noexcept { return roots_.size(); }
    std::size_t tasks_to_wait_for() const noexcept { return roots_.size() - daemons_; }

    bool is_runnable() noexcept;
    // Not before the host gets the processor again.
    std::int64_t next_timer() const noexcept {
        return std::max(held_until_, loop_.core.timers.next());
    }
    // One turn of the loop: what is due, what is new, what can go on.
    void turn();

    sim_backend& kernel() noexcept { return *kernel_; }
    io::detail::loop_core& core() noexcept { return loop_.core; }

private:
    class root final : public io::detail::task_owner {
    public:
        root(life& of, bool daemon) noexcept : is_daemon(daemon), of_(of) {}
        void child_ended(std::coroutine_handle<> child, std::exception_ptr why) noexcept override;

        std::list<root>::iterator place;
        bool is_daemon;

    private:
        life& of_;
    };

    bool stalls();
    void has_failed(std::exception_ptr why) noexcept;

    sim_backend* kernel_;  // the loop's
    io::detail::loop_state loop_;
    std::shared_ptr<io::detail::mailbox> box_;
    std::list<root> roots_;
    std::size_t daemons_ = 0;
    std::int64_t held_until_ = 0;
    bool has_stalled_ = false;
    bool is_cancelled_ = false;
    bool is_dead_ = false;
};

}  // namespace priz::sim::detail
