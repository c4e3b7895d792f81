// priz/io/scope.hpp: tasks side by side, that end together.
//
//     co_await io::with_scope([&](io::scope& group) -> io::task<> {
//         group.spawn(copy(a, b));
//         group.spawn(copy(b, a));
//         co_return;
//     });  // both have ended here
//
// A task that is spawned belongs to its scope, and with_scope() returns when all of them have
// ended, whatever happens: there are no tasks in the background that outlive the code that started
// them. When one fails, the others are cancelled, and its exception comes out of with_scope();
// several are reported together, as an exception_group.
//
// A scope belongs to its loop's thread. Elsewhere: results of several tasks (when.hpp), cancelling
// (cancel_scope.hpp). Python: asyncio.TaskGroup
#pragma once

#include <coroutine>
#include <cstddef>
#include <exception>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <type_traits>
#include <utility>
#include <vector>

#include "priz/export.hpp"
#include "priz/io/cancel_scope.hpp"
#include "priz/io/detail/awaitable.hpp"
#include "priz/io/task.hpp"

namespace priz::io {

// Several tasks of a scope failed. Python: ExceptionGroup
class PRIZ_API exception_group : public std::exception {
public:
    explicit exception_group(std::vector<std::exception_ptr> all);
    // What each of them says, in the order in which they failed.
    const char* what() const noexcept override { return text_.what(); }
    std::span<const std::exception_ptr> exceptions() const noexcept { return *all_; }

private:
    std::shared_ptr<const std::vector<std::exception_ptr>> all_;
    std::runtime_error text_;
};

class PRIZ_API scope final : detail::task_owner {
public:
    // Made by with_scope().
    scope();
    scope(const scope&) = delete;
    scope& operator=(const scope&) = delete;
    ~scope() = default;

    // Starts a task, or a function that makes one (which is kept as long as the task lives, so that
    // a lambda may have captures). It begins to run when the running coroutine waits. In a scope
    // that was cancelled it runs to its first wait.
    void spawn(task<> child);
    template <class Make>
    requires std::is_same_v<std::invoke_result_t<Make&>, task<>>
    void spawn(Make make) { spawn(run_made(std::move(make))); }

    // Ends all of them, and the body: with_scope() then returns without an exception.
    void cancel() noexcept { cancel_.cancel(); }
    bool is_cancelled() const noexcept { return cancel_.is_cancelled(); }

    // How many are running.
    std::size_t size() const noexcept { return running_; }

    // How with_scope() works: waits until no task is running. Another may have been spawned before
    // it goes on.
    class [[nodiscard]] join_wait {
    public:
        explicit join_wait(scope& whose) noexcept : whose_(whose) {}
        bool await_ready() const noexcept { return whose_.running_ == 0; }
        void await_suspend(std::coroutine_handle<> self) noexcept { whose_.joiner_ = self; }
        void await_resume() const noexcept {}

    private:
        scope& whose_;
    };
    join_wait join() noexcept { return join_wait(*this); }
    void add_failure(std::exception_ptr why) noexcept;
    // Leaves the scope; throws what went wrong. `has_value` says that the body ended by itself.
    void finish(bool has_value);

private:
    template <class Make>
    static task<> run_made(Make make) {
        co_await make();
    }
    void child_ended(std::coroutine_handle<> child, std::exception_ptr why) noexcept override;

    detail::loop_core& loop_;
    cancel_scope cancel_;
    std::size_t running_ = 0;
    std::coroutine_handle<> joiner_;
    std::exception_ptr cancellation_;
    std::vector<std::exception_ptr> failures_;
};

namespace detail {

// GCC before 14 copies a temporary lambda with captures bit by bit when it stands inside a co_await
// expression, and destroys it twice. Lambdas whose captures need no destruction ([&], numbers,
// pointers) are unharmed.
#if defined(__GNUC__) && !defined(__clang__) && __GNUC__ < 14
template <class Callable>
inline constexpr bool may_be_awaited_with = std::is_trivially_destructible_v<Callable>;
#else
template <class Callable>
inline constexpr bool may_be_awaited_with = true;
#endif

template <class Body>
using body_result = std::invoke_result_t<Body&, scope&>;

template <class Body>
struct body_traits {
    using value = void;
};
template <class Body>
requires awaitable<body_result<Body>>
struct body_traits<Body> {
    using value = awaited<body_result<Body>>;
};

}  // namespace detail

// Runs `body(group)`, a coroutine or a plain function, with a scope to spawn tasks in, and waits
// for all of them. Returns what the body returned.
//
// Errors:        what the body or a task threw; exception_group when there were several.
// Cancellation:  reaches the body and every task; with_scope() ends when they have.
// Python:        async with asyncio.TaskGroup()
template <class Body>
task<typename detail::body_traits<Body>::value> with_scope(Body body) {
    static_assert(
        detail::may_be_awaited_with<Body>,
        "this compiler destroys captures twice in a co_await expression: capture by reference");
    using value = typename detail::body_traits<Body>::value;
    scope group;
    if constexpr (std::is_void_v<value>) {
        bool has_ended = false;
        try {
            if constexpr (awaitable<detail::body_result<Body>>)
                co_await body(group);
            else
                body(group);
            has_ended = true;
        } catch (...) {
            group.add_failure(std::current_exception());
        }
        while (group.size() != 0) co_await group.join();
        // A scope that its own program cancelled has done its work.
        group.finish(has_ended || group.is_cancelled());
    } else {
        std::optional<value> kept;
        try {
            kept.emplace(co_await body(group));
        } catch (...) {
            group.add_failure(std::current_exception());
        }
        while (group.size() != 0) co_await group.join();
        group.finish(kept.has_value());
        co_return *std::move(kept);
    }
}

}  // namespace priz::io
