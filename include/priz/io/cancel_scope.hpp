// priz/io/cancel_scope.hpp: ending waits from outside.
//
// Every awaited verb waits in a cancel scope. When the scope is cancelled, by a call or because its
// deadline has passed, each verb that waits in it ends at once with `cancelled`, and so does each
// verb that is awaited in it later on: a scope that was cancelled stays so. Scopes nest; cancelling
// one cancels all inside it, save what is shielded.
//
//     auto line = co_await io::fail_after(5, read_line(s));       // throws priz::timeout after 5 s
//     if (!co_await io::move_on_after(5, greet(s))) log("late");  // goes on after 5 s
//     co_await io::shield(say_goodbye(s));  // is not reached by cancellations
//
// The contract: a verb that was cancelled either did nothing or hands over its result. What had
// come when it was cancelled is returned (bytes, a connection); the cancellation is then met by the
// next verb. Where that cannot be, its documentation says so (`Cancellation:`).
//
// A scope belongs to the loop in which it was entered, and to its thread. Elsewhere: tasks that run
// side by side and end together (scope.hpp). Python: asyncio.timeout(), CancelledError, which are
// edge-triggered; Trio's CancelScope.
#pragma once

#include <optional>
#include <type_traits>
#include <utility>

#include "priz/deadline.hpp"
#include "priz/duration.hpp"
#include "priz/error.hpp"
#include "priz/export.hpp"
#include "priz/io/detail/awaitable.hpp"
#include "priz/io/detail/timer.hpp"
#include "priz/io/detail/waiter.hpp"

namespace priz::io {

namespace detail {
struct loop_core;
// How many verbs of one coroutine may succeed at once before others have their turn.
inline constexpr int verbs_in_a_row = 32;
template <class Op>
class enclosed;
}  // namespace detail

class PRIZ_API cancel_scope {
public:
    cancel_scope() noexcept : limit_(&on_limit) { waiters_ = {&waiters_, &waiters_}; }
    cancel_scope(const cancel_scope&) = delete;
    cancel_scope& operator=(const cancel_scope&) = delete;
    ~cancel_scope() {
        if (loop_ != nullptr) leave();
    }

    // Ends what waits inside, and whatever is awaited inside later. May be called before the scope
    // is entered. A second call does nothing.
    void cancel() noexcept;

    // Cancels at that time; never() takes the deadline away. May be called before the scope is
    // entered and while it is.
    void set_deadline(deadline when) noexcept;

    // cancel() was called, or the deadline has passed.
    bool is_cancelled() const noexcept { return own_; }
    bool has_expired() const noexcept { return expired_; }

    // The earliest deadline that ends waits in here: its own, or that of a scope around it.
    // Python: trio.current_effective_deadline()
    deadline effective_deadline() const noexcept;

    // How detail::enclosed and scope work. A scope is entered once at a time, around verbs of one
    // coroutine and the tasks that these start.
    void enter(detail::loop_core& loop, bool shielded = false) noexcept;
    // In the running loop, with that deadline.
    void enter_until(deadline until, bool shielded);
    void leave() noexcept;
    bool ends_waits() const noexcept { return verbs_ == 0; }
    int verbs_allowed() const noexcept { return verbs_; }
    void link(detail::waiter& w) noexcept {
        w.scope = this;
        w.before = waiters_.before;
        // GCC would make a vector of the two first, which takes longer than two stores.
        asm("" ::: "memory");
        w.after = &waiters_;
        waiters_.before->after = &w;
        waiters_.before = &w;
    }

private:
    static void on_limit(detail::timer& limit) noexcept;

    void end() noexcept;
    void withdraw_waiters() noexcept;
    cancel_scope* next_below(cancel_scope* top) noexcept;

    // That its coroutines may have succeed at once, one after the other; 0 when it was cancelled
    // itself, or by one around it. And how many were left to the coroutine that entered it.
    int verbs_ = detail::verbs_in_a_row;
    int verbs_before_ = 0;
    bool own_ = false;       // cancelled itself
    bool expired_ = false;   // by its deadline
    bool shielded_ = false;  // those around it do not count
    detail::waiter_link waiters_;
    detail::loop_core* loop_ = nullptr;
    cancel_scope* parent_ = nullptr;
    cancel_scope* first_child_ = nullptr;
    cancel_scope* next_ = nullptr;      // of the parent's other children
    cancel_scope* previous_ = nullptr;  // likewise
    detail::timer limit_;
    std::int64_t when_ = detail::never;
};

namespace detail {

PRIZ_API deadline after_on_this_loop(duration d);
// Whether the running coroutine's scope is.
PRIZ_API bool is_cancelled_here() noexcept;

// A cancelled verb's failure as that of a deadline.
PRIZ_API failure as_timeout(const failure& why) noexcept;

template <class T>
inline constexpr bool is_result = false;
template <class T>
inline constexpr bool is_result<result<T>> = true;

// Awaits `op` inside a scope of its own.
template <class Op>
class enclosed {
public:
    template <class Given>
    enclosed(Given&& op, deadline until, bool shielded)
        : op_(std::forward<Given>(op)),
          inner_(awaiter_of(op_)),
          until_(until),
          shielded_(shielded) {}
    // Before it is awaited.
    enclosed(enclosed&& other) noexcept
        : op_(std::move(other.op_)),
          inner_(awaiter_of(op_)),
          until_(other.until_),
          shielded_(other.shielded_) {}
    enclosed& operator=(enclosed&&) = delete;
    ~enclosed() = default;

