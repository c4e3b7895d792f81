// priz/io/task.hpp: a coroutine, as a function that can wait.
//
//     io::task<std::string> greet(io::stream s) {
//         co_await s.sendall("hello\n");
//         auto answer = co_await s.recv();
//         co_return std::string(answer.text());
//     }
//
// A task does nothing until it is awaited, or given to a scope (scope.hpp) or to io::run (run.hpp);
// it then runs on that loop's thread and is finished before its awaiter goes on. It has one owner,
// who awaits it once. Its result or its exception is its awaiter's. Parameters are copied or moved
// into it: take by value what has to outlive the call, and write no lambda with captures as a
// coroutine unless the lambda object outlives it.
//
// Elsewhere: running tasks side by side (scope.hpp, when.hpp), ending them (cancel_scope.hpp).
// Python: async def
#pragma once

#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <optional>
#include <type_traits>
#include <utility>

#include "priz/export.hpp"
#include "priz/io/detail/frame_pool.hpp"

namespace priz::io {

template <class T = void>
class task;

namespace detail {

class task_promise;

// Who is told when a task has ended that nobody awaits.
class PRIZ_API task_owner {
public:
    // The task stands at its end; its frame is the owner's to destroy.
    virtual void child_ended(std::coroutine_handle<> child, std::exception_ptr why) noexcept = 0;

protected:
    ~task_owner() = default;
};

class task_promise {
public:
    static void* operator new(std::size_t size) { return allocate_frame(size); }
    static void operator delete(void* frame, std::size_t size) noexcept { free_frame(frame, size); }

    std::suspend_always initial_suspend() noexcept { return {}; }

    struct final_awaiter {
        bool await_ready() noexcept { return false; }
        template <class Promise>
        std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> self) noexcept {
            task_promise& promise = self.promise();
            if (!promise.is_owned_) return std::coroutine_handle<>::from_address(promise.next_);
            static_cast<task_owner*>(promise.next_)
                ->child_ended(self, std::exchange(promise.error_, nullptr));
            return std::noop_coroutine();
        }
        void await_resume() noexcept {}
    };
    final_awaiter final_suspend() noexcept { return {}; }

    void unhandled_exception() noexcept { error_ = std::current_exception(); }

    void continue_with(std::coroutine_handle<> awaiter) noexcept { next_ = awaiter.address(); }
    void set_owner(task_owner& owner) noexcept {
        next_ = &owner;
        is_owned_ = true;
    }

protected:
    void rethrow() {
        if (error_ != nullptr) [[unlikely]]
            std::rethrow_exception(std::exchange(error_, nullptr));
    }

private:
    void* next_ = nullptr;  // the coroutine that awaits it, or its owner
    std::exception_ptr error_;
    bool is_owned_ = false;
};

template <class T>
class promise_of final : public task_promise {
public:
    task<T> get_return_object() noexcept;
    template <class U>
    requires std::is_convertible_v<U&&, T>
    void return_value(U&& value) { value_.emplace(std::forward<U>(value)); }
    T take() {
        rethrow();
        return *std::move(value_);
    }

private:
    std::optional<T> value_;
};

template <class T>
class promise_of<T&> final : public task_promise {
public:
    task<T&> get_return_object() noexcept;
    void return_value(T& value) noexcept { value_ = &value; }
    T& take() {
        rethrow();
        return *value_;
    }

private:
    T* value_ = nullptr;
};

template <>
class promise_of<void> final : public task_promise {
public:
    task<void> get_return_object() noexcept;
    void return_void() noexcept {}
    void take() { rethrow(); }
};

template <class T>
class task_awaiter {
public:
    explicit task_awaiter(std::coroutine_handle<promise_of<T>> child) noexcept : child_(child) {}

    bool await_ready() const noexcept { return false; }
    std::coroutine_handle<> await_suspend(std::coroutine_handle<> awaiter) noexcept {
        child_.promise().continue_with(awaiter);
        return child_;
    }
    T await_resume() { return child_.promise().take(); }

private:
    std::coroutine_handle<promise_of<T>> child_;
};

}  // namespace detail

template <class T>
class [[nodiscard]] task {
public:
    using promise_type = detail::promise_of<T>;

    task() noexcept = default;
    task(task&& other) noexcept : frame_(std::exchange(other.frame_, nullptr)) {}
    task& operator=(task&& other) noexcept {
        if (this != &other) {
            drop();
            frame_ = std::exchange(other.frame_, nullptr);
        }
        return *this;
    }
    ~task() { drop(); }

    // False after it was moved from.
    explicit operator bool() const noexcept { return frame_ != nullptr; }

    // Runs it to its end and gives what it returned.
    //
    // Errors:        what the coroutine throws.
    // Cancellation:  reaches the verbs that the coroutine awaits.
    // Concurrency:   a task is awaited once.
    // Python:        await
    auto operator co_await() && noexcept { return detail::task_awaiter<T>(frame_); }

    // Gives the frame away: how scopes take a task over.
    std::coroutine_handle<promise_type> release() noexcept {
        return std::exchange(frame_, nullptr);
    }

private:
    friend promise_type;
    explicit task(std::coroutine_handle<promise_type> frame) noexcept : frame_(frame) {}

    void drop() noexcept {
        if (frame_ != nullptr) frame_.destroy();
    }

    std::coroutine_handle<promise_type> frame_ = nullptr;
};

namespace detail {

template <class T>
task<T> promise_of<T>::get_return_object() noexcept {
    return task<T>(std::coroutine_handle<promise_of>::from_promise(*this));
}
template <class T>
task<T&> promise_of<T&>::get_return_object() noexcept {
    return task<T&>(std::coroutine_handle<promise_of>::from_promise(*this));
}
inline task<void> promise_of<void>::get_return_object() noexcept {
    return task<void>(std::coroutine_handle<promise_of>::from_promise(*this));
}

}  // namespace detail

}  // namespace priz::io
