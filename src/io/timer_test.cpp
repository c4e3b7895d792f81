#include "priz/io/detail/timer.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <random>
#include <set>
#include <tuple>
#include <vector>

namespace priz::io::detail {
namespace {

void nothing(timer&) noexcept {}

struct numbered : timer {
    explicit numbered(int n) : timer(nothing), number(n) {}
    int number;
};

int number_of(const timer* t) {
    return t == nullptr ? -1 : static_cast<const numbered*>(t)->number;
}

TEST(timer_heap, that_is_empty_has_no_next_moment) {
    timer_heap heap;
    EXPECT_TRUE(heap.empty());
    EXPECT_EQ(heap.next(), never);
    EXPECT_EQ(heap.take_due(never), nullptr);
}

TEST(timer_heap, gives_a_timer_at_its_moment_and_not_before) {
    timer_heap heap;
    numbered one(1);
    heap.arm(one, 100);
    EXPECT_EQ(heap.take_due(99), nullptr);
    EXPECT_TRUE(one.is_armed());
    EXPECT_EQ(heap.take_due(100), &one);
    EXPECT_FALSE(one.is_armed());
}

TEST(timer_heap, does_not_keep_what_never_comes) {
    timer_heap heap;
    numbered one(1);
    heap.arm(one, never);
    EXPECT_TRUE(heap.empty());
    EXPECT_FALSE(one.is_armed());
    heap.disarm(one);
}

TEST(timer_heap, gives_those_of_one_moment_in_the_order_of_arming) {
    timer_heap heap;
    std::vector<std::unique_ptr<numbered>> all;
    for (int i = 0; i < 100; ++i) heap.arm(*all.emplace_back(std::make_unique<numbered>(i)), 5);
    for (int i = 0; i < 100; ++i) EXPECT_EQ(number_of(heap.take_due(5)), i);
}

// A heap beside a sorted set that does the same.
class pair {
public:
    explicit pair(unsigned seed) : random_(seed) {
        for (int i = 0; i < 200; ++i) timers_.push_back(std::make_unique<numbered>(i));
    }

    void step() {
        numbered& chosen = *timers_[random_() % timers_.size()];
        if (random_() % 8 == 0)
            take_due();
        else if (chosen.is_armed())
            disarm(chosen);
        else
            arm(chosen);
        EXPECT_EQ(heap_.size(), sorted_.size());
        EXPECT_EQ(heap_.next(), sorted_.empty() ? never : std::get<0>(*sorted_.begin()));
    }

    void take_all() {
        while (!sorted_.empty()) take(never);
        EXPECT_TRUE(heap_.empty());
    }

private:
    using key = std::tuple<std::int64_t, int, int>;  // when, arming's number, timer's number

    void arm(numbered& t) {
        const auto when = static_cast<std::int64_t>(random_() % 64);
        heap_.arm(t, when);
        sorted_.insert({when, ++armed_, t.number});
    }
    void disarm(const numbered& t) {
        heap_.disarm(*timers_[static_cast<std::size_t>(t.number)]);
        std::erase_if(sorted_, [&](const key& k) { return std::get<2>(k) == t.number; });
    }
    void take_due() {
        const auto now = static_cast<std::int64_t>(random_() % 64);
        while (take(now)) continue;
    }
    bool take(std::int64_t now) {
        const bool is_due = !sorted_.empty() && std::get<0>(*sorted_.begin()) <= now;
        EXPECT_EQ(number_of(heap_.take_due(now)), is_due ? std::get<2>(*sorted_.begin()) : -1);
        if (is_due) sorted_.erase(sorted_.begin());
        return is_due;
    }

    std::mt19937 random_;
    timer_heap heap_;
    std::vector<std::unique_ptr<numbered>> timers_;
    std::set<key> sorted_;
    int armed_ = 0;
};

TEST(timer_heap, does_what_a_sorted_set_does) {
    for (unsigned seed = 0; seed < 20; ++seed) {
        pair both(seed);
        for (int i = 0; i < 3000 && !testing::Test::HasFailure(); ++i) both.step();
        both.take_all();
    }
}

}  // namespace
}  // namespace priz::io::detail
