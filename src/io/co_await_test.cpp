// Every form in which programs write co_await, with objects that notice when a compiler destroys
// them twice or where they were not made: GCC before 14 does, in some forms (see scope.hpp).

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "io/io_test_support.hpp"
#include "priz/error.hpp"
#include "priz/io/cancel_scope.hpp"
#include "priz/io/scope.hpp"

namespace priz::io {
namespace {

task<counted> make(int n) {
    co_await yield();
    co_return counted(n);
}

task<counted> make_from(counted given, double seconds = 0) {
    co_await io::sleep(seconds);
    co_return given;
}

task<counted> sum(counted a, const counted& b) {
    co_await yield();
    co_return counted(a.value + b.value);
}

task<std::optional<counted>> next(int& left) {
    co_await yield();
    if (left-- > 0) co_return counted(left);
    co_return std::nullopt;
}

task<std::pair<counted, std::string>> make_pair(int n) {
    co_await yield();
    co_return std::pair<counted, std::string>(counted(n), std::string(50, 'p'));
}

int value_of(const counted& c) { return c.value; }

struct setting {
    setting(int n, std::string s) : what(n), name(std::move(s)) {}
    counted what;
    std::string name;
};

task<int> use(setting given) {
    co_await yield();
    co_return given.what.value + static_cast<int>(given.name.size());
}

class co_await_forms : public testing::Test {
protected:
    ~co_await_forms() override { EXPECT_EQ(counted::alive, 0); }
};

TEST_F(co_await_forms, a_scope_with_a_body_that_captures_by_reference) {
    run_virtually([]() -> task<> {
        const counted here(3);
        const counted got = co_await with_scope([&](scope& group) -> task<counted> {
            group.spawn([&]() -> task<> {
                co_await yield();
                EXPECT_EQ(here.value, 3);
            });
            co_return counted(here.value + 1);
        });
        EXPECT_EQ(got.value, 4);
    }());
}

TEST_F(co_await_forms, a_spawned_lambda_with_captures_of_its_own) {
    run_virtually([]() -> task<> {
        const counted here(3);
        co_await with_scope([&](scope& group) -> task<> {
            group.spawn([here, text = std::string(50, 'x')]() -> task<> {
                co_await yield();
                EXPECT_EQ(here.value + static_cast<int>(text.size()), 53);
            });
            group.spawn([moved = std::make_unique<counted>(5)]() -> task<> {
                co_await yield();
                EXPECT_EQ(moved->value, 5);
            });
            co_await yield();
        });
    }());
}

TEST_F(co_await_forms, a_limit_on_a_task) {
    run_virtually([]() -> task<> {
        EXPECT_EQ((co_await fail_after(5, make_from(counted(1)))).value, 1);
        EXPECT_EQ((co_await move_on_after(5, make_from(counted(2)))).value().value, 2);
        EXPECT_FALSE(co_await move_on_after(5, make_from(counted(2), 6)));
        EXPECT_THROW(co_await fail_after(5, make_from(counted(2), 6)), timeout);
        EXPECT_EQ((co_await shield(make_from(counted(3)))).value, 3);
    }());
}

TEST_F(co_await_forms, limits_inside_each_other) {
    run_virtually([]() -> task<> {
        const counted a = co_await fail_after(5, shield(make_from(counted(1))));
        const counted b = co_await shield(fail_after(5, fail_after(6, make_from(counted(2)))));
        const auto c = co_await move_on_after(5, fail_after(6, shield(make_from(counted(3)))));
        EXPECT_EQ(a.value + b.value + c.value().value, 6);
        EXPECT_THROW(co_await shield(fail_after(1, fail_after(6, make_from(counted(2), 3)))),
                     timeout);
    }());
}

TEST_F(co_await_forms, a_limit_on_a_scope) {
    run_virtually([]() -> task<> {
        const counted here(3);
        const auto got =
            co_await fail_after(5, with_scope([&](scope&) -> task<counted> { co_return here; }));
        EXPECT_EQ(got.value, 3);
    }());
}

TEST_F(co_await_forms, a_limit_that_was_made_before) {
    run_virtually([]() -> task<> {
        auto waiting = make_from(counted(1));
        auto limited = fail_after(5, std::move(waiting));
        const counted got = co_await limited;
        EXPECT_EQ(got.value, 1);
    }());
}

TEST_F(co_await_forms, the_condition_of_a_while_loop_that_declares) {
    run_virtually([]() -> task<> {
        int left = 5;
        int seen = 0;
        while (auto got = co_await next(left)) seen += got->value;
        EXPECT_EQ(seen, 10);
    }());
}

TEST_F(co_await_forms, conditions) {
    run_virtually([]() -> task<> {
        int taken = 0;
        if ((co_await make(1)).value == 1 && (co_await make(2)).value == 2) ++taken;
        if (const auto got = co_await make(3); got.value == 3) ++taken;
        if ((co_await make(1)).value == 0 || (co_await make(2)).value == 2) ++taken;
        switch ((co_await make(4)).value) {
            case 4:
                ++taken;
                break;
            default:
                break;
        }
        for (int i = 0; i < (co_await make(3)).value; ++i) ++taken;
        EXPECT_EQ(taken, 7);
    }());
}

TEST_F(co_await_forms, structured_bindings) {
    run_virtually([]() -> task<> {
        auto [number, text] = co_await make_pair(7);
        EXPECT_EQ(number.value, 7);
        EXPECT_EQ(text.size(), 50U);
        const auto& [same, other] = co_await make_pair(8);
        EXPECT_EQ(same.value, 8);
        EXPECT_EQ(other.size(), 50U);
    }());
}

TEST_F(co_await_forms, arguments) {
    run_virtually([]() -> task<> {
        EXPECT_EQ(value_of(co_await make(5)), 5);
        EXPECT_EQ((co_await sum(co_await make(1), co_await make(2))).value, 3);
        EXPECT_EQ((co_await sum(co_await sum(counted(1), counted(2)), co_await make(3))).value, 6);
        EXPECT_EQ(co_await use(setting(1, "abc")), 4);
        EXPECT_EQ(co_await use({1, "abcd"}), 5);
    }());
}

TEST_F(co_await_forms, expressions) {
    run_virtually([]() -> task<> {
        EXPECT_EQ((co_await make(1)).value + (co_await make(2)).value, 3);
        std::vector<counted> all;
        all.push_back(co_await make(1));
        all.emplace_back(co_await make(2));
        counted assigned(0);
        assigned = co_await make(9);
        EXPECT_EQ(assigned.value + all[0].value + all[1].value, 12);
        const auto both = std::tuple<counted, counted>(co_await make(1), co_await make(2));
        EXPECT_EQ(std::get<1>(both).value, 2);
    }());
}

TEST_F(co_await_forms, the_value_that_a_task_returns) {
    run_virtually([]() -> task<> {
        const auto outer = []() -> task<counted> { co_return co_await make_from(counted(4)); };
        EXPECT_EQ((co_await outer()).value, 4);
    }());
}

TEST_F(co_await_forms, inside_a_try_block_that_an_exception_leaves) {
    run_virtually([]() -> task<> {
        const auto fails = [](counted) -> task<counted> {
            co_await yield();
            throw std::make_unique<int>(1);
        };
        for (int i = 0; i < 3; ++i) {
            try {
                const counted before(i);
                co_await sum(co_await make(1), co_await fails(counted(2)));
                ADD_FAILURE();
            } catch (const std::unique_ptr<int>&) {
            }
        }
    }());
}

TEST_F(co_await_forms, a_lambda_coroutine_called_where_it_stands) {
    run_virtually([]() -> task<> {
        const counted here(2);
        const auto got = co_await [](const counted& given, counted own) -> task<counted> {
            co_await yield();
            co_return counted(given.value + own.value);
        }(here, counted(3));
        EXPECT_EQ(got.value, 5);
    }());
}

}  // namespace
}  // namespace priz::io
