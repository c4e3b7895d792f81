// priz/io/offload.hpp: functions that block, on other threads.
//
//     auto text = co_await io::offload([&] { return read_file(path); });
//
// A loop's thread must not block: what has no verb to await (files, databases, long computations)
// is called on a thread of a pool, while the task waits for it. What the function refers to stays
// valid, since its task does not go on before it has ended. It runs beside the loop: what it shares
// with other tasks needs a lock (std::mutex), and no verb of priz::io can be used in it.
//
// Elsewhere: from another thread back into the loop (loop.hpp). Python: asyncio.to_thread(),
// loop.run_in_executor()
#pragma once

#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include "priz/export.hpp"
#include "priz/io/detail/wait_queue.hpp"
#include "priz/io/loop.hpp"
#include "priz/io/scope.hpp"

namespace priz::io {

class thread_pool;

// What a pool has and has done.
struct thread_pool_statistics {
    std::size_t threads = 0;      // that run now
    std::size_t idle = 0;         // of these, without work
    std::size_t queued = 0;       // functions that wait for a thread
    std::uint64_t begun = 0;      // functions that were called
    std::uint64_t withdrawn = 0;  // functions that were cancelled before
};

namespace detail {

struct pool_state;

class PRIZ_API offload_base : queue_wait {
public:
    bool await_ready() noexcept { return begin(); }
    void await_suspend(std::coroutine_handle<> self);

    using call = void (*)(offload_base&) noexcept;

protected:
    offload_base(thread_pool* pool, call what) noexcept
        : queue_wait(kind_of_wait), given_(pool), call_(what) {}

    void check() const { raise_if_cancelled("offload"); }

private:
    friend pool_state;

    // Comes back to the loop when the function has ended.
    struct answer : letter {
        offload_base* whose = nullptr;
    };

    static void on_answer(letter& arrived, bool is_alive) noexcept;
    static void withdraw(waiter& w) noexcept;
    static const waiter_kind kind_of_wait;

    thread_pool* given_;  // null: the loop's
    call call_;
    pool_state* pool_ = nullptr;
    std::shared_ptr<mailbox> box_;
    answer answer_;
    bool has_begun_ = false;  // under the pool's lock
};

template <class Work>
class [[nodiscard]] offload_wait : public offload_base {
    using value = std::invoke_result_t<Work&>;
    using kept = std::conditional_t<std::is_void_v<value>, bool, value>;
    static_assert(!std::is_reference_v<value>, "return a pointer, or a value");

public:
    offload_wait(thread_pool* pool, Work work)
        : offload_base(pool, &do_it), does_(std::move(work)) {}

    value await_resume() {
        check();
        if (error_ != nullptr) std::rethrow_exception(std::exchange(error_, nullptr));
        if constexpr (!std::is_void_v<value>) return *std::move(value_);
    }

private:
    static void do_it(offload_base& self) noexcept {
        auto& mine = static_cast<offload_wait&>(self);
        try {
            if constexpr (std::is_void_v<value>)
                mine.does_();
            else
                mine.value_.emplace(mine.does_());
        } catch (...) {
            mine.error_ = std::current_exception();
        }
    }

    Work does_;
    std::optional<kept> value_;
    std::exception_ptr error_;
};

template <class Work>
auto make_offload(thread_pool* pool, Work work) {
    static_assert(
        may_be_awaited_with<Work>,
        "this compiler destroys captures twice in a co_await expression: capture by reference");
    return offload_wait<Work>(pool, std::move(work));
}

}  // namespace detail

// Threads that call functions, first come, first served. They are started when there is work and
// end with the pool; signals that a program handles are left to its other threads. Any thread's
// loop may use it, and none may wait for it any more when it is destroyed.
class PRIZ_API thread_pool {
public:
    // At most so many threads. With none, functions are called on the thread of the loop that waits
    // for them, one after the other: for simulations, where nothing may happen at the same time.
    explicit thread_pool(std::size_t threads_max = 4);
    thread_pool(const thread_pool&) = delete;
    thread_pool& operator=(const thread_pool&) = delete;
    ~thread_pool();

    thread_pool_statistics statistics() const;

private:
    friend class detail::offload_base;

    std::unique_ptr<detail::pool_state> state_;
};

// Calls `work()` on another thread, of the loop's own pool (4 at most) or of the one given, and
// gives what it returns.
//
// Errors:        what `work` throws; std::system_error when no thread can be started.
// Cancellation:  when it has not begun, it never does. Otherwise its end is waited for, and its
//                result given; the cancellation is met by the next verb.
// Concurrency:   any number of tasks may wait; who finds no thread free waits for one.
// Python:        asyncio.to_thread()
template <class Work>
requires std::is_invocable_v<Work&>
[[nodiscard]] auto offload(Work work) { return detail::make_offload(nullptr, std::move(work)); }
template <class Work>
requires std::is_invocable_v<Work&>
[[nodiscard]] auto offload(thread_pool& pool, Work work) {
    return detail::make_offload(&pool, std::move(work));
}

}  // namespace priz::io
