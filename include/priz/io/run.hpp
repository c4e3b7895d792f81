// priz/io/run.hpp: from main() into a loop.
//
//     int main() { io::run(io::serve("any:7000", echo)); }
//
// run() makes a loop, runs one task on it to its end, and returns what the task returned or throws
// what it threw. Every other task is started, somewhere below, by a scope, and has ended when the
// scope has: when run() returns, nothing is left running.
//
// The loop stands on io_uring where the kernel has it and lets the program use it, on epoll
// otherwise; programs behave the same. The environment variable PRIZ_BACKEND (uring or epoll)
// decides where the program does not.
//
// On io_uring a connection is told of what has come and receives it by a call; or, with
// receive_mode::ring, the kernel brings what has come, which saves that call for each message and
// costs memory. It is for servers of many short messages. PRIZ_RECEIVE (poll or ring) decides where
// the program does not.
//
//     int main() {
//         io::run(0, [] { return io::serve("any:7000", echo, {.reuse_port = true}); });
//     }
//
// run() with a number of threads makes as many loops, each with a main task of its own; what they
// share is the program's to guard. Python: asyncio.run()
#pragma once

#include <concepts>
#include <optional>
#include <type_traits>
#include <utility>

#include "priz/export.hpp"
#include "priz/io/task.hpp"

namespace priz::io {

enum class backend_kind {
    automatic,  // what PRIZ_BACKEND says; io_uring where it works, epoll otherwise
    uring,
    epoll,
};

// How TCP connections that wait in stream::recv() receive, on io_uring; epoll knows one way.
enum class receive_mode {
    automatic,  // what PRIZ_RECEIVE says; poll
    poll,       // readiness is told, a call receives: no copy, 254 bytes of the kernel's
    ring,       // the kernel receives: one call less a message, one copy, 860 bytes. Linux 6.17
};

struct run_options {
    backend_kind backend = backend_kind::automatic;
    receive_mode receive = receive_mode::automatic;
};

namespace detail {

PRIZ_API void run_to_end(task<> main, const run_options& options);

// What makes the main task of each thread: a function of nothing, or of the thread's index.
struct main_maker {
    task<> (*make)(void* maker, unsigned index);
    void* maker;
};
PRIZ_API void run_threads(unsigned threads, main_maker mains, const run_options& options);

template <class T>
task<> keep_result(task<T> main, std::optional<T>& kept) {
    kept.emplace(co_await std::move(main));
}

}  // namespace detail

// Runs `main` on a new loop in this thread.
//
// Errors:        what `main` throws; `unsupported` when the backend asked for is not to be had;
//                value_error when a loop runs in this thread already, or for a PRIZ_BACKEND or a
//                PRIZ_RECEIVE that names none.
template <class T>
T run(task<T> main, const run_options& options = {}) {
    if constexpr (std::is_void_v<T>) {
        detail::run_to_end(std::move(main), options);
    } else {
        std::optional<T> kept;
        detail::run_to_end(detail::keep_result(std::move(main), kept), options);
        return *std::move(kept);
    }
}

// Runs `threads` loops, each in a thread of its own, the first in this one; 0 means one for each
// core that this process may use. Each awaits `make_main()`, or `make_main(index)` with an index
// from 0, which is called in every thread at the same time. Returns when all have ended. When one
// fails the others are cancelled, and what failed first is thrown.
//
// The threads that are started block all signals, so that those of the process come to this one,
// where they do what they did, or to the sets that are open (signals.hpp).
//
// Errors:        what a main task throws; as run(); resource_unavailable when no more threads can
//                be started.
template <class Make>
requires std::same_as<std::invoke_result_t<Make&>, task<>> ||
    std::same_as<std::invoke_result_t<Make&, unsigned>, task<>>
void run(unsigned threads, Make make_main, const run_options& options = {}) {
    const auto call = [](void* maker, unsigned index) -> task<> {
        auto& make = *static_cast<Make*>(maker);
        if constexpr (std::is_invocable_v<Make&, unsigned>)
            return make(index);
        else
            return make();
    };
    detail::run_threads(threads, {call, &make_main}, options);
}

}  // namespace priz::io
