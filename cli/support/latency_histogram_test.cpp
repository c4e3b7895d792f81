#include "latency_histogram.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <vector>

namespace priz::cli {

namespace {

std::unique_ptr<latency_histogram> of(const std::vector<std::int64_t>& times) {
    auto all = std::make_unique<latency_histogram>();
    for (const auto time : times) all->add(time);
    return all;
}

TEST(latency_histogram, short_times_are_exact) {
    std::vector<std::int64_t> times;
    for (std::int64_t i = 1; i <= 200; ++i) times.push_back(i);
    const auto all = of(times);
    EXPECT_EQ(all->percentile(50), 100);
    EXPECT_EQ(all->percentile(99), 198);
    EXPECT_EQ(all->percentile(100), 200);
    EXPECT_EQ(all->longest(), 200);
    EXPECT_EQ(all->count(), 200);
}

TEST(latency_histogram, a_percentile_is_right_to_one_percent_whatever_its_size) {
    std::vector<std::int64_t> times;
    for (double time = 1; time < 1e15; time *= 1.01) times.push_back(std::llround(time));
    const auto all = of(times);
    for (const double percent : {10.0, 50.0, 90.0, 99.0, 99.9}) {
        const auto rank = std::ceil(percent / 100 * static_cast<double>(times.size()));
        const auto exact = static_cast<double>(times[static_cast<std::size_t>(rank) - 1]);
        const auto told = static_cast<double>(all->percentile(percent));
        EXPECT_GE(told, exact) << percent;
        EXPECT_LE(told, exact * 1.008) << percent;
    }
}

TEST(latency_histogram, a_percentile_never_exceeds_the_longest) {
    EXPECT_EQ(of({1'000'000})->percentile(50), 1'000'000);
    EXPECT_EQ(of({5, 1'000'001})->percentile(99.9), 1'000'001);
}

TEST(latency_histogram, the_rare_long_time_is_seen_by_the_percentile_that_it_belongs_to) {
    std::vector<std::int64_t> times(999, 100);
    times.push_back(200);
    EXPECT_EQ(of(times)->percentile(99.9), 100);
    times.push_back(200);
    EXPECT_EQ(of(times)->percentile(99.9), 200);
}

TEST(latency_histogram, the_extremes_have_their_place) {
    const auto most = std::numeric_limits<std::int64_t>::max();
    const auto all = of({-5, 0, most});
    EXPECT_EQ(all->percentile(50), 0);
    EXPECT_EQ(all->percentile(100), most);
}

TEST(latency_histogram, of_nothing_is_zero) {
    const latency_histogram none;
    EXPECT_EQ(none.percentile(99), 0);
    EXPECT_EQ(none.longest(), 0);
}

}  // namespace

}  // namespace priz::cli
