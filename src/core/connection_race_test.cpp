#include "core/connection_race.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <vector>

namespace priz::detail {
namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;
using testing::ElementsAre;
using kind = connection_race::action::kind;

enum class fate { succeeds, refuses, hangs };
using enum fate;

// What an address does, and how long after its attempt began.
struct scripted {
    nanoseconds after;
    fate end;
};

struct scenario {
    std::vector<scripted> addresses;
    std::optional<nanoseconds> attempt_delay = 250ms;
    std::optional<nanoseconds> deadline = std::nullopt;
};

struct outcome {
    kind verdict{};
    std::size_t winner = 99;
    nanoseconds elapsed{};
    std::vector<nanoseconds> starts;
    std::size_t closed = 0;
};

// Plays a scenario on a virtual clock: a driver without sockets.
class player {
public:
    explicit player(const scenario& script)
        : script_(script),
          race_(script.addresses.size(),
                script.attempt_delay ? script.attempt_delay->count() : connection_race::never,
                script.deadline ? script.deadline->count() : connection_race::never) {}

    outcome play() {
        for (;;) {
            const auto action = race_.next(now_);
            if (action.what == kind::start)
                start(action.index);
            else if (action.what == kind::wait)
                wait(action.until);
            else
                return finish(action);
        }
    }

private:
    struct pending {
        std::size_t index;
        std::int64_t ends;
        fate end;
    };

    void start(std::size_t index) {
        EXPECT_EQ(index, result_.starts.size()) << "addresses start in their order, each once";
        const scripted& one = script_.addresses[index];
        result_.starts.emplace_back(now_);
        if (one.after == 0ns && one.end != hangs) return tell(index, one.end);
        const auto ends = one.end == hangs ? connection_race::never : now_ + one.after.count();
        pending_.push_back({index, ends, one.end});
    }

    void wait(std::int64_t until) {
        ASSERT_FALSE(pending_.empty()) << "nothing is awaited";
        const auto next = std::ranges::min_element(pending_, {}, &pending::ends);
        ASSERT_TRUE(next->ends != connection_race::never || until != connection_race::never)
            << "it would wait for ever";
        if (next->ends > until) {
            EXPECT_GT(until, now_) << "it would spin";
            now_ = until;
            return;
        }
        now_ = next->ends;
        const pending ended = *next;
        pending_.erase(next);
        tell(ended.index, ended.end);
    }

    void tell(std::size_t index, fate end) {
        end == succeeds ? race_.succeeded(index) : race_.failed(index);
    }

    outcome finish(const connection_race::action& last) {
        result_.verdict = last.what;
        result_.winner = last.what == kind::won ? last.index : 99;
        result_.elapsed = nanoseconds(now_);
        result_.closed = pending_.size();
        return result_;
    }

