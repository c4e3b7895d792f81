// priz/io/signals.hpp: signals, awaited.
//
//     io::signal_set signals{SIGHUP};
//     for (;;) {
//         co_await signals.wait();
//         read_configuration();
//     }
//
// A set is open as long as it lives: its signals then do not interrupt or end the program, they are
// heard by the set, and one that comes while nobody waits is kept for the next wait(). Like the
// kernel, a set keeps one of each kind. Every set that is open hears a signal, in each loop of the
// process. When the last set of a signal is gone, the signal does again what it did before.
//
// The signals are blocked in the loop's thread (pthread_sigmask). A process with other threads has
// to see to it that these block them as well, for the kernel gives a signal to any thread that
// takes it: run the loop, or block them, before starting threads. io::run(threads, …) does so for
// the threads it starts; each of its loops that is to hear a signal opens a set of its own, the
// first one's among them. Programs that the thread starts inherit the mask; subprocess code that
// cares resets it.
//
// A set belongs to its loop's thread. Elsewhere: servers, which end by signals on their own
// (serve.hpp). Python: loop.add_signal_handler()
#pragma once

#include <signal.h>

#include <concepts>
#include <coroutine>
#include <cstdint>
#include <optional>

#include "priz/export.hpp"
#include "priz/io/detail/waiter.hpp"

namespace priz::io {

// Which signals: {SIGINT, SIGTERM}.
//
// Errors: value_error for a number that is no signal's, and for those that cannot be heard:
// SIGKILL, SIGSTOP, and what a fault of the program raises.
class PRIZ_API signal_list {
public:
    // No initializer_list, which GCC before 14 does not take inside a co_await expression.
    signal_list() noexcept = default;
    template <std::same_as<int>... Numbers>
    signal_list(int first, Numbers... more) {
        add(first);
        (add(more), ...);
    }

    bool empty() const noexcept { return bits_ == 0; }
    bool contains(int number) const noexcept { return (bits_ & bit(number)) != 0; }
    std::uint64_t bits() const noexcept { return bits_; }

    // Signal 1 is the lowest bit.
    static constexpr std::uint64_t bit(int number) noexcept {
        return number >= 1 && number <= 64 ? std::uint64_t{1} << (number - 1) : 0;
    }

private:
    void add(int number);

    std::uint64_t bits_ = 0;
};

namespace detail {

class signal_hub;
class signal_wait;

// An open set, as its loop's hub knows it.
struct signal_subscription {
    std::uint64_t wanted = 0;
    std::uint64_t kept = 0;  // came while nobody waited
    signal_wait* first = nullptr;
    signal_hub* hub = nullptr;
};

class PRIZ_API signal_wait : waiter {
public:
    explicit signal_wait(signal_subscription& from) noexcept : waiter(kind_of_wait), from_(&from) {}

    bool await_ready() noexcept;
    void await_suspend(std::coroutine_handle<> self) noexcept;
    int await_resume();

private:
    friend class signal_hub;

    static void withdraw(waiter& w) noexcept;
    static const waiter_kind kind_of_wait;

    signal_subscription* from_;
    signal_wait* next_ = nullptr;
    int heard_ = 0;  // none: cancelled
};

}  // namespace detail

class PRIZ_API signal_set {
public:
    // Opens it.
    //
    // Errors:        value_error where no loop runs, and as signal_list; EMFILE, ENFILE.
    explicit signal_set(const signal_list& which);
    template <std::same_as<int>... Numbers>
    explicit signal_set(int first, Numbers... more) : signal_set(signal_list(first, more...)) {}
    signal_set(const signal_set&) = delete;
    signal_set& operator=(const signal_set&) = delete;
    // What was kept is dropped.
    ~signal_set();

    // The number of the next signal, or of one that was kept, the lowest first.
    //
    // Cancellation:  safe: no signal is lost.
    // Concurrency:   all who wait in a set are told of the same signal.
    // Python:        loop.add_signal_handler(), signal.sigwait()
    [[nodiscard]] detail::signal_wait wait() noexcept { return detail::signal_wait(from_); }

private:
    detail::signal_subscription from_;
};

namespace detail {

class [[nodiscard]] signal_once {
public:
    explicit signal_once(const signal_list& which) noexcept : which_(which) {}
    // Before it is awaited.
    signal_once(signal_once&& other) noexcept : which_(other.which_) {}
    signal_once& operator=(signal_once&&) = delete;
    ~signal_once() = default;

    bool await_ready() {
        set_.emplace(which_);
        wait_.emplace(set_->wait());
        return wait_->await_ready();
    }
    void await_suspend(std::coroutine_handle<> self) noexcept { wait_->await_suspend(self); }
    int await_resume() { return wait_->await_resume(); }

private:
    signal_list which_;
    std::optional<signal_set> set_;
    std::optional<signal_wait> wait_;
};

}  // namespace detail

// Waits for one of these signals and gives its number. A set that is open only as long as this
// waits: before and afterwards the signals do what they did. To hear all of several, open a
// signal_set.
//
// Errors:        as signal_set.
// Cancellation:  safe.
// Python:        signal.sigwait()
inline detail::signal_once wait_signal(const signal_list& which) {
    return detail::signal_once(which);
}

}  // namespace priz::io
