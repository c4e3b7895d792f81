// priz/http/handler.hpp: what answers a request: any function that gives a reply.
//
//     [] { return "Hello"; }
//     [](http::request& r) { return r.parameter("name"); }
//     [](http::request& r) -> io::task<http::reply> { co_return co_await r.text(); }
//
// A handler takes the request or nothing, and gives something that a reply (reply.hpp) can be made
// of, or a task of it, or nothing, which answers 204. It is kept as long as the server, so that a
// lambda that is a coroutine may have captures. Where the server runs in several threads, it is
// called in all of them: what it shares is the program's to guard.
#pragma once

#include <concepts>
#include <functional>
#include <memory>
#include <type_traits>
#include <utility>

#include "priz/export.hpp"
#include "priz/http/reply.hpp"
#include "priz/http/request.hpp"
#include "priz/io/task.hpp"

namespace priz::http {

namespace detail {

template <class F>
struct handled {};
template <class F>
requires std::invocable<F&, request&>
struct handled<F> {
    using type = std::invoke_result_t<F&, request&>;
};
template <class F>
requires std::invocable<F&> &&(!std::invocable<F&, request&>)struct handled<F> {
    using type = std::invoke_result_t<F&>;
};

template <class T>
struct task_value {
    using type = T;
    static constexpr bool is_task = false;
};
template <class T>
struct task_value<io::task<T>> {
    using type = T;
    static constexpr bool is_task = true;
};

template <class T>
concept makes_reply = std::is_void_v<T> || std::constructible_from<reply, T>;

// A handler, whatever its type.
class PRIZ_API any_handler {
public:
    any_handler() = default;
    any_handler(const any_handler&) = delete;
    any_handler& operator=(const any_handler&) = delete;
    virtual ~any_handler();

    // Whether answer_now() is to be called, and not answer().
    virtual bool is_immediate() const noexcept = 0;
    virtual reply answer_now(request& r) = 0;
    virtual io::task<reply> answer(request& r) = 0;
};

template <class F>
class handler_of final : public any_handler {
public:
    explicit handler_of(F does) : does_(std::move(does)) {}

    bool is_immediate() const noexcept override { return !awaits; }
    reply answer_now(request& r) override {
        if constexpr (awaits) {
            return reply(500);
        } else if constexpr (std::is_void_v<value>) {
            call(r);
            return reply(204);
        } else {
            return reply(call(r));
        }
    }
    io::task<reply> answer(request& r) override {
        if constexpr (!awaits) {
            co_return answer_now(r);
        } else if constexpr (std::is_void_v<value>) {
            co_await call(r);
            co_return reply(204);
        } else {
            co_return reply(co_await call(r));
        }
    }

private:
    using given = typename handled<F>::type;
    using value = typename task_value<given>::type;
    static constexpr bool awaits = task_value<given>::is_task;

    decltype(auto) call(request& r) {
        if constexpr (std::invocable<F&, request&>)
            return does_(r);
        else
            return does_();
    }

    F does_;
};

}  // namespace detail

// What a server may be given to answer requests with.
template <class F>
concept handler = requires {
    typename detail::handled<F>::type;
}
&&detail::makes_reply<typename detail::task_value<typename detail::handled<F>::type>::type>;

namespace detail {

template <handler F>
std::unique_ptr<any_handler> make_handler(F does) {
    return std::make_unique<handler_of<F>>(std::move(does));
}

}  // namespace detail

}  // namespace priz::http
