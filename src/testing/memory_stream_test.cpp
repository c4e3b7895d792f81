#include "priz/testing/memory_stream.hpp"

#include <gmock/gmock.h>

#include <cerrno>
#include <string>
#include <system_error>

#include "io/socket_calls.hpp"
#include "priz/error.hpp"
#include "priz/io.hpp"
#include "priz/testing/run.hpp"

namespace priz::testing {
namespace {

using io::stream;
using io::task;

std::error_code os(int error) { return {error, std::system_category()}; }

task<bytes> receive_all(stream& from) {
    bytes all;
    while (auto data = co_await from.recv()) all += data.text();
    co_return all;
}

TEST(memory_stream, what_one_end_sends_the_other_receives) {
    testing::run([]() -> task<> {
        auto [a, b] = memory_pair();
        co_await a.sendall("over");
        co_await b.sendall("and back");
        EXPECT_EQ((co_await b.recv()).text(), "over");
        EXPECT_EQ((co_await a.recv()).text(), "and back");
    }());
}

TEST(memory_stream, a_receive_waits_for_what_is_sent_later) {
    testing::run([]() -> task<> {
        auto [a, b] = memory_pair();
        bytes got;
        co_await io::with_scope([&](io::scope& group) {
            group.spawn([&]() -> task<> { got = (co_await b.recv()).copy(); });
            group.spawn([&]() -> task<> {
                co_await wait_all_tasks_blocked();
                EXPECT_EQ(got, "");
                co_await a.sendall("late");
            });
        });
        EXPECT_EQ(got, "late");
    }());
}

TEST(memory_stream, a_send_waits_while_as_much_as_the_capacity_is_on_the_way) {
    testing::run([]() -> task<> {
        auto [a, b] = memory_pair({.capacity = 3});
        EXPECT_EQ(co_await a.send("12345"), 3U);
        bool is_sent = false;
        co_await io::with_scope([&](io::scope& group) {
            group.spawn([&]() -> task<> {
                co_await a.sendall("45");
                is_sent = true;
                co_await a.shutdown(SHUT_WR);
            });
            group.spawn([&]() -> task<> {
                co_await wait_all_tasks_blocked();
                EXPECT_FALSE(is_sent);
                EXPECT_EQ(co_await receive_all(b), "12345");
            });
        });
        EXPECT_TRUE(is_sent);
    }());
}

TEST(memory_stream, receive_max_lets_no_call_give_more) {
    testing::run([]() -> task<> {
        auto [a, b] = memory_pair({.receive_max = 1});
        co_await a.sendall("xy");
        EXPECT_EQ((co_await b.recv()).text(), "x");
        EXPECT_EQ((co_await b.recv()).text(), "y");
    }());
}

TEST(memory_stream, send_max_makes_every_send_partial) {
    testing::run([]() -> task<> {
        auto [a, b] = memory_pair({.send_max = 2});
        EXPECT_EQ(co_await a.send("xyz"), 2U);
        co_await a.sendall("zzz");
        EXPECT_EQ((co_await b.recv()).text(), "xyzzz");
    }());
}

TEST(memory_stream, a_deferred_writer_sends_on_while_there_is_room_and_waits_for_it) {
    const auto main = []() -> task<> {
        auto [a, b] = memory_pair({.capacity = 10, .send_max = 3});
        const std::string all = "0123456789abcdefghijklmnopqrstuvwxyz";
        std::string got;
        const auto talk = [&, &from = a, &to = b](io::scope& group) -> task<> {
            group.spawn([&]() -> task<> {
                io::deferred_writer out(from);
                co_await out.write(all);
                co_await out.flush();
                from.reset();
            });
            got = co_await receive_all(to);
        };
        co_await io::with_scope(talk);
        EXPECT_EQ(got, all);
    };
    testing::run(main());
    io::run(main());  // where a backend might send it, had it a descriptor
}

// What a send that was cut has sent is told, by who would otherwise say nothing.
TEST(memory_stream, move_on_after_tells_how_much_of_a_cut_transfer_was_done) {
    testing::run([]() -> task<> {
        auto [a, b] = memory_pair({.capacity = 3});
        const auto outcome = co_await io::move_on_after(1, a.try_sendall("12345"));
        EXPECT_TRUE(outcome.has_value());
        if (!outcome) co_return;
        EXPECT_EQ(outcome->error().code(), errc::timed_out);
        EXPECT_EQ(outcome->error().transferred(), 3U);
        EXPECT_FALSE((co_await io::move_on_after(1, a.try_sendall("45"))).has_value());
        // It was waited for in vain, and needs no room.
        co_await a.shutdown(SHUT_WR);
        EXPECT_EQ(co_await receive_all(b), "123");
    }());
}

TEST(memory_stream, a_fault_fails_its_call_and_no_other) {
    testing::run([]() -> task<> {
        auto [a, b] =
            memory_pair({.faults = {{.call = memory_call::send, .nth = 2, .error = ENETDOWN},
                                    {.call = memory_call::recv, .nth = 1, .error = ETIMEDOUT}}});
        co_await a.sendall("one");
        EXPECT_EQ((co_await a.try_send("two")).error().code(), os(ENETDOWN));
        co_await a.sendall("three");
        EXPECT_EQ((co_await b.recv()).text(), "onethree");
        co_await b.sendall("answer");
        EXPECT_EQ((co_await a.try_recv()).error().code(), os(ETIMEDOUT));
        EXPECT_EQ((co_await a.recv()).text(), "answer");
    }());
}

TEST(memory_stream, a_fault_in_the_middle_of_a_sendall_says_how_much_was_sent) {
    testing::run([]() -> task<> {
        auto [a, b] = memory_pair({.send_max = 4, .faults = {{memory_call::send, 3, ECONNRESET}}});
        const auto outcome = co_await a.try_sendall("0123456789");
        EXPECT_EQ(outcome.error().code(), os(ECONNRESET));
        EXPECT_EQ(outcome.error().transferred(), 8U);
        EXPECT_EQ((co_await b.recv()).text(), "01234567");
    }());
}

TEST(memory_stream, a_fault_of_eagain_is_a_wait_that_ends) {
    testing::run([]() -> task<> {
        auto [a, b] = memory_pair({.faults = {{memory_call::send, 1, EAGAIN},
                                              {memory_call::recv, 1, EAGAIN},
                                              {memory_call::shutdown, 1, EAGAIN}}});
        co_await a.sendall("x");
        co_await b.sendall("y");
        EXPECT_EQ((co_await a.recv()).text(), "y");
        co_await a.shutdown(SHUT_WR);
        EXPECT_EQ(co_await receive_all(b), "x");
    }());
}

TEST(memory_stream, the_names_are_those_that_were_given) {
    testing::run([]() -> task<> {
        auto [a, b] = memory_pair({.first_name = address::ipv4(0x7f000001, 1),
                                   .second_name = address::ipv4(0x7f000001, 2)});
        EXPECT_EQ(a.getsockname().port(), 1);
        EXPECT_EQ(a.getpeername().port(), 2);
        EXPECT_EQ(b.getpeername().port(), 1);
        b.reset();
        co_await a.sendall("lost");
        EXPECT_THAT((co_await a.try_send("x")).error().message(),
                    ::testing::StartsWith("send tcp 127.0.0.1:1 -> 127.0.0.1:2: "));
    }());
}

TEST(memory_stream, a_verb_that_its_streams_end_has_ended_names_no_other_connection) {
    testing::run([]() -> task<> {
        auto [a, b] = memory_pair();
        co_await io::with_scope([&, &mine = a](io::scope& group) -> task<> {
            group.spawn([&]() -> task<> {
                const auto got = co_await mine.try_recv();
                EXPECT_EQ(got.error().code(), os(EBADF));
                EXPECT_EQ(got.error().local(), nullptr);
            });
            co_await wait_all_tasks_blocked();
            mine.reset();
            mine = memory_pair({.first_name = address::ipv4(0x7f000001, 1)}).first;
        });
    }());
}

TEST(memory_stream, with_a_linger_of_zero_closing_resets) {
    testing::run([]() -> task<> {
        for (const int on : {0, 1}) {
            auto [a, b] = memory_pair();
            const ::linger wanted{on, 0};
            EXPECT_EQ(io::detail::setsockopt_now(*a.native_endpoint(), SOL_SOCKET, SO_LINGER,
                                                 &wanted, sizeof wanted),
                      0);
            a.reset();
            const auto end = co_await b.try_recv();
            EXPECT_EQ(end ? std::error_code() : end.error().code(),
                      on != 0 ? os(ECONNRESET) : std::error_code());
        }
    }());
}

TEST(memory_stream, nothing_is_at_least_one_byte) {
    testing::run([]() -> task<> {
        EXPECT_THROW(memory_pair({.capacity = 0}), value_error);
        EXPECT_THROW(memory_pair({.receive_max = 0}), value_error);
        EXPECT_THROW(memory_pair({.send_max = 0}), value_error);
        co_return;
    }());
}

TEST(memory_stream, there_is_none_without_a_loop) { EXPECT_THROW(memory_pair(), value_error); }

TEST(memory_stream, closing_both_ends_leaves_no_endpoint) {
    testing::run([]() -> task<> {
        {
            const auto pair = memory_pair();
            EXPECT_EQ(io::loop::current().statistics().endpoints, 2U);
        }
        EXPECT_EQ(io::loop::current().statistics().endpoints, 0U);
        co_return;
    }());
}

TEST(memory_stream, it_works_on_a_loop_of_the_kernel) {
    io::run([]() -> task<> {
        auto [a, b] = memory_pair({.capacity = 10});
        bytes got;
        co_await io::with_scope([&](io::scope& group) {
            group.spawn([&]() -> task<> {
                co_await a.sendall(bytes(1000, 'x'));
                co_await a.shutdown(SHUT_WR);
            });
            group.spawn([&]() -> task<> { got = co_await receive_all(b); });
        });
        EXPECT_EQ(got, bytes(1000, 'x'));
    }());
}

}  // namespace
}  // namespace priz::testing
