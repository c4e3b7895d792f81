#include "priz/io/channel.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "io/io_test_support.hpp"
#include "priz/error.hpp"
#include "priz/io/cancel_scope.hpp"
#include "priz/io/scope.hpp"

namespace priz::io {
namespace {

task<> send_numbers(channel<int>& to, int from, int end) {
    for (int i = from; i < end; ++i) co_await to.send(i);
}

task<> collect(channel<int>& from, std::vector<int>& all) {
    while (const auto got = co_await from.recv()) all.push_back(*got);
}

std::vector<int> numbers(int end) {
    std::vector<int> all;
    for (int i = 0; i < end; ++i) all.push_back(i);
    return all;
}

TEST(channel, gives_the_values_in_the_order_of_sending_for_every_capacity) {
    for (const std::size_t capacity : {0U, 1U, 2U, 7U, 100U, 1000U}) {
        std::vector<int> all;
        run_virtually([](std::size_t size, std::vector<int>& got) -> task<> {
            channel<int> c(size);
            co_await with_scope([&](scope& group) -> task<> {
                group.spawn(collect(c, got));
                co_await send_numbers(c, 0, 500);
                c.close();
            });
        }(capacity, all));
        EXPECT_EQ(all, numbers(500)) << capacity;
    }
}

TEST(channel, holds_as_many_as_its_capacity_and_then_makes_its_senders_wait) {
    run_virtually([]() -> task<> {
        channel<int> c(3);
        EXPECT_EQ(c.capacity(), 3U);
        EXPECT_FALSE(co_await move_on_after(1, send_numbers(c, 0, 4)));
        EXPECT_EQ(c.size(), 3U);
        EXPECT_EQ(c.recv_nowait(), 0);
        EXPECT_TRUE(co_await move_on_after(1, c.send(3)));
        EXPECT_EQ(c.size(), 3U);
    }());
}

TEST(channel, of_capacity_0_makes_each_wait_for_the_other) {
    run_virtually([]() -> task<> {
        channel<int> c(0);
        EXPECT_FALSE(co_await move_on_after(1, c.send(1)));
        EXPECT_FALSE(co_await move_on_after(1, c.recv()));
        EXPECT_FALSE(c.send_nowait(1));
        co_await with_scope([&](scope& group) -> task<> {
            group.spawn([&]() -> task<> {
                co_await c.send(2);
                EXPECT_EQ(seconds_passed(), 5);
            });
            co_await io::sleep(3);
            EXPECT_EQ(co_await c.recv(), 2);
        });
    }());
}

TEST(channel, serves_senders_and_receivers_in_the_order_of_coming) {
    run_virtually([]() -> task<> {
        channel<int> c(0);
        std::vector<int> all;
        co_await with_scope([&](scope& group) -> task<> {
            for (int i = 0; i < 5; ++i) group.spawn(send_numbers(c, i, i + 1));
            co_await everything_else();
            for (int i = 0; i < 5; ++i) EXPECT_EQ(co_await c.recv(), i);
            for (int i = 0; i < 5; ++i)
                group.spawn([&c, &all, i]() -> task<> {
                    const auto got = co_await c.recv();
                    EXPECT_EQ(got, i);
                    all.push_back(*got);
                });
            co_await everything_else();
            co_await send_numbers(c, 0, 5);
        });
        EXPECT_EQ(all, numbers(5));
    }());
}

TEST(channel, that_is_closed_gives_what_it_has_and_then_nothing) {
    run_virtually([]() -> task<> {
        channel<int> c(5);
        co_await send_numbers(c, 0, 3);
        c.close();
        c.close();
        EXPECT_TRUE(c.is_closed());
        std::vector<int> all;
        co_await collect(c, all);
        EXPECT_EQ(all, numbers(3));
        EXPECT_EQ(co_await c.recv(), std::nullopt);
        EXPECT_EQ(c.recv_nowait(), std::nullopt);
    }());
}

TEST(channel, that_is_closed_takes_nothing_and_leaves_the_value_with_its_sender) {
    run_virtually([]() -> task<> {
        channel<std::unique_ptr<int>> c(1);
        auto mine = std::make_unique<int>(7);
        co_await with_scope([&](scope& group) -> task<> {
            co_await c.send(std::make_unique<int>(1));
            group.spawn(
                [&]() -> task<> { EXPECT_THROW(co_await c.send(std::move(mine)), broken_pipe); });
            co_await everything_else();
            c.close();
        });
        EXPECT_EQ(*mine, 7);
        EXPECT_THROW(co_await c.send(std::move(mine)), broken_pipe);
        EXPECT_FALSE(c.send_nowait(std::move(mine)));
        EXPECT_EQ(*mine, 7);
    }());
}

TEST(channel, that_is_closed_lets_its_receivers_go) {
    run_virtually([]() -> task<> {
        channel<int> c(1);
        int ended = 0;
        co_await with_scope([&](scope& group) -> task<> {
            for (int i = 0; i < 3; ++i)
                group.spawn([&]() -> task<> {
                    EXPECT_EQ(co_await c.recv(), std::nullopt);
                    ++ended;
                });
            co_await everything_else();
            c.close();
        });
        EXPECT_EQ(ended, 3);
    }());
}

TEST(channel, leaves_the_value_with_a_sender_that_was_cancelled) {
    run_virtually([]() -> task<> {
        channel<std::string> c(0);
        std::string mine(50, 'm');
        EXPECT_FALSE(co_await move_on_after(1, c.send(std::move(mine))));
        EXPECT_EQ(mine.size(), 50U);
        EXPECT_EQ(c.recv_nowait(), std::nullopt);
    }());
}

TEST(channel, gives_a_value_that_was_handed_over_before_the_cancellation) {
    run_virtually([]() -> task<> {
        channel<counted> c(0);
        int got = 0;
        co_await with_scope([&](scope& group) -> task<> {
            group.spawn([&]() -> task<> {
                const auto value = co_await c.recv();
                got = value->value;
                EXPECT_THROW(static_cast<void>(co_await c.recv()), cancelled);
            });
            co_await everything_else();
            EXPECT_TRUE(c.send_nowait(counted(4)));
            group.cancel();
        });
        EXPECT_EQ(got, 4);
    }());
    EXPECT_EQ(counted::alive, 0);
}

TEST(channel, takes_the_value_of_a_sender_that_is_cancelled_afterwards) {
    run_virtually([]() -> task<> {
        channel<int> c(0);
        bool was_sent = false;
        co_await with_scope([&](scope& group) -> task<> {
            group.spawn([&]() -> task<> {
                co_await c.send(4);
                was_sent = true;
            });
            co_await everything_else();
            EXPECT_EQ(c.recv_nowait(), 4);
            group.cancel();
        });
        EXPECT_TRUE(was_sent);
    }());
}

TEST(channel, destroys_what_nobody_received) {
    {
        channel<counted> c(4);
        for (int i = 0; i < 4; ++i) EXPECT_TRUE(c.send_nowait(counted(i)));
        EXPECT_FALSE(c.send_nowait(counted(4)));
        EXPECT_EQ(c.recv_nowait()->value, 0);
        EXPECT_EQ(counted::alive, 3);
    }
    EXPECT_EQ(counted::alive, 0);
}

TEST(channel, sends_a_copy_of_what_is_not_given_away) {
    run_virtually([]() -> task<> {
        channel<counted> c(2);
        const counted mine(3);
        co_await c.send(mine);
        co_await fail_after(5, c.send(mine));
        EXPECT_EQ(mine.value, 3);
        EXPECT_EQ((co_await c.recv())->value, 3);
        while (auto got = c.recv_nowait()) EXPECT_EQ(got->value, 3);
        EXPECT_FALSE(co_await move_on_after(1, c.recv()));
        co_await fail_after(5, c.send(counted(5)));
        EXPECT_EQ((co_await fail_after(5, c.recv())).value().value, 5);
    }());
    EXPECT_EQ(counted::alive, 0);
}

TEST(channel, lets_others_run_where_there_is_always_something) {
    run_virtually([]() -> task<> {
        channel<int> c(1);
        bool may_end = false;
        co_await with_scope([&](scope& group) -> task<> {
            group.spawn([&]() -> task<> {
                may_end = true;
                co_return;
            });
            while (!may_end) {
                co_await c.send(1);
                EXPECT_EQ(co_await c.recv(), 1);
            }
        });
    }());
}

}  // namespace
}  // namespace priz::io