    bool await_ready() {
        scope_.enter_until(until_, shielded_);
        return inner_.await_ready();
    }
    template <class Handle>
    auto await_suspend(Handle self) {
        return inner_.await_suspend(self);
    }

protected:
    using value = decltype(std::declval<awaiter_type<Op>&>().await_resume());

    // Leaves the scope when those inside it have been left.
    value finish() {
        const leaving at_the_end{*this};
        return inner_.await_resume();
    }
    // The deadline has passed, and nothing around it is cancelled: that would be told instead.
    bool has_expired() const noexcept { return is_up_; }
    cancel_scope& own_scope() noexcept { return scope_; }

private:
    struct leaving {
        explicit leaving(enclosed& given) noexcept : whose(given) {}
        leaving(const leaving&) = delete;
        ~leaving() {
            whose.scope_.leave();
            whose.is_up_ = whose.scope_.has_expired() && !is_cancelled_here();
        }
        enclosed& whose;
    };

    Op op_;
    awaiter_type<Op> inner_;
    cancel_scope scope_;
    deadline until_;
    bool shielded_;
    bool is_up_ = false;
};

template <class Op>
class [[nodiscard]] failing_after : public enclosed<Op> {
public:
    using typename enclosed<Op>::value;

    template <class Given>
    failing_after(Given&& op, deadline until)
        : enclosed<Op>(std::forward<Given>(op), until, false) {}

    value await_resume() {
        try {
            if constexpr (is_result<value>) {
                value outcome = this->finish();
                if (!outcome && outcome.error().code() == errc::cancelled && this->has_expired())
                    return std::unexpected(as_timeout(outcome.error()));
                return outcome;
            } else {
                return this->finish();
            }
        } catch (const cancelled& ended) {
            if (!this->has_expired()) throw;
            as_timeout(ended.why()).raise();
        }
    }
};

template <class Op>
class [[nodiscard]] moving_on_after : public enclosed<Op> {
public:
    using typename enclosed<Op>::value;
    using outcome = std::conditional_t<std::is_void_v<value>, bool, std::optional<value>>;

    template <class Given>
    moving_on_after(Given&& op, deadline until)
        : enclosed<Op>(std::forward<Given>(op), until, false) {}

    outcome await_resume() {
        try {
            if constexpr (std::is_void_v<value>) {
                this->finish();
                return true;
            } else if constexpr (is_result<value>) {
                value given = this->finish();
                if (!given && given.error().code() == errc::cancelled && this->has_expired()) {
                    if (given.error().transferred() == 0) return outcome();
                    return value(std::unexpected(as_timeout(given.error())));
                }
                return given;
            } else {
                return this->finish();
            }
        } catch (const cancelled&) {
            if (!this->has_expired()) throw;
            return outcome();
        }
    }
};

template <class Op>
class [[nodiscard]] shielded : public enclosed<Op> {
public:
    using typename enclosed<Op>::value;

    template <class Given>
    explicit shielded(Given&& op) : enclosed<Op>(std::forward<Given>(op), {}, true) {}

    value await_resume() { return this->finish(); }
};

}  // namespace detail

// Awaits `op`, a task or a verb, for at most that long, or until that time.
//
// Errors:        timeout, when the time was up before `op` had ended; what `op` throws. The
//                failure is that of the verb that was waiting, so that it names its addresses.
// Cancellation:  reaches `op`.
// Python:        asyncio.wait_for(), asyncio.timeout()
template <awaitable Op>
auto fail_after(duration limit, Op&& op) {
    return detail::failing_after<std::remove_cvref_t<Op>>(std::forward<Op>(op),
                                                          detail::after_on_this_loop(limit));
}
template <awaitable Op>
auto fail_at(deadline until, Op&& op) {
    return detail::failing_after<std::remove_cvref_t<Op>>(std::forward<Op>(op), until);
}

// The same, but when the time is up the program goes on: with nothing, where `op` had a value to
// give (std::optional), or with false. A value that came in spite of the deadline is given. Of a
// transfer that was cut a try_ verb gives the failure, timed_out, which says how much was
// transferred(); the verb that throws says no more than that it was not done: for that, fail_after.
//
// Errors:        what `op` throws.
// Cancellation:  reaches `op`.
// Python:        trio.move_on_after(), which asyncio has not
template <awaitable Op>
auto move_on_after(duration limit, Op&& op) {
    return detail::moving_on_after<std::remove_cvref_t<Op>>(std::forward<Op>(op),
                                                            detail::after_on_this_loop(limit));
}
template <awaitable Op>
auto move_on_at(deadline until, Op&& op) {
    return detail::moving_on_after<std::remove_cvref_t<Op>>(std::forward<Op>(op), until);
}

// Awaits `op` without being reached by the scopes around: for what has to be done although the work
// was cancelled, such as saying goodbye. Give it a deadline of its own: shield(fail_after(1, …)).
//
// Errors:        what `op` throws.
// Python:        asyncio.shield(), which lets its caller go
template <awaitable Op>
auto shield(Op&& op) {
    return detail::shielded<std::remove_cvref_t<Op>>(std::forward<Op>(op));
}

}  // namespace priz::io
