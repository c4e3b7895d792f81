#include "priz/io/reader.hpp"

#include <gmock/gmock.h>

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

using ::testing::HasSubstr;

// A reader of a stream on which `sent` has come, and the socket that sent it.
struct scene {
    explicit scene(bytes_view sent) : scene(socketpair()) { peer.sendall(sent); }

    void end() { peer.shutdown(SHUT_WR); }

    socket peer;
    stream near;
    reader in;

private:
    explicit scene(std::pair<socket, socket> both)
        : peer(std::move(both.first)), near(std::move(both.second)), in(near) {}
};

TEST(reader, read_gives_as_many_bytes_as_were_asked_for) {
    run([]() -> task<> {
        scene s("abcdef");
        EXPECT_EQ(co_await s.in.read(4), "abcd");
        s.end();
        EXPECT_EQ(co_await s.in.read(4), "ef");
        EXPECT_EQ(co_await s.in.read(4), "");
    }());
}

TEST(reader, read_waits_until_there_are_as_many) {
    run([]() -> task<> {
        scene s("abc");
        bytes got;
        co_await with_scope([&](scope& group) -> task<> {
            group.spawn([&]() -> task<> { got = co_await s.in.read(5); });
            co_await test::settle();
            EXPECT_EQ(got, "");
            s.peer.sendall("def");
        });
        EXPECT_EQ(got, "abcde");
        EXPECT_EQ(s.in.buffered(), "f");
    }());
}

TEST(reader, read1_gives_what_is_there) {
    run([]() -> task<> {
        scene s("abc");
        EXPECT_EQ(co_await s.in.read1(2), "ab");
        EXPECT_EQ(co_await s.in.read1(), "c");
        EXPECT_EQ(co_await s.in.read1(0), "");
        s.end();
        EXPECT_EQ(co_await s.in.read1(), "");
    }());
}

TEST(reader, read_exactly_that_meets_the_end_leaves_what_came) {
    run([]() -> task<> {
        scene s("abc");
        s.end();
        const auto got = co_await s.in.try_read_exactly(5);
        EXPECT_EQ(got.error().code(), errc::end_of_stream);
        EXPECT_EQ(got.error().transferred(), 3U);
        EXPECT_EQ(co_await s.in.read_exactly(3), "abc");
        EXPECT_THROW(co_await s.in.read_exactly(1), end_of_stream);
    }());
}

TEST(reader, readline_gives_line_after_line_and_then_the_rest) {
    run([]() -> task<> {
        scene s("one\n\ntwo\nrest");
        s.end();
        EXPECT_EQ(co_await s.in.readline(), "one\n");
        EXPECT_EQ(co_await s.in.readline(), "\n");
        EXPECT_EQ(co_await s.in.readline(), "two\n");
        EXPECT_EQ(co_await s.in.readline(), "rest");
        EXPECT_EQ(co_await s.in.readline(), "");
    }());
}

TEST(reader, a_line_as_long_as_the_limit_is_given) {
    run([]() -> task<> {
        scene s("123\n");
        EXPECT_EQ(co_await s.in.readline(4), "123\n");
    }());
}

TEST(reader, a_line_longer_than_the_limit_is_an_error_that_says_so_and_loses_nothing) {
    run([]() -> task<> {
        scene s("1234\n");
        const auto got = co_await s.in.try_readline(4);
        EXPECT_EQ(got.error().code(), std::errc::message_size);
        EXPECT_THAT(got.error().message(), HasSubstr("readline unix"));
        EXPECT_THAT(got.error().message(), HasSubstr("the limit is 4 bytes"));
        EXPECT_EQ(co_await s.in.readline(5), "1234\n");
    }());
}

TEST(reader, the_usual_limit_holds_a_peer_that_never_ends_its_line) {
    run([]() -> task<> {
        scene s(bytes(1000, 'x'));
        reader narrow(s.near, 100);
        EXPECT_EQ((co_await narrow.try_readline()).error().code(), std::errc::message_size);
    }());
}

TEST(reader, read_until_finds_its_delimiter_wherever_the_bytes_are_cut) {
    const bytes sent = "head\r\n\r\r\n\r\nbody";
    for (std::size_t cut = 0; cut <= sent.size(); ++cut) {
        run([](const bytes& all, std::size_t at) -> task<> {
            scene s(bytes_view(all.data(), at));
            bytes got;
            co_await with_scope([&](scope& group) -> task<> {
                group.spawn([&]() -> task<> { got = co_await s.in.read_until("\r\n\r\n"); });
                co_await test::settle();
                s.peer.sendall(bytes_view(all).subview(at));
            });
            EXPECT_EQ(got, "head\r\n\r\r\n\r\n") << at;
            EXPECT_EQ(co_await s.in.read_exactly(4), "body") << at;
        }(sent, cut));
    }
}

