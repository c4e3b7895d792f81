// How a stream's close() ends. What every stream promises is tested by testing::check_stream().
#include "priz/io/stream.hpp"

#include <gmock/gmock.h>

#include <string>
#include <utility>

#include "io/verb_fixture.hpp"
#include "priz/connect.hpp"
#include "priz/socket.hpp"

namespace priz::io {
namespace {

using test::in_loop;

struct pair {
    stream near;
    stream far;
};

task<pair> connected() {
    listener all = listen("127.0.0.1:0");
    stream near(create_connection(all.getsockname()));
    stream far = (co_await all.accept()).connection;
    co_return pair{std::move(near), std::move(far)};
}

// The far end closes with a byte that it has not received.
task<> reset_by_unread(pair& p) {
    co_await p.near.sendall("unread");
    char byte = 0;
    co_await p.far.recv_into({&byte, 1}, MSG_PEEK);
    p.far.reset();
}

TEST(stream, close_tells_a_reset_as_its_own_failure) {
    in_loop([]() -> task<> {
        pair p = co_await connected();
        const std::string peer = p.near.getpeername().str();
        co_await reset_by_unread(p);
        try {
            co_await p.near.close();
            ADD_FAILURE() << "it succeeded";
        } catch (const connection_reset& why) {
            EXPECT_THAT(why.what(), ::testing::StartsWith("close tcp "));
            EXPECT_THAT(why.what(), ::testing::HasSubstr(peer));
        }
        EXPECT_FALSE(p.near);
    });
}

TEST(stream, close_does_not_tell_again_what_another_verb_has_told) {
    in_loop([]() -> task<> {
        pair p = co_await connected();
        co_await reset_by_unread(p);
        EXPECT_FALSE(co_await p.near.try_recv());
        EXPECT_TRUE(co_await p.near.try_close());
    });
}

TEST(stream, close_after_both_ends_have_ended_succeeds) {
    in_loop([]() -> task<> {
        pair p = co_await connected();
        co_await p.near.shutdown(SHUT_WR);
        EXPECT_TRUE((co_await p.far.recv()).empty());
        co_await p.far.shutdown(SHUT_WR);
        EXPECT_TRUE(co_await p.near.try_close());
        EXPECT_TRUE(co_await p.far.try_close());
    });
}

TEST(stream, two_ends_that_close_both_succeed) {
    in_loop([]() -> task<> {
        pair p = co_await connected();
        co_await p.near.sendall("not read by anybody, and dropped");
        auto body = [&](scope& group) {
            group.spawn(p.near.close());
            group.spawn(p.far.close());
        };
        co_await with_scope(body);
    });
}

TEST(stream, close_that_takes_too_long_closes_all_the_same) {
    in_loop([]() -> task<> {
        pair p = co_await connected();
        co_await p.near.sendall("last words");
        const auto outcome = co_await fail_after(0, p.near.try_close());
        EXPECT_EQ(outcome.error().code(), errc::timed_out);
        EXPECT_EQ((co_await p.far.recv()).text(), "last words");
        EXPECT_TRUE((co_await p.far.recv()).empty());
    });
}

TEST(stream, close_that_nobody_awaits_closes_at_once) {
    in_loop([]() -> task<> {
        pair p = co_await connected();
        {
            const task<> never_awaited = p.near.close();
            EXPECT_FALSE(p.near);
        }
        EXPECT_TRUE((co_await p.far.recv()).empty());
    });
}

TEST(stream, close_of_none_does_nothing) {
    in_loop([]() -> task<> {
        stream none;
        co_await none.close();
        EXPECT_TRUE(co_await none.try_close());
    });
}

}  // namespace
}  // namespace priz::io
