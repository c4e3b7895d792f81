#include "priz/io/cancel_scope.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <utility>

#include "io/io_test_support.hpp"
#include "priz/error.hpp"
#include "priz/io/detail/loop_core.hpp"
#include "priz/io/event.hpp"
#include "priz/io/scope.hpp"

namespace priz::io {
namespace {

task<int> number_after(double seconds, int n) {
    co_await io::sleep(seconds);
    co_return n;
}

task<> pause(double seconds) { co_await io::sleep(seconds); }

// Ends late: does not let itself be cancelled.
task<> pause_shielded(double seconds) { co_await shield(io::sleep(seconds)); }

// A verb of the non-throwing kind.
task<result<int>> try_number_after(double seconds, int n) {
    try {
        co_await io::sleep(seconds);
    } catch (const cancelled& why) {
        co_return std::unexpected(why.why());
    }
    co_return n;
}

// So that others have their turn, however many scopes are entered.
TEST(cancel_scope, verbs_that_succeed_at_once_in_scopes_of_their_own_count_together) {
    const auto body = []() -> task<> {
        event set;
        set.set();
        int done = 0;
        int done_at_its_turn = 0;
        co_await with_scope([&](scope& group) -> task<> {
            group.spawn([&]() -> task<> {
                done_at_its_turn = done;
                co_return;
            });
            for (; done < 1000; ++done) {
                co_await fail_after(60, set.wait());
                co_await shield(move_on_after(60, set.wait()));
            }
        });
        EXPECT_LT(done_at_its_turn, 32);
    };
    run_virtually(body());
}

// What ended it, and when: "value 3 at 2", "timeout at 5".
template <class Make>
task<std::string> outcome(Make make) {
    const auto told = [](const std::string& what) {
        const double now = seconds_passed();
        return what + " at " + std::to_string(static_cast<int>(now));
    };
    try {
        auto op = make();
        if constexpr (std::is_void_v<awaited<decltype(op)>>) {
            co_await std::move(op);
            co_return told("done");
        } else {
            const auto value = co_await std::move(op);
            co_return told("value " + std::to_string(static_cast<int>(value)));
        }
    } catch (const timeout&) {
        co_return told("timeout");
    } catch (const cancelled&) {
        co_return told("cancelled");
    }
}

template <class Make>
std::string outcome_of(Make make) {
    return run_virtually(outcome(make));
}

TEST(fail_after, gives_what_came_in_time) {
    EXPECT_EQ(outcome_of([] { return fail_after(5, number_after(4, 3)); }), "value 3 at 4");
    EXPECT_EQ(outcome_of([] { return fail_after(5, io::sleep(4)); }), "done at 4");
}

TEST(fail_after, throws_timeout_when_the_time_is_up) {
    EXPECT_EQ(outcome_of([] { return fail_after(5, number_after(6, 3)); }), "timeout at 5");
    EXPECT_EQ(outcome_of([] { return fail_after(5, io::sleep(6)); }), "timeout at 5");
}

TEST(fail_after, of_nothing_ends_the_first_wait) {
    EXPECT_EQ(outcome_of([] { return fail_after(0, io::sleep(1)); }), "timeout at 0");
}

TEST(fail_after, of_less_than_nothing_is_refused) {
    EXPECT_THROW(outcome_of([] { return fail_after(-1, io::sleep(1)); }), error);
}

TEST(fail_after, waits_for_what_it_has_cancelled) {
    EXPECT_EQ(outcome_of([] { return fail_after(5, pause_shielded(8)); }), "done at 8");
}

TEST(fail_after, nests_and_the_nearest_deadline_counts) {
    EXPECT_EQ(outcome_of([] { return fail_after(5, fail_after(3, pause(9))); }), "timeout at 3");
    EXPECT_EQ(outcome_of([] { return fail_after(3, fail_after(5, pause(9))); }), "timeout at 3");
}

TEST(fail_after, names_the_verb_that_was_waiting) {
    std::string said;
    run_virtually([](std::string& told) -> task<> {
        try {
            co_await fail_after(1, pause(2));
        } catch (const timeout& why) {
            told = why.operation();
        }
    }(said));
    EXPECT_EQ(said, "sleep");
}

TEST(fail_after, makes_a_timeout_of_a_result_that_was_cancelled) {
    run_virtually([]() -> task<> {
        const auto late = co_await fail_after(1, try_number_after(2, 5));
        EXPECT_EQ(late.error().code(), errc::timed_out);
        const auto early = co_await fail_after(2, try_number_after(1, 5));
        EXPECT_EQ(early.value(), 5);
    }());
}

TEST(fail_at, takes_a_point_of_time) {
    EXPECT_EQ(outcome_of([] {
                  const auto now = loop::current().now().monotonic_ns();
                  return fail_at(deadline::at(now + 4'000'000'000), pause(5));
              }),
              "timeout at 4");
    EXPECT_EQ(outcome_of([] { return fail_at(deadline(), pause(5)); }), "done at 5");
}

TEST(move_on_after, says_whether_it_was_done) {
    EXPECT_EQ(outcome_of([] { return move_on_after(5, pause(4)); }), "value 1 at 4");
    EXPECT_EQ(outcome_of([] { return move_on_after(5, pause(6)); }), "value 0 at 5");
}

TEST(move_on_after, gives_a_value_or_nothing) {
    run_virtually([]() -> task<> {
        EXPECT_EQ(co_await move_on_after(5, number_after(4, 3)), 3);
        EXPECT_EQ(co_await move_on_after(5, number_after(6, 3)), std::nullopt);
    }());
}

TEST(move_on_after, gives_nothing_for_a_result_that_was_cancelled) {
    run_virtually([]() -> task<> {
        EXPECT_FALSE(co_await move_on_after(1, try_number_after(2, 5)));
        const auto early = co_await move_on_after(2, try_number_after(1, 5));
        EXPECT_EQ(early.value().value(), 5);
    }());
}

TEST(move_on_after, passes_a_cancellation_from_around_it_on) {
    EXPECT_EQ(outcome_of([] { return fail_after(3, move_on_after(5, pause(9))); }), "timeout at 3");
}

TEST(move_on_after, goes_on_where_a_deadline_inside_passes_at_the_same_moment) {
    EXPECT_EQ(outcome_of([] { return move_on_after(5, fail_after(5, pause(9))); }), "value 0 at 5");
}

TEST(move_on_after, does_not_end_a_cancellation_that_came_before_its_deadline) {
    const auto late_to_end = []() -> task<> {
        if (co_await shield(move_on_after(2, io::sleep(9)))) co_return;
        co_await pause_shielded(4);
        co_await io::sleep(1);
    };
    EXPECT_EQ(outcome_of([&] { return fail_after(2, move_on_after(4, late_to_end())); }),
              "timeout at 6");
}

TEST(shield, is_not_reached_by_what_is_around_it) {
    EXPECT_EQ(outcome_of([] { return fail_after(1, shield(pause(5))); }), "done at 5");
}

TEST(shield, is_ended_by_a_deadline_inside) {
    EXPECT_EQ(outcome_of([] { return fail_after(1, shield(fail_after(3, pause(5)))); }),
              "timeout at 3");
}

TEST(shield, lets_the_next_wait_meet_the_cancellation) {
    const auto two = []() -> task<> {
        co_await shield(io::sleep(5));
        co_await io::sleep(1);
    };
    EXPECT_EQ(outcome_of([&] { return fail_after(1, two()); }), "timeout at 5");
}

TEST(shield, works_in_a_scope_that_was_cancelled_before) {
    std::string said;
    run_virtually([](std::string& told) -> task<> {
        co_await with_scope([&](scope& group) -> task<> {
            group.cancel();
            co_await shield(io::sleep(2));
            told = "said goodbye";
        });
        EXPECT_EQ(seconds_passed(), 2);
    }(said));
    EXPECT_EQ(said, "said goodbye");
}

// Sleeps 10 seconds inside `mine`.
task<> pause_in(cancel_scope& mine, std::string& told) {
    mine.enter(detail::this_loop_core());
    try {
        co_await io::sleep(10);
        told = "slept";
    } catch (const cancelled&) {
        told = "cancelled";
    }
    mine.leave();
}

TEST(cancel_scope, cancelled_before_it_is_entered_ends_the_first_wait) {
    std::string said;
    run_virtually([](std::string& told) -> task<> {
        cancel_scope mine;
        mine.cancel();
        co_await pause_in(mine, told);
        EXPECT_EQ(seconds_passed(), 0);
        EXPECT_TRUE(mine.is_cancelled());
        EXPECT_FALSE(mine.has_expired());
    }(said));
    EXPECT_EQ(said, "cancelled");
}

TEST(cancel_scope, has_a_deadline_that_can_be_moved_while_it_waits) {
    std::string said;
    run_virtually([](std::string& told) -> task<> {
        cancel_scope mine;
        mine.set_deadline(deadline::at(loop::current().now().monotonic_ns() + 2'000'000'000));
        co_await with_scope([&](scope& group) -> task<> {
            group.spawn(pause_in(mine, told));
            co_await io::sleep(1);
            mine.set_deadline(deadline::at(loop::current().now().monotonic_ns() + 4'000'000'000));
        });
        EXPECT_EQ(seconds_passed(), 5);
        EXPECT_TRUE(mine.has_expired());
    }(said));
    EXPECT_EQ(said, "cancelled");
}

TEST(cancel_scope, whose_deadline_is_taken_away_waits_on) {
    std::string said;
    run_virtually([](std::string& told) -> task<> {
        cancel_scope mine;
        mine.set_deadline(deadline::at(loop::current().now().monotonic_ns() + 2'000'000'000));
        co_await with_scope([&](scope& group) -> task<> {
            group.spawn(pause_in(mine, told));
            co_await io::sleep(1);
            mine.set_deadline(deadline());
        });
        EXPECT_EQ(seconds_passed(), 10);
    }(said));
    EXPECT_EQ(said, "slept");
}

TEST(cancel_scope, ends_every_wait_below_it_but_the_shielded) {
    std::string said;
    run_virtually([](std::string& told) -> task<> {
        const auto waits = [&told](const char* who) -> task<> {
            try {
                co_await io::sleep(10);
                told += who;
            } catch (const cancelled&) {
                told += std::string("(") + who + ")";
                throw;
            }
        };
        co_await with_scope([&](scope& group) -> task<> {
            group.spawn(waits("a"));
            group.spawn([&]() -> task<> {
                co_await with_scope([&](scope& inner) -> task<> {
                    inner.spawn(waits("b"));
                    inner.spawn([&]() -> task<> { co_await shield(waits("c")); });
                    co_await fail_after(100, waits("d"));
                });
            });
            co_await io::sleep(1);
            group.cancel();
        });
        EXPECT_EQ(seconds_passed(), 10);
    }(said));
    EXPECT_EQ(said, "(a)(b)(d)c");
}

TEST(cancel_scope, leaves_no_timer_behind) {
    run_virtually([]() -> task<> {
        for (int i = 0; i < 1000; ++i) co_await fail_after(1000, fail_after(2000, io::sleep(0)));
        EXPECT_EQ(loop::current().statistics().timers, 0U);
    }());
}

TEST(cancel_scope, the_effective_deadline_is_the_earliest_around_up_to_a_shield) {
    run_virtually([]() -> task<> {
        auto& loop = detail::this_loop_core();
        const auto left = [&] {
            const auto when = loop.current->effective_deadline();
            return when.is_never()
                       ? -1.0
                       : duration::from_nanoseconds(when.monotonic_ns() - loop.now()).seconds();
        };
        EXPECT_EQ(left(), -1);
        const auto look = [&]() -> task<double> { co_return left(); };
        EXPECT_EQ(co_await fail_after(5, look()), 5);
        EXPECT_EQ(co_await fail_after(5, fail_after(7, look())), 5);
        EXPECT_EQ(co_await fail_after(5, fail_after(3, look())), 3);
        EXPECT_EQ(co_await fail_after(5, shield(look())), -1);
        EXPECT_EQ(co_await fail_after(5, shield(fail_after(7, look()))), 7);
    }());
}

}  // namespace
}  // namespace priz::io