TEST(reader, read_until_tells_the_end_and_leaves_what_came) {
    run([]() -> task<> {
        scene s("no delimiter");
        s.end();
        const auto got = co_await s.in.try_read_until(";");
        EXPECT_EQ(got.error().code(), errc::end_of_stream);
        EXPECT_EQ(got.error().transferred(), 12U);
        EXPECT_EQ(co_await s.in.read(12), "no delimiter");
    }());
}

TEST(reader, an_empty_delimiter_is_refused) {
    run([]() -> task<> {
        scene s("x");
        EXPECT_THROW(co_await s.in.read_until(""), value_error);
    }());
}

TEST(reader, read_all_gives_everything_up_to_the_end) {
    run([]() -> task<> {
        scene s("all of it");
        s.end();
        EXPECT_EQ(co_await s.in.read_all(9), "all of it");
        EXPECT_EQ(co_await s.in.read_all(0), "");
    }());
}

TEST(reader, read_all_does_not_take_more_than_its_limit) {
    run([]() -> task<> {
        scene s("all of it");
        const auto got = co_await s.in.try_read_all(8);
        EXPECT_EQ(got.error().code(), std::errc::message_size);
        s.end();
        EXPECT_EQ(co_await s.in.read_all(100), "all of it");
    }());
}

TEST(reader, peek_takes_nothing) {
    run([]() -> task<> {
        scene s("abc");
        EXPECT_EQ(co_await s.in.peek(), "abc");
        EXPECT_EQ(co_await s.in.peek(3), "abc");
        EXPECT_EQ(co_await s.in.read(3), "abc");
        s.end();
        EXPECT_EQ(co_await s.in.peek(), "");
    }());
}

TEST(reader, a_deadline_loses_nothing) {
    run([]() -> task<> {
        scene s("half a li");
        EXPECT_THROW(co_await fail_after(0, s.in.readline()), timeout);
        EXPECT_FALSE(co_await move_on_after(0, s.in.read(100)));
        EXPECT_FALSE(co_await move_on_after(0, s.in.read_all(100)));
        s.peer.sendall("ne\n");
        EXPECT_EQ(co_await s.in.readline(), "half a line\n");
    }());
}

TEST(reader, in_a_cancelled_scope_it_gives_nothing_not_even_what_it_has) {
    run([]() -> task<> {
        scene s("one\ntwo\n");
        EXPECT_EQ(co_await s.in.readline(), "one\n");
        bool was_cancelled = false;
        co_await with_scope([&](scope& group) {
            group.cancel();
            group.spawn([&]() -> task<> {
                const auto line = co_await s.in.try_readline();
                const auto some = co_await s.in.try_read(1);
                was_cancelled = !line && line.error().code() == errc::cancelled && !some &&
                                some.error().code() == errc::cancelled;
            });
        });
        EXPECT_TRUE(was_cancelled);
        EXPECT_EQ(co_await s.in.readline(), "two\n");
    }());
}

TEST(reader, a_second_verb_is_refused_and_disturbs_nothing) {
    run([]() -> task<> {
        scene s("abc");
        bytes got;
        co_await with_scope([&](scope& group) -> task<> {
            group.spawn([&]() -> task<> { got = co_await s.in.read(6); });
            co_await test::settle();
            const std::error_code busy(EBUSY, std::system_category());
            EXPECT_EQ((co_await s.in.try_read(1)).error().code(), busy);
            EXPECT_EQ((co_await s.in.try_readline()).error().code(), busy);
            EXPECT_EQ((co_await s.in.try_read_until("a")).error().code(), busy);
            EXPECT_EQ((co_await s.in.try_peek()).error().code(), busy);
            s.peer.sendall("def");
        });
        EXPECT_EQ(got, "abcdef");
    }());
}

TEST(reader, an_error_of_the_stream_is_told_and_leaves_what_came) {
    run([]() -> task<> {
        scene s("abc");
        EXPECT_EQ(co_await s.in.peek(), "abc");
        s.near.reset();
        EXPECT_EQ((co_await s.in.try_read(4)).error().code(), std::errc::bad_file_descriptor);
        EXPECT_EQ(s.in.buffered(), "abc");
        EXPECT_EQ(co_await s.in.read(3), "abc");
    }());
}

}  // namespace
}  // namespace priz::io
