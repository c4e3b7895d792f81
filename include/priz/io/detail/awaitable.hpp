// priz/io/detail/awaitable.hpp: what can be awaited, and how it is asked for its value.
#pragma once

#include <coroutine>
#include <type_traits>
#include <utility>

namespace priz::io {

namespace detail {

template <class A>
concept awaiter = requires(A& a) {
    { a.await_ready() } -> std::same_as<bool>;
    a.await_suspend(std::noop_coroutine());
    a.await_resume();
};

template <class A>
concept gives_awaiter = requires(A& a) {
    {std::move(a).operator co_await()};
};

// A task's awaiter is a value of its own; a verb is its own awaiter, and is referred to.
template <class Op>
decltype(auto) awaiter_of(Op& op) noexcept {
    if constexpr (gives_awaiter<Op>)
        return std::move(op).operator co_await();
    else
        return (op);
}

template <class Op>
using awaiter_type = decltype(awaiter_of(std::declval<Op&>()));

}  // namespace detail

// A task, or a verb that has not been awaited yet.
template <class T>
concept awaitable =
    detail::gives_awaiter<std::remove_cvref_t<T>> || detail::awaiter<std::remove_cvref_t<T>>;

// What awaiting it gives.
template <awaitable T>
using awaited =
    decltype(detail::awaiter_of(std::declval<std::remove_cvref_t<T>&>()).await_resume());

}  // namespace priz::io
