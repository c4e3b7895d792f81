// mailbox.hpp: what other threads gave a loop to do.
//
// Letters are pushed onto a list by one atomic exchange and taken all at once. A loop that is about
// to sleep says so (is_awake), looks once more whether a letter has come, and sleeps; who brings a
// letter to a sleeping loop wakes it, and only the first of them. So posting to a busy loop makes
// no system call. Loops that gave no handle away pay nothing.
#pragma once

#include <atomic>
#include <mutex>

#include "io/backend.hpp"
#include "priz/export.hpp"
#include "priz/io/loop.hpp"

namespace priz::io::detail {

struct PRIZ_API mailbox {
    explicit mailbox(backend& kernel) noexcept : kernel_(&kernel) {}
    mailbox(const mailbox&) = delete;
    mailbox& operator=(const mailbox&) = delete;
    ~mailbox() { drop_all(); }

    // Any thread. False when the loop has ended; the letter is then destroyed.
    bool send(letter& given) noexcept;

    // The loop's thread: opens what has come, in order; whether there was any.
    bool open_all() noexcept;

    // The loop's thread: false when a letter has come, and the loop must not sleep.
    bool may_sleep() noexcept;
    void has_woken() noexcept { is_awake_.store(true, std::memory_order_relaxed); }

    // The loop ends.
    void close() noexcept;

private:
    void drop_all() noexcept;

    std::atomic<letter*> newest_ = nullptr;
    std::atomic<bool> is_awake_ = true;
    std::mutex ending_;  // held while the backend is used by another thread, and when it goes
    backend* kernel_;
    std::atomic<bool> is_closed_ = false;
};

}  // namespace priz::io::detail
