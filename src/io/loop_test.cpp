#include "priz/io/loop.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "io/io_test_support.hpp"
#include "priz/error.hpp"
#include "priz/io/event.hpp"
#include "priz/io/run.hpp"
#include "priz/io/scope.hpp"

namespace priz::io {
namespace {

constexpr auto with_others = detail::virtual_backend::others::may_post;

task<> until(const bool& there) {
    while (!there) co_await yield();
}

// Posts the numbers below `count` from several threads and adds up what the loop was given.
task<std::int64_t> post_from_threads(int threads, int count) {
    const loop_handle here = loop::current().handle();
    std::int64_t sum = 0;
    int left = threads * count;
    event is_done;
    std::vector<std::jthread> all;
    for (int t = 0; t < threads; ++t)
        all.emplace_back([&, here] {
            for (int i = 0; i < count; ++i)
                here.post([&, i]() noexcept {
                    sum += i;
                    if (--left == 0) is_done.set();
                });
        });
    co_await is_done.wait();
    co_return sum;
}

TEST(loop, is_not_there_outside_of_run) {
    EXPECT_FALSE(loop::is_running());
    EXPECT_THROW(loop::current(), error);
}

TEST(loop, does_the_work_of_other_threads_each_once) {
    EXPECT_EQ(io::run(post_from_threads(4, 5000)), 4 * (4999 * 5000 / 2));
}

TEST(loop, does_the_work_of_one_thread_in_the_order_of_posting) {
    std::vector<int> order;
    run_virtually([](std::vector<int>& seen) -> task<> {
        const loop_handle here = loop::current().handle();
        bool is_done = false;
        for (int i = 0; i < 100; ++i) here.post([&seen, i]() noexcept { seen.push_back(i); });
        here.post([&]() noexcept { is_done = true; });
        EXPECT_TRUE(seen.empty());
        co_await until(is_done);
    }(order));
    ASSERT_EQ(order.size(), 100U);
    for (int i = 0; i < 100; ++i) EXPECT_EQ(order[static_cast<std::size_t>(i)], i);
}

// Waits for what another thread posts, with nothing else that could end the wait.
task<> wait_for_post(loop_handle here, std::atomic<bool>& may_post) {
    co_await with_scope([&](scope& group) -> task<> {
        const std::jthread other([&] {
            may_post.wait(false);
            here.post([&]() noexcept { group.cancel(); });
        });
        may_post = true;
        may_post.notify_one();
        event nothing;
        co_await nothing.wait();
    });
}

TEST(loop, that_sleeps_is_woken_by_a_post) {
    for (int i = 0; i < 200; ++i) {
        std::atomic<bool> may_post = false;
        const auto main = [](std::atomic<bool>& may) -> task<> {
            co_await wait_for_post(loop::current().handle(), may);
        };
        io::run(main(may_post));
        may_post = false;
        run_virtually(main(may_post), with_others);
    }
}

TEST(loop, that_has_ended_takes_no_work_and_destroys_it) {
    std::optional<loop_handle> late;
    run_virtually([](std::optional<loop_handle>& out) -> task<> {
        out = loop::current().handle();
        co_return;
    }(late));
    bool was_done = false;
    EXPECT_FALSE(late->post([&was_done, kept = counted()]() noexcept { was_done = true; }));
    EXPECT_FALSE(was_done);
    EXPECT_EQ(counted::alive, 0);
}

TEST(loop, destroys_at_its_end_the_work_that_it_has_not_done) {
    bool was_done = false;
    run_virtually([](bool& done) -> task<> {
        loop::current().handle().post([&done, kept = counted()]() noexcept { done = true; });
        co_return;
    }(was_done));
    EXPECT_FALSE(was_done);
    EXPECT_EQ(counted::alive, 0);
}

TEST(loop, survives_posts_while_it_ends) {
    for (int i = 0; i < 200; ++i) {
        std::jthread other;
        int done = 0;
        run_virtually([](std::jthread& thread, int& count) -> task<> {
            thread = std::jthread([here = loop::current().handle(), &count] {
                while (here.post([&count]() noexcept { ++count; })) continue;
            });
            co_await everything_else();
        }(other, done));
    }
}

TEST(loop, counts_what_it_does) {
    run_virtually([]() -> task<> {
        const loop_statistics before = loop::current().statistics();
        event is_next_turn;
        loop::current().handle().post([&]() noexcept { is_next_turn.set(); });
        co_await is_next_turn.wait();
        const loop_statistics after = loop::current().statistics();
        EXPECT_GE(after.turns, before.turns + 1);
        EXPECT_STREQ(loop::current().backend_name(), "virtual");
    }());
}

}  // namespace
}  // namespace priz::io
