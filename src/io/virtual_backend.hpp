// virtual_backend.hpp: a loop whose time passes in no time.
//
// Where a real loop would sleep until its next timer, this one sets its clock to that moment: what
// takes an hour is over at once, and takes exactly an hour by the loop's clock. There are no
// sockets in it, only endpoints with a transport of their own. When every task waits and no timer
// is armed, nothing can ever happen again: the loop is stuck, every task in it is cancelled, and
// run_virtually() says so, where a real loop would hang.
#pragma once

#include <cerrno>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <utility>

#include "io/backend.hpp"
#include "io/run_on.hpp"
#include "priz/io/task.hpp"

namespace priz::io::detail {

class virtual_backend final : public backend {
public:
    // Whether other threads post to the loop: it then waits for them where it would be stuck.
    enum class others { are_silent, may_post };

    // The clock's first reading.
    static constexpr std::int64_t beginning = 1'000'000'000'000;

    // `is_stuck` becomes true when the loop is.
    explicit virtual_backend(bool& is_stuck, others threads = others::are_silent) noexcept
        : is_stuck_(is_stuck), threads_(threads) {}

    const char* name() const noexcept override { return "virtual"; }
    int open(int, int, int, opened&) noexcept override { return -EAFNOSUPPORT; }
    int watch(endpoint& e, bool) noexcept override {
        if (e.via == nullptr) return -EBADF;
        e.set(endpoint::watched_in);
        e.set(endpoint::watched_out);
        return 0;
    }
    void forget(endpoint& e) noexcept override {
        if (e.via != nullptr) e.via->close(e);
        e.loop->free_endpoint(e);
    }
    void wait(loop_core& loop, std::int64_t deadline) noexcept override {
        std::unique_lock held(waking_);
        if (deadline == never && threads_ == others::may_post)
            woken_.wait(held, [this] { return is_woken_; });
        if (std::exchange(is_woken_, false)) return;
        if (deadline == never) return give_up(loop);
        if (deadline > now_) now_ = deadline;
    }
    void wake() noexcept override {
        const std::lock_guard held(waking_);
        is_woken_ = true;
        woken_.notify_one();
    }
    std::int64_t now() noexcept override { return now_; }

private:
    void give_up(loop_core& loop) noexcept {
        // Shielded tasks that wait for ever cannot be ended by anybody.
        if (std::exchange(is_stuck_, true)) std::terminate();
        loop.root.cancel();
    }

    bool& is_stuck_;
    others threads_;
    std::int64_t now_ = beginning;
    std::mutex waking_;
    std::condition_variable woken_;
    bool is_woken_ = false;
};

// Runs `main` on such a loop.
//
// Errors: what `main` throws; std::logic_error when the loop was stuck.
template <class T>
T run_virtually(task<T> main,
                virtual_backend::others threads = virtual_backend::others::are_silent) {
    bool is_stuck = false;
    const auto complain = [&] {
        if (is_stuck) throw std::logic_error("every task waits, and nothing can happen any more");
    };
    const auto run_it = [&] {
        return run_on(std::make_unique<virtual_backend>(is_stuck, threads), std::move(main));
    };
    try {
        if constexpr (std::is_void_v<T>) {
            run_it();
            complain();
        } else {
            T value = run_it();
            complain();
            return value;
        }
    } catch (...) {
        complain();
        throw;
    }
}

}  // namespace priz::io::detail
