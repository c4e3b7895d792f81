// priz/io/semaphore.hpp: so many at a time.
//
//     io::semaphore connections(100);
//     auto permit = co_await connections.acquire();  // given back when it goes out of scope
//
// Permits are given out in the order of asking: who asks for many waits until so many are there,
// and who asked later waits behind, also for one. The semaphore outlives its permits.
//
// Belongs to the tasks of one loop. Python: asyncio.BoundedSemaphore
#pragma once

#include <coroutine>
#include <cstddef>
#include <optional>
#include <utility>

#include "priz/export.hpp"
#include "priz/io/detail/wait_queue.hpp"

namespace priz::io {

namespace detail {
class acquire_wait;
}  // namespace detail

class PRIZ_API semaphore {
public:
    // Gives its permits back when it is destroyed, or release() is called.
    class [[nodiscard]] permit {
    public:
        permit() noexcept = default;
        permit(permit&& other) noexcept
            : of_(std::exchange(other.of_, nullptr)), count_(std::exchange(other.count_, 0)) {}
        permit& operator=(permit&& other) noexcept {
            if (this != &other) {
                release();
                of_ = std::exchange(other.of_, nullptr);
                count_ = std::exchange(other.count_, 0);
            }
            return *this;
        }
        ~permit() { release(); }

        explicit operator bool() const noexcept { return of_ != nullptr; }
        std::size_t count() const noexcept { return count_; }
        void release() noexcept {
            if (of_ != nullptr) std::exchange(of_, nullptr)->take_back(std::exchange(count_, 0));
        }

    private:
        friend class semaphore;
        friend class detail::acquire_wait;
        permit(semaphore& of, std::size_t count) noexcept : of_(&of), count_(count) {}

        semaphore* of_ = nullptr;
        std::size_t count_ = 0;
    };

    explicit semaphore(std::size_t permits) noexcept : total_(permits), free_(permits) {}
    semaphore(const semaphore&) = delete;
    semaphore& operator=(const semaphore&) = delete;
    ~semaphore() = default;

    // Waits until `count` permits are there, and its turn has come, and gives them.
    //
    // Errors:        value_error for none, or for more than there are in all.
    // Cancellation:  safe: leaves the line; permits that were handed over already are given, and
    //                the cancellation is met by the next verb.
    // Concurrency:   any number of tasks may wait.
    // Python:        asyncio.Semaphore.acquire(), async with semaphore
    [[nodiscard]] detail::acquire_wait acquire(std::size_t count = 1);

    // The same if it need not wait; none otherwise.
    [[nodiscard]] std::optional<permit> acquire_nowait(std::size_t count = 1);

    // How many permits nobody has.
    std::size_t available() const noexcept { return free_; }
    // Whether acquire() would wait. Python: asyncio.Semaphore.locked()
    bool locked() const noexcept { return free_ == 0 || !line_.empty(); }

private:
    friend class detail::acquire_wait;

    void check(std::size_t count) const;
    bool take(std::size_t count) noexcept;
    void take_back(std::size_t count) noexcept;
    void serve_the_line() noexcept;

    std::size_t total_;
    std::size_t free_;
    detail::wait_queue line_;
};

namespace detail {

class PRIZ_API acquire_wait : queue_wait {
public:
    acquire_wait(semaphore& what, std::size_t wanted) noexcept
        : queue_wait(kind_of_wait), of_(what), count_(wanted) {}

    bool await_ready() noexcept;
    void await_suspend(std::coroutine_handle<> self) noexcept;
    semaphore::permit await_resume() {
        raise_if_cancelled("acquire");
        return {of_, count_};
    }

private:
    friend class io::semaphore;

    static void withdraw(waiter& w) noexcept;
    static const waiter_kind kind_of_wait;

    semaphore& of_;
    std::size_t count_;
};

}  // namespace detail

inline detail::acquire_wait semaphore::acquire(std::size_t count) {
    check(count);
    return {*this, count};
}

}  // namespace priz::io
