#include "priz/io/task.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

#include "io/io_test_support.hpp"

namespace priz::io {
namespace {

task<int> number(int n) { co_return n; }

task<> note(bool& has_run) {
    has_run = true;
    co_return;
}

TEST(task, does_nothing_until_it_is_awaited) {
    bool before = true;
    bool has_run = false;
    run_virtually([](bool& seen, bool& ran) -> task<> {
        auto waiting = note(ran);
        seen = ran;
        co_await std::move(waiting);
    }(before, has_run));
    EXPECT_FALSE(before);
    EXPECT_TRUE(has_run);
}

TEST(task, that_nobody_awaits_is_destroyed_with_its_parameters) {
    bool has_run = false;
    {
        const auto never_awaited = [](counted, bool& ran) -> task<> {
            ran = true;
            co_return;
        }(counted(), has_run);
        EXPECT_EQ(counted::alive, 1);
    }
    EXPECT_EQ(counted::alive, 0);
    EXPECT_FALSE(has_run);
}

TEST(task, gives_what_it_returned) {
    EXPECT_EQ(run_virtually(number(42)), 42);
    EXPECT_EQ(run_virtually([]() -> task<std::string> { co_return "text"; }()), "text");
}

TEST(task, gives_what_cannot_be_copied) {
    const auto made =
        run_virtually([]() -> task<std::unique_ptr<int>> { co_return std::make_unique<int>(7); }());
    EXPECT_EQ(*made, 7);
}

TEST(task, gives_a_reference_to_the_very_object) {
    int there = 1;
    run_virtually([](int& given) -> task<> {
        auto refer = [](int& to) -> task<int&> { co_return to; };
        int& got = co_await refer(given);
        got = 2;
    }(there));
    EXPECT_EQ(there, 2);
}

TEST(task, throws_in_its_awaiter_what_it_threw) {
    const auto fails = []() -> task<int> {
        throw std::out_of_range("far away");
        co_return 1;
    };
    const auto told = run_virtually([](auto make) -> task<std::string> {
        try {
            co_await make();
        } catch (const std::out_of_range& why) {
            co_return why.what();
        }
        co_return "nothing";
    }(fails));
    EXPECT_EQ(told, "far away");
    EXPECT_THROW(run_virtually(fails()), std::out_of_range);
}

TEST(task, keeps_no_part_of_its_result_after_it_was_given) {
    run_virtually([]() -> task<> {
        const auto got = co_await []() -> task<counted> { co_return counted(5); }();
        EXPECT_EQ(got.value, 5);
        EXPECT_EQ(counted::alive, 1);
    }());
    EXPECT_EQ(counted::alive, 0);
}

TEST(task, that_was_moved_from_is_empty) {
    auto first = number(1);
    const auto second = std::move(first);
    EXPECT_FALSE(first);
    EXPECT_TRUE(second);
}

TEST(task, assigned_over_is_destroyed) {
    const auto holding = [](counted) -> task<> { co_return; };
    auto waiting = holding(counted());
    EXPECT_EQ(counted::alive, 1);
    waiting = task<>();
    EXPECT_EQ(counted::alive, 0);
}

TEST(task, awaited_a_million_times_in_a_row_needs_no_stack) {
    const auto sum = run_virtually([]() -> task<std::int64_t> {
        std::int64_t total = 0;
        for (int i = 0; i < 1'000'000; ++i) total += co_await number(1);
        co_return total;
    }());
    EXPECT_EQ(sum, 1'000'000);
}

// Not with ?: where GCC before 14 awaits whatever the condition says.
task<int> depth_of(int below) {
    if (below == 0) co_return 0;
    const int depth = co_await depth_of(below - 1);
    co_return depth + 1;
}

TEST(task, calls_itself_a_hundred_thousand_deep_without_the_stack) {
    EXPECT_EQ(run_virtually(depth_of(100'000)), 100'000);
}

}  // namespace
}  // namespace priz::io