    const scenario& script_;
    connection_race race_;
    std::int64_t now_ = 0;
    std::vector<pending> pending_ = {};
    outcome result_ = {};
};

outcome run(const scenario& script) { return player(script).play(); }

TEST(connection_race, a_slow_first_address_does_not_hold_up_the_second) {
    const auto outcome = run({.addresses = {{10s, succeeds}, {100ms, succeeds}}});
    EXPECT_EQ(outcome.winner, 1U);
    EXPECT_EQ(outcome.elapsed, 350ms);
    EXPECT_EQ(outcome.closed, 1U);
}

TEST(connection_race, a_refusal_starts_the_next_address_at_once) {
    const auto outcome = run({.addresses = {{5ms, refuses}, {5ms, succeeds}}});
    EXPECT_EQ(outcome.winner, 1U);
    EXPECT_EQ(outcome.elapsed, 10ms);
}

TEST(connection_race, a_refusal_on_the_spot_costs_no_time) {
    const auto outcome = run({.addresses = {{0ns, refuses}, {0ns, refuses}, {0ns, succeeds}}});
    EXPECT_EQ(outcome.winner, 2U);
    EXPECT_EQ(outcome.elapsed, 0ns);
}

TEST(connection_race, a_quick_first_address_is_the_only_one_tried) {
    const auto outcome = run({.addresses = {{249ms, succeeds}, {1ms, succeeds}}});
    EXPECT_EQ(outcome.winner, 0U);
    EXPECT_THAT(outcome.starts, ElementsAre(0ms));
}

TEST(connection_race, attempts_start_one_delay_apart) {
    const auto outcome = run({.addresses = {{10s, succeeds}, {10s, succeeds}, {10s, succeeds}}});
    EXPECT_THAT(outcome.starts, ElementsAre(0ms, 250ms, 500ms));
    EXPECT_EQ(outcome.winner, 0U);
    EXPECT_EQ(outcome.elapsed, 10s);
    EXPECT_EQ(outcome.closed, 2U);
}

TEST(connection_race, the_older_attempt_may_win_while_a_newer_one_is_pending) {
    const auto outcome = run({.addresses = {{300ms, succeeds}, {100ms, succeeds}}});
    EXPECT_EQ(outcome.winner, 0U);
    EXPECT_EQ(outcome.elapsed, 300ms);
    EXPECT_EQ(outcome.closed, 1U);
}

TEST(connection_race, the_newest_attempts_failure_starts_the_next_while_an_older_one_is_pending) {
    const auto outcome = run({.addresses = {{10s, succeeds}, {50ms, refuses}, {10ms, succeeds}}});
    EXPECT_THAT(outcome.starts, ElementsAre(0ms, 250ms, 300ms));
    EXPECT_EQ(outcome.winner, 2U);
    EXPECT_EQ(outcome.elapsed, 310ms);
}

TEST(connection_race, an_older_attempts_failure_does_not_cut_the_newest_ones_delay) {
    const auto outcome = run({.addresses = {{300ms, refuses}, {10s, succeeds}, {1ms, succeeds}}});
    EXPECT_THAT(outcome.starts, ElementsAre(0ms, 250ms, 500ms));
    EXPECT_EQ(outcome.winner, 2U);
}

TEST(connection_race, when_nothing_is_pending_the_next_starts_at_once) {
    const auto outcome =
        run({.addresses = {{300ms, refuses}, {20ms, refuses}, {500ms, refuses}, {1ms, succeeds}}});
    EXPECT_THAT(outcome.starts, ElementsAre(0ms, 250ms, 270ms, 520ms));
    EXPECT_EQ(outcome.winner, 3U);
    EXPECT_EQ(outcome.elapsed, 521ms);
}

TEST(connection_race, a_late_success_still_wins_when_the_others_have_failed) {
    const auto outcome = run({.addresses = {{7s, succeeds}, {1ms, refuses}, {1ms, refuses}}});
    EXPECT_EQ(outcome.winner, 0U);
    EXPECT_EQ(outcome.elapsed, 7s);
    EXPECT_EQ(outcome.closed, 0U);
}

TEST(connection_race, it_is_lost_when_the_last_pending_attempt_has_failed) {
    const auto outcome = run({.addresses = {{5ms, refuses}, {1s, refuses}, {10ms, refuses}}});
    EXPECT_EQ(outcome.verdict, kind::lost);
    EXPECT_EQ(outcome.elapsed, 1005ms);
    EXPECT_THAT(outcome.starts, ElementsAre(0ms, 5ms, 255ms));
}

TEST(connection_race, without_addresses_it_is_lost) {
    EXPECT_EQ(run({.addresses = {}}).verdict, kind::lost);
}

TEST(connection_race, the_deadline_ends_it_with_attempts_pending) {
    const auto outcome =
        run({.addresses = {{0ns, hangs}, {0ns, hangs}, {0ns, hangs}}, .deadline = 400ms});
    EXPECT_EQ(outcome.verdict, kind::timed_out);
    EXPECT_EQ(outcome.elapsed, 400ms);
    EXPECT_THAT(outcome.starts, ElementsAre(0ms, 250ms));
    EXPECT_EQ(outcome.closed, 2U);
}

TEST(connection_race, a_deadline_that_has_passed_starts_nothing) {
    const auto outcome = run({.addresses = {{1ms, succeeds}}, .deadline = 0ns});
    EXPECT_EQ(outcome.verdict, kind::timed_out);
    EXPECT_THAT(outcome.starts, ElementsAre());
}

TEST(connection_race, a_success_at_the_deadline_is_a_success) {
    const auto outcome = run({.addresses = {{400ms, succeeds}}, .deadline = 400ms});
    EXPECT_EQ(outcome.verdict, kind::won);
}

TEST(connection_race, the_last_failure_at_the_deadline_is_a_failure) {
    const auto outcome = run({.addresses = {{400ms, refuses}}, .deadline = 400ms});
    EXPECT_EQ(outcome.verdict, kind::lost);
}

TEST(connection_race, without_a_race_each_attempt_has_all_the_time_it_takes) {
    const auto outcome = run({.addresses = {{10s, refuses}, {5s, succeeds}, {1ms, succeeds}},
                              .attempt_delay = std::nullopt});
    EXPECT_THAT(outcome.starts, ElementsAre(0s, 10s));
    EXPECT_EQ(outcome.winner, 1U);
    EXPECT_EQ(outcome.elapsed, 15s);
}

TEST(connection_race, without_a_race_the_deadline_still_holds) {
    const auto outcome = run({.addresses = {{0ns, hangs}, {1ms, succeeds}},
                              .attempt_delay = std::nullopt,
                              .deadline = 3s});
    EXPECT_EQ(outcome.verdict, kind::timed_out);
    EXPECT_EQ(outcome.elapsed, 3s);
    EXPECT_THAT(outcome.starts, ElementsAre(0s));
}

TEST(connection_race, the_first_of_two_successes_wins) {
    connection_race race(2, 0);
    EXPECT_EQ(race.next(0).index, 0U);
    EXPECT_EQ(race.next(0).index, 1U);
    race.succeeded(1);
    race.succeeded(0);
    const auto verdict = race.next(0);
    EXPECT_EQ(verdict.what, kind::won);
    EXPECT_EQ(verdict.index, 1U);
}

TEST(connection_race, huge_delays_do_not_wrap) {
    const auto outcome = run(
        {.addresses = {{1s, refuses}, {1s, succeeds}}, .attempt_delay = nanoseconds::max() - 1ns});
    EXPECT_EQ(outcome.winner, 1U);
    EXPECT_EQ(outcome.elapsed, 2s);
}

}  // namespace
}  // namespace priz::detail
