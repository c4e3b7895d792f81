#include "priz/io/writer.hpp"

#include <gtest/gtest.h>

#include <string>
#include <system_error>
#include <utility>

#include "io/verb_fixture.hpp"
#include "priz/io/cancel_scope.hpp"
#include "priz/io/run.hpp"
#include "priz/io/scope.hpp"
#include "priz/io/stream.hpp"
#include "priz/socket.hpp"

namespace priz::io {
namespace {

// A writer with room for ten bytes, and the socket at the other end, which does not wait.
struct scene {
    scene() : scene(socketpair()) {}

    // What has come by now.
    bytes come() {
        bytes all;
        while (auto got = peer.try_recv(65536)) {
            if (got->empty()) break;
            all += *got;
        }
        return all;
    }

    socket peer;
    stream near;
    writer out;

private:
    explicit scene(std::pair<socket, socket> both)
        : peer(std::move(both.first)), near(std::move(both.second)), out(near, 10) {
        peer.setblocking(false);
    }
};

TEST(writer, nothing_is_sent_before_it_is_flushed) {
    run([]() -> task<> {
        scene s;
        co_await s.out.write("abc");
        co_await s.out.write("def");
        EXPECT_EQ(s.come(), "");
        EXPECT_EQ(s.out.buffered(), 6U);
        co_await s.out.flush();
        EXPECT_EQ(s.come(), "abcdef");
        EXPECT_EQ(s.out.buffered(), 0U);
    }());
}

TEST(writer, the_high_water_mark_sends_what_is_there) {
    run([]() -> task<> {
        scene s;
        co_await s.out.write("12345");
        co_await s.out.write("67890");
        EXPECT_EQ(s.come(), "");
        co_await s.out.write("x");
        EXPECT_EQ(s.come(), "1234567890x");
    }());
}

TEST(writer, a_long_piece_goes_after_what_came_before_it) {
    run([]() -> task<> {
        scene s;
        co_await s.out.write("abc");
        co_await s.out.write(bytes(1000, 'x'));
        EXPECT_EQ(s.come(), "abc" + bytes(1000, 'x'));
        EXPECT_EQ(s.out.buffered(), 0U);
    }());
}

TEST(writer, its_end_sends_nothing) {
    run([]() -> task<> {
        scene s;
        {
            writer gone(s.near);
            co_await gone.write("never sent");
        }
        EXPECT_EQ(s.come(), "");
    }());
}

TEST(writer, a_flush_of_nothing_waits_for_nothing) {
    run([]() -> task<> {
        scene s;
        co_await s.out.flush();
        EXPECT_EQ(s.come(), "");
    }());
}

bytes numbers(std::size_t count) {
    bytes all;
    for (std::size_t i = 0; i < count; ++i) all += std::to_string(i) + ' ';
    return all;
}

TEST(writer, a_deadline_loses_nothing_and_sends_nothing_twice) {
    run([]() -> task<> {
        scene s;
        const bytes all = numbers(400'000);  // more than the kernel holds
        writer out(s.near, all.size());
        co_await out.write(all.substr(0, all.size() - 1));
        EXPECT_THROW(co_await fail_after(0, out.flush()), timeout);
        EXPECT_GT(out.buffered(), 0U);
        bytes got = s.come();
        EXPECT_EQ(got.size() + out.buffered(), all.size() - 1);
        co_await with_scope([&](scope& group) -> task<> {
            bool is_done = false;
            group.spawn([&]() -> task<> {
                co_await out.flush();
                is_done = true;
            });
            while (!is_done) {
                co_await test::settle();
                got += s.come();
            }
        });
        got += s.come();
        EXPECT_TRUE(got == all.substr(0, all.size() - 1));
    }());
}

TEST(writer, a_long_piece_that_is_interrupted_says_how_much_of_it_was_taken) {
    run([]() -> task<> {
        scene s;
        const bytes all = numbers(400'000);
        co_await s.out.write("first ");
        const auto outcome = co_await fail_after(0, s.out.try_write(all));
        EXPECT_EQ(outcome.error().code(), errc::timed_out);
        EXPECT_EQ(s.out.buffered(), 0U);
        const bytes got = s.come();
        EXPECT_TRUE(got == "first " + all.substr(0, outcome.error().transferred()));
        EXPECT_LT(got.size(), all.size());
    }());
}

TEST(writer, what_was_taken_before_an_error_is_kept) {
    run([]() -> task<> {
        scene s;
        co_await s.out.write("12345678");
        co_await s.near.shutdown(SHUT_WR);
        const auto outcome = co_await s.out.try_write("9012");
        EXPECT_EQ(outcome.error().code(), std::errc::broken_pipe);
        EXPECT_EQ(outcome.error().transferred(), 4U);
        EXPECT_EQ(s.out.buffered(), 12U);
        EXPECT_THROW(co_await s.out.flush(), broken_pipe);
        EXPECT_EQ(s.out.buffered(), 12U);
    }());
}

TEST(writer, in_a_cancelled_scope_it_takes_nothing) {
    run([]() -> task<> {
        scene s;
        std::error_code code;
        co_await with_scope([&](scope& group) {
            group.cancel();
            group.spawn([&]() -> task<> {
                const auto outcome = co_await s.out.try_write("x");
                code = outcome.error().code();
            });
        });
        EXPECT_EQ(code, errc::cancelled);
        EXPECT_EQ(s.out.buffered(), 0U);
    }());
}

TEST(writer, a_second_verb_is_refused_and_disturbs_nothing) {
    run([]() -> task<> {
        scene s;
        const bytes all = numbers(400'000);
        bytes got;
        bool is_done = false;
        co_await with_scope([&](scope& group) -> task<> {
            group.spawn([&]() -> task<> {
                co_await s.out.write(all);
                is_done = true;
            });
            co_await test::settle();
            const std::error_code busy(EBUSY, std::system_category());
            EXPECT_EQ((co_await s.out.try_write("x")).error().code(), busy);
            EXPECT_EQ((co_await s.out.try_flush()).error().code(), busy);
            while (!is_done) {
                co_await test::settle();
                got += s.come();
            }
        });
        got += s.come();
        EXPECT_TRUE(got == all);
    }());
}

}  // namespace
}  // namespace priz::io
