// priz/io/when.hpp: results of several tasks.
//
//     auto [page, score] = co_await io::when_all(fetch(url), score_of(user));
//     auto winner = co_await io::when_any(ask(first), ask(second));
//     if (auto& [one, two] = winner.results; winner.first == 0) use(*one);
//
// Each takes tasks, or verbs that have not been awaited yet, runs them side by side, and ends when
// all of them have: nothing goes on behind the caller's back. What gives no value gives
// std::monostate; a reference comes as a pointer. Elsewhere: a number of tasks that
// is not known before (scope.hpp), limits of time (cancel_scope.hpp). Python: asyncio.gather(),
// asyncio.wait()
#pragma once

#include <cstddef>
#include <exception>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "priz/export.hpp"
#include "priz/io/detail/awaitable.hpp"
#include "priz/io/scope.hpp"
#include "priz/io/task.hpp"

namespace priz::io {

namespace detail {

template <class T>
struct kept_as {
    using type = T;
};
template <>
struct kept_as<void> {
    using type = std::monostate;
};
template <class T>
struct kept_as<T&> {
    using type = T*;
};

// What is kept of a task's result.
template <awaitable Op>
using outcome_of = typename kept_as<awaited<Op>>::type;

}  // namespace detail

// How a race ended: which one came in first, every result that came, and what the others that
// failed by themselves threw, in the order in which they did.
template <class Results>
struct race_result {
    std::size_t first;
    Results results;
    std::vector<std::exception_ptr> errors;
};

namespace detail {

template <class Op>
task<> keep_outcome(Op& op, std::optional<outcome_of<Op>>& kept) {
    auto&& inner = awaiter_of(op);
    if constexpr (std::is_void_v<awaited<Op>>) {
        co_await inner;
        kept.emplace();
    } else if constexpr (std::is_reference_v<awaited<Op>>) {
        kept.emplace(&co_await inner);
    } else {
        kept.emplace(co_await inner);
    }
}

class PRIZ_API race {
public:
    explicit race(scope& group) noexcept : group_(group) {}

    bool is_decided() const noexcept { return is_decided_; }
    std::size_t first() const noexcept { return first_; }
    std::vector<std::exception_ptr> take_errors() noexcept { return std::move(errors_); }

    void came_in(std::size_t which) noexcept;
    // In a handler: what ended one of them.
    void add_failure() noexcept;
    // Throws when nobody came in.
    void check();

private:
    scope& group_;
    std::size_t first_ = 0;
    bool is_decided_ = false;
    std::vector<std::exception_ptr> errors_;
    std::exception_ptr cancellation_;
};

// One that has not begun when the race is decided does not begin.
template <class Op>
task<> run_in(race& all, std::size_t which, Op& op, std::optional<outcome_of<Op>>& kept) {
    if (all.is_decided()) co_return;
    try {
        co_await keep_outcome(op, kept);
        all.came_in(which);
    } catch (...) {
        all.add_failure();
    }
}

PRIZ_API void refuse_an_empty_race(std::size_t count);

}  // namespace detail

// Runs all of them and gives their results, in the order of the arguments.
//
// Errors:        what one of them throws: the first failure cancels the others, and is thrown when
//                they have ended; exception_group when there were several.
// Cancellation:  reaches all of them. When one is ended by it, the results of the others are
//                destroyed; who cannot afford that has when_any()'s way, or a scope's.
// Python:        asyncio.gather(), asyncio.TaskGroup
template <awaitable... Ops>
task<std::tuple<detail::outcome_of<Ops>...>> when_all(Ops... ops) {
    std::tuple<std::optional<detail::outcome_of<Ops>>...> kept;
    auto given = std::tie(ops...);
    co_await with_scope([&](scope& group) {
        [&]<std::size_t... I>(std::index_sequence<I...>) {
            (group.spawn(detail::keep_outcome(std::get<I>(given), std::get<I>(kept))), ...);
        }
        (std::index_sequence_for<Ops...>());
    });
    co_return std::apply(
        [](auto&... each) { return std::tuple<detail::outcome_of<Ops>...>(*std::move(each)...); },
        kept);
}

// The same for any number of one kind.
template <class T>
task<std::vector<typename detail::kept_as<T>::type>> when_all(std::vector<task<T>> tasks) {
    std::vector<std::optional<typename detail::kept_as<T>::type>> kept(tasks.size());
    co_await with_scope([&](scope& group) {
        for (std::size_t i = 0; i < tasks.size(); ++i)
            group.spawn(detail::keep_outcome(tasks[i], kept[i]));
    });
    std::vector<typename detail::kept_as<T>::type> all;
    all.reserve(kept.size());
    for (auto& each : kept) all.push_back(*std::move(each));
    co_return all;
}

// Runs them until the first one succeeds; the others are cancelled, and have ended when it returns.
// No result is thrown away: one that came all the same is handed over with the first's.
//
// Errors:        when all of them failed, what they threw: exception_group, or the exception itself
//                when there is but one. value_error for none to run.
// Cancellation:  reaches all of them. If one succeeds in spite of it, that is returned.
// Python:        asyncio.wait(return_when=FIRST_COMPLETED), which cancels nothing
template <awaitable... Ops>
task<race_result<std::tuple<std::optional<detail::outcome_of<Ops>>...>>> when_any(Ops... ops) {
    static_assert(sizeof...(Ops) > 0, "a race of nobody has no winner");
    race_result<std::tuple<std::optional<detail::outcome_of<Ops>>...>> ended{};
    auto given = std::tie(ops...);
    co_await with_scope([&](scope& group) -> task<> {
        detail::race all(group);
        [&]<std::size_t... I>(std::index_sequence<I...>) {
            (group.spawn(detail::run_in(all, I, std::get<I>(given), std::get<I>(ended.results))),
             ...);
        }
        (std::index_sequence_for<Ops...>());
        while (group.size() != 0) co_await group.join();
        all.check();
        ended.first = all.first();
        ended.errors = all.take_errors();
    });
    co_return ended;
}

// The same for any number of one kind.
template <class T>
task<race_result<std::vector<std::optional<typename detail::kept_as<T>::type>>>> when_any(
    std::vector<task<T>> tasks) {
    detail::refuse_an_empty_race(tasks.size());
    race_result<std::vector<std::optional<typename detail::kept_as<T>::type>>> ended{};
    ended.results.resize(tasks.size());
    co_await with_scope([&](scope& group) -> task<> {
        detail::race all(group);
        for (std::size_t i = 0; i < tasks.size(); ++i)
            group.spawn(detail::run_in(all, i, tasks[i], ended.results[i]));
        while (group.size() != 0) co_await group.join();
        all.check();
        ended.first = all.first();
        ended.errors = all.take_errors();
    });
    co_return ended;
}

}  // namespace priz::io
