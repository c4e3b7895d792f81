#include "priz/io/when.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "io/io_test_support.hpp"
#include "priz/error.hpp"
#include "priz/io/cancel_scope.hpp"
#include "priz/io/channel.hpp"

namespace priz::io {
namespace {

task<int> number_after(double seconds, int n) {
    co_await io::sleep(seconds);
    co_return n;
}

task<counted> counted_after(double seconds, int n) {
    co_await io::sleep(seconds);
    co_return counted(n);
}

// Gives its result although it is cancelled.
task<int> stubborn(double seconds, int n) {
    co_await shield(io::sleep(seconds));
    co_return n;
}

task<int> failure_after(double seconds, const char* why) {
    co_await io::sleep(seconds);
    throw std::runtime_error(why);
}

template <class... Tasks>
std::vector<task<int>> list(Tasks... tasks) {
    std::vector<task<int>> all;
    (all.push_back(std::move(tasks)), ...);
    return all;
}

TEST(when_all, gives_all_results_when_the_last_has_come) {
    run_virtually([]() -> task<> {
        auto [first, second, third] =
            co_await when_all(number_after(3, 1), counted_after(1, 2),
                              []() -> task<std::string> { co_return std::string(50, 's'); }());
        EXPECT_EQ(first, 1);
        EXPECT_EQ(second.value, 2);
        EXPECT_EQ(third.size(), 50U);
        EXPECT_EQ(seconds_passed(), 3);
    }());
    EXPECT_EQ(counted::alive, 0);
}

TEST(when_all, takes_verbs_and_tasks_without_a_value) {
    run_virtually([]() -> task<> {
        channel<int> c(1);
        co_await c.send(5);
        int there = 6;
        const auto refer = [](int& to) -> task<int&> { co_return to; };
        auto [got, nothing, referred] = co_await when_all(c.recv(), io::sleep(2), refer(there));
        static_assert(std::is_same_v<decltype(nothing), std::monostate>);
        EXPECT_EQ(got, 5);
        EXPECT_EQ(referred, &there);
        EXPECT_EQ(seconds_passed(), 2);
    }());
}

TEST(when_all, of_a_vector_gives_a_vector) {
    run_virtually([]() -> task<> {
        const auto all = co_await when_all(list(number_after(2, 1), number_after(1, 2)));
        EXPECT_EQ(all, (std::vector<int>{1, 2}));
        EXPECT_TRUE((co_await when_all(std::vector<task<>>())).empty());
    }());
}

TEST(when_all, cancels_the_others_when_one_fails) {
    run_virtually([]() -> task<> {
        EXPECT_THROW(co_await when_all(counted_after(9, 1), failure_after(1, "x")),
                     std::runtime_error);
        EXPECT_EQ(seconds_passed(), 1);
        EXPECT_THROW(co_await when_all(list(number_after(9, 1), failure_after(1, "x"))),
                     std::runtime_error);
        EXPECT_EQ(seconds_passed(), 2);
    }());
    EXPECT_EQ(counted::alive, 0);
}

TEST(when_all, reports_failures_of_the_same_moment_together) {
    run_virtually([]() -> task<> {
        EXPECT_THROW(co_await when_all(failure_after(1, "x"), failure_after(1, "y")),
                     exception_group);
    }());
}

TEST(when_all, is_ended_by_a_deadline_around_it) {
    run_virtually([]() -> task<> {
        EXPECT_FALSE(co_await move_on_after(1, when_all(number_after(9, 1), io::sleep(2))));
        EXPECT_EQ(seconds_passed(), 1);
    }());
}

TEST(when_any, gives_the_first_and_ends_the_others) {
    run_virtually([]() -> task<> {
        auto [first, results, errors] =
            co_await when_any(counted_after(3, 1), counted_after(1, 2), io::sleep(2));
        EXPECT_EQ(first, 1U);
        EXPECT_FALSE(std::get<0>(results));
        EXPECT_EQ(std::get<1>(results)->value, 2);
        EXPECT_FALSE(std::get<2>(results));
        EXPECT_TRUE(errors.empty());
        EXPECT_EQ(seconds_passed(), 1);
        EXPECT_EQ(counted::alive, 1);
    }());
    EXPECT_EQ(counted::alive, 0);
}

TEST(when_any, hands_over_what_came_besides) {
    run_virtually([]() -> task<> {
        const auto ended =
            co_await when_any(stubborn(3, 1), number_after(1, 2), number_after(1, 3));
        EXPECT_EQ(ended.first, 1U);
        EXPECT_EQ(std::get<0>(ended.results), 1);
        EXPECT_EQ(std::get<1>(ended.results), 2);
        EXPECT_EQ(std::get<2>(ended.results), 3);
        EXPECT_EQ(seconds_passed(), 3);
    }());
}

TEST(when_any, goes_on_when_one_fails_and_tells_of_it) {
    run_virtually([]() -> task<> {
        const auto ended = co_await when_any(failure_after(1, "x"), number_after(2, 2));
        EXPECT_EQ(ended.first, 1U);
        EXPECT_EQ(ended.errors.size(), 1U);
        EXPECT_EQ(seconds_passed(), 2);
    }());
}

TEST(when_any, in_which_all_fail_throws_what_they_threw) {
    run_virtually([]() -> task<> {
        EXPECT_THROW(co_await when_any(failure_after(1, "x"), failure_after(2, "y")),
                     exception_group);
        EXPECT_THROW(co_await when_any(failure_after(1, "x")), std::runtime_error);
        EXPECT_EQ(seconds_passed(), 3);
    }());
}

TEST(when_any, of_a_vector_gives_a_vector) {
    run_virtually([]() -> task<> {
        const auto ended = co_await when_any(
            list(number_after(2, 1), failure_after(0.5, "x"), number_after(1, 3)));
        EXPECT_EQ(ended.first, 2U);
        EXPECT_EQ(ended.results[2], 3);
        EXPECT_FALSE(ended.results[0]);
        EXPECT_EQ(ended.errors.size(), 1U);
        EXPECT_THROW(co_await when_any(std::vector<task<int>>()), error);
    }());
}

TEST(when_any, does_not_begin_what_comes_after_the_decision) {
    bool has_begun = false;
    run_virtually([](bool& begun) -> task<> {
        const auto at_once = []() -> task<> { co_return; };
        const auto notes = [](bool& b) -> task<> {
            b = true;
            co_return;
        };
        EXPECT_EQ((co_await when_any(at_once(), notes(begun))).first, 0U);
    }(has_begun));
    EXPECT_FALSE(has_begun);
}

TEST(when_any, loses_no_value_of_a_channel) {
    run_virtually([]() -> task<> {
        channel<int> a(1);
        channel<int> b(1);
        co_await a.send(1);
        co_await b.send(2);
        const auto ended = co_await when_any(a.recv(), b.recv());
        EXPECT_EQ(ended.first, 0U);
        EXPECT_EQ(std::get<0>(ended.results).value(), 1);
        EXPECT_EQ(std::get<1>(ended.results).has_value(), b.size() == 0);
    }());
}

TEST(when_any, is_ended_by_a_deadline_around_it) {
    run_virtually([]() -> task<> {
        EXPECT_THROW(co_await fail_after(1, when_any(number_after(2, 1), number_after(3, 2))),
                     timeout);
        const auto ended = co_await fail_after(1, when_any(stubborn(2, 1), number_after(3, 2)));
        EXPECT_EQ(ended.first, 0U);
    }());
}

}  // namespace
}  // namespace priz::io
