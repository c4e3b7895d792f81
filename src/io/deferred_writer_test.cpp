#include "priz/io/deferred_writer.hpp"

#include <gtest/gtest.h>
#include <netinet/in.h>

#include <optional>
#include <string>
#include <system_error>
#include <thread>

#include "io/verb_fixture.hpp"
#include "priz/address.hpp"
#include "priz/io.hpp"
#include "priz/socket.hpp"

namespace priz::io {
namespace {

// A TCP connection with its peer.
struct pair {
    stream ours;
    socket peer;
};

task<pair> make_pair() {
    listener here = listen(address::ipv4(INADDR_LOOPBACK, 0));
    pair made;
    made.peer = socket(AF_INET, SOCK_STREAM);
    made.peer.connect(here.getsockname());
    made.ours = (co_await here.accept()).connection;
    co_return made;
}

std::string all_of(socket& peer, std::size_t size) {
    std::string found;
    while (found.size() < size) {
        const bytes more = peer.recv(size - found.size());
        if (more.empty()) break;
        found += more;
    }
    return found;
}

std::error_code code_of(const result<void>& outcome) {
    return outcome ? std::error_code() : outcome.error().code();
}

TEST(deferred_writer, sends_what_was_written_when_the_turn_ends) {
    test::in_loop([]() -> task<> {
        pair both = co_await make_pair();
        deferred_writer out(both.ours);
        co_await out.write("one ");
        co_await out.write("two ");
        co_await out.write("three");
        EXPECT_EQ(out.buffered(), 13U);
        both.peer.setblocking(false);
        EXPECT_FALSE(both.peer.try_recv(100));
        co_await test::settle();
        EXPECT_EQ(out.buffered(), 0U);
        EXPECT_EQ(both.peer.recv(100), "one two three");
    });
}

TEST(deferred_writer, flush_waits_until_the_kernel_has_everything) {
    test::in_loop([]() -> task<> {
        pair both = co_await make_pair();
        deferred_writer out(both.ours);
        co_await out.flush();
        co_await out.write("kept");
        co_await out.flush();
        EXPECT_EQ(out.buffered(), 0U);
        both.ours.reset();
        EXPECT_EQ(all_of(both.peer, 100), "kept");
    });
}

// Nothing else happens that would end the loop's sleep.
TEST(deferred_writer, what_is_written_when_the_turn_was_thought_over_goes_as_well) {
    test::in_loop([]() -> task<> {
        pair both = co_await make_pair();
        deferred_writer out(both.ours);
        std::thread other([&] {
            if (all_of(both.peer, 2) == "ab") both.peer.sendall("c");
        });
        co_await out.write("a");
        co_await yield();
        co_await out.write("b");
        const chunk answer = co_await both.ours.recv();
        EXPECT_EQ(answer.text(), "c");
        other.join();
    });
}

TEST(deferred_writer, is_the_streams_one_send_from_the_first_byte_to_the_last) {
    test::in_loop([]() -> task<> {
        pair both = co_await make_pair();
        deferred_writer out(both.ours);
        co_await out.write("first");
        EXPECT_EQ(code_of(co_await both.ours.try_sendall("between")),
                  std::errc::device_or_resource_busy);
        EXPECT_EQ(code_of(co_await both.ours.try_shutdown(SHUT_WR)),
                  std::errc::device_or_resource_busy);
        co_await out.flush();
        co_await both.ours.sendall(", second");
        EXPECT_EQ(all_of(both.peer, 13), "first, second");
    });
}

// The scopes that it was written in are gone, one of them cancelled, when it is sent.
TEST(deferred_writer, what_was_written_is_sent_whatever_becomes_of_the_writers_scope) {
    test::in_loop([]() -> task<> {
        pair both = co_await make_pair();
        deferred_writer out(both.ours);
        co_await fail_after(30, out.write("one "));
        co_await yield();
        co_await with_scope([&](scope& group) -> task<> {
            co_await out.write("two ");
            group.cancel();
        });
        co_await fail_after(30, out.write("three"));
        co_await fail_after(30, test::settle());
        EXPECT_EQ(out.buffered(), 0U);
        EXPECT_EQ(all_of(both.peer, 13), "one two three");
    });
}

TEST(deferred_writer, does_not_begin_while_another_send_is_pending) {
    test::in_loop([]() -> task<> {
        pair both = co_await make_pair();
        deferred_writer out(both.ours);
        const std::string much(20'000'000, 'x');
        co_await with_scope([&](scope& group) -> task<> {
            group.spawn([&]() -> task<> { co_await both.ours.try_sendall(much); });
            co_await test::settle();
            EXPECT_EQ(code_of(co_await out.try_write("y")), std::errc::device_or_resource_busy);
            EXPECT_EQ(out.buffered(), 0U);
            group.cancel();
        });
    });
}

// Asked for when the backend has it already, and nothing else will ever happen.
TEST(deferred_writer, flush_by_who_runs_last_in_a_turn_does_not_wait_for_the_next) {
    test::in_loop([]() -> task<> {
        pair both = co_await make_pair();
        deferred_writer out(both.ours);
        co_await out.write("now");
        co_await yield();
        co_await out.flush();
        EXPECT_EQ(both.peer.recv(100), "now");
    });
}

// Writes until it has to wait; returns how much was taken.
task<std::size_t> fill(deferred_writer& out, const std::string& piece) {
    std::size_t taken = 0;
    for (;;) {
        bool is_done = false;
        co_await with_scope([&](scope& group) -> task<> {
            group.spawn([&]() -> task<> { is_done = (co_await out.try_write(piece)).has_value(); });
            co_await test::settle();
            group.cancel();
        });
        if (!is_done) co_return taken;
        taken += piece.size();
    }
}

TEST(deferred_writer, a_peer_that_does_not_read_is_waited_for_and_then_gets_everything_in_order) {
    test::in_loop([]() -> task<> {
        pair both = co_await make_pair();
        deferred_writer out(both.ours, 100'000);
        std::string piece;
        for (int i = 0; piece.size() < 50'000; ++i) piece += std::to_string(i) + ' ';
        // The last of them was cancelled while it waited: nothing of it was taken.
        const std::size_t taken = co_await fill(out, piece);
        EXPECT_GE(out.buffered(), 100'000U);
        EXPECT_LT(out.buffered(), 100'000U + piece.size());
        std::string expected;
        while (expected.size() < taken) expected += piece;
        std::string found;
        both.peer.setblocking(false);
        while (found.size() < taken) {
            auto more = both.peer.try_recv(1'000'000);
            if (more)
                found += *more;
            else
                co_await test::settle();
        }
        EXPECT_TRUE(found == expected);
        co_await out.flush();
        co_await out.write("and on");
        co_await out.flush();
        EXPECT_EQ(both.peer.recv(100), "and on");
    });
}

TEST(deferred_writer, tells_what_a_send_has_ended_with) {
    test::in_loop([]() -> task<> {
        pair both = co_await make_pair();
        deferred_writer out(both.ours);
        const ::linger at_once{.l_onoff = 1, .l_linger = 0};
        ::setsockopt(both.peer.fileno(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
        both.peer.close();
        co_await out.write("to nobody");
        const auto flushed = co_await out.try_flush();
        EXPECT_EQ(code_of(flushed), std::errc::connection_reset);
        EXPECT_FALSE(co_await out.try_write("more"));
    });
}

TEST(deferred_writer, of_a_closed_stream_fails_and_sends_nothing_elsewhere) {
    test::in_loop([]() -> task<> {
        pair both = co_await make_pair();
        deferred_writer out(both.ours);
        co_await out.write("lost");
        both.ours.reset();
        // Takes the descriptor's number.
        pair other = co_await make_pair();
        const auto flushed = co_await out.try_flush();
        EXPECT_EQ(code_of(flushed), std::errc::bad_file_descriptor);
        other.peer.setblocking(false);
        EXPECT_FALSE(other.peer.try_recv(100));
        EXPECT_EQ(all_of(both.peer, 100), "");

        stream none;
        EXPECT_THROW(deferred_writer{none}, value_error);
    });
}

TEST(deferred_writer, may_go_at_any_moment) {
    test::in_loop([]() -> task<> {
        pair both = co_await make_pair();
        const std::string much(2'000'000, 'x');
        for (int turns = 0; turns < 4; ++turns) {
            std::optional<deferred_writer> out(std::in_place, both.ours);
            co_await out->write(much);
            for (int i = 0; i < turns; ++i) co_await yield();
            out.reset();
        }
        // Also when its stream has gone while it waited.
        std::optional<deferred_writer> last(std::in_place, both.ours);
        co_await last->write(much);
        co_await test::settle();
        both.ours.reset();
        last.reset();
        co_await test::settle();
    });
}

TEST(deferred_writer, has_one_verb_at_a_time_and_is_the_streams_one_send) {
    test::in_loop([]() -> task<> {
        pair both = co_await make_pair();
        deferred_writer out(both.ours, 1);
        co_await out.write(std::string(20'000'000, 'x'));
        co_await test::settle();
        EXPECT_FALSE(co_await both.ours.try_sendall("between"));
        co_await with_scope([&](scope& group) -> task<> {
            group.spawn([&]() -> task<> { co_await out.try_flush(); });
            co_await test::settle();
            const auto second = co_await out.try_write("y");
            EXPECT_EQ(code_of(second), std::errc::device_or_resource_busy);
            group.cancel();
        });
    });
}

TEST(deferred_writer, verbs_that_wait_end_with_cancellation) {
    test::in_loop([]() -> task<> {
        pair both = co_await make_pair();
        deferred_writer out(both.ours, 1);
        co_await out.write(std::string(20'000'000, 'x'));
        co_await test::settle();
        co_await test::expect_both_cancellations("write", [&] { return out.try_write("y"); });
        co_await test::expect_both_cancellations("flush", [&] { return out.try_flush(); });
    });
}

}  // namespace
}  // namespace priz::io
