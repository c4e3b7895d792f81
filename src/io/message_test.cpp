#include "priz/io/message.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <array>
#include <vector>

#include "core/python_fixture.hpp"
#include "core/socket_fixture.hpp"
#include "io/verb_fixture.hpp"
#include "priz/socket_object.hpp"

namespace priz::io {
namespace {

using priz::test::open_descriptors;
using test::expect_both_cancellations;
using test::in_loop;
using test::settle;

// A connected pair of Unix streams.
struct stream_pair {
    stream_pair() : stream_pair(socketpair()) {}
    stream left;
    stream right;

private:
    explicit stream_pair(std::pair<priz::socket, priz::socket> both)
        : left(std::move(both.first)), right(std::move(both.second)) {}
};

TEST(io_message, descriptors_arrive_close_on_exec_and_refer_to_the_same_file) {
    in_loop([]() -> task<> {
        stream_pair pair;
        auto [near, far] = socketpair();
        EXPECT_EQ(co_await send_fds(pair.left, "ab", {near.fileno()}), 2U);
        near.close();
        auto [data, fds, flags, from] = co_await recv_fds(pair.right, 10, 1);
        EXPECT_EQ(data.text(), "ab");
        EXPECT_EQ(flags, 0);
        EXPECT_TRUE(from.empty());
        EXPECT_EQ(fds.size(), 1U);
        auto arrived = priz::socket::adopt(fds.at(0).release());
        EXPECT_FALSE(arrived.get_inheritable());
        arrived.send("x");
        EXPECT_EQ(far.recv(1), "x");
        const std::array<int, 1> own{far.fileno()};
        EXPECT_TRUE(co_await try_send_fds(pair.left, "c", own));
        const auto inheritable = co_await recv_fds(pair.right, 1, 1, inheritable_descriptors);
        EXPECT_NE(::fcntl(inheritable.fds.at(0).get(), F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
    });
}

TEST(io_message, a_stream_receives_and_sends_pieces_with_what_travels_beside) {
    in_loop([]() -> task<> {
        stream_pair pair;
        pair.right.setsockopt(SOL_SOCKET, SO_PASSCRED, 1);
        const std::array<bytes_view, 2> sources{"ab", "cdef"};
        outgoing_control control;
        control.descriptors({pair.left.fileno()});
        EXPECT_EQ(co_await pair.left.sendmsg(sources, control), 6U);
        auto got = co_await pair.right.recvmsg(4, 100);
        EXPECT_EQ(got.data.text(), "abcd");
        EXPECT_EQ(got.control.credentials()->pid, ::getpid());
        EXPECT_EQ(got.control.take_descriptors().size(), 1U);
        char one[1];
        char rest[10];
        const std::array<bytes_span, 2> targets{one, rest};
        const auto last = co_await pair.right.recvmsg_into(targets);
        EXPECT_EQ(last.size, 2U);
        EXPECT_EQ(one[0], 'e');
        EXPECT_EQ(rest[0], 'f');
    });
}

TEST(io_message, descriptors_that_nobody_took_are_closed_with_the_message) {
    in_loop([]() -> task<> {
        stream_pair pair;
        const std::size_t before = open_descriptors();
        co_await send_fds(pair.left, "x", {0, 1, 2});
        {
            const auto got = co_await pair.right.recvmsg(1, cmsg_space(3 * sizeof(int)));
            EXPECT_EQ(got.control.descriptor_count(), 3U);
            EXPECT_EQ(open_descriptors(), before + 3);
        }
        EXPECT_EQ(open_descriptors(), before);
    });
}

TEST(io_message, more_descriptors_than_have_room_are_cut_and_none_leaks) {
    in_loop([]() -> task<> {
        stream_pair pair;
        const std::size_t before = open_descriptors();
        co_await send_fds(pair.left, "x", {0, 1, 2, 0, 1, 2});
        {
            const auto got = co_await recv_fds(pair.right, 1, 2);
            EXPECT_EQ(got.flags & MSG_CTRUNC, MSG_CTRUNC);
            EXPECT_EQ(got.fds.size(), 2U);
        }
        co_await send_fds(pair.left, "x", {0});
        EXPECT_TRUE((co_await pair.right.recvmsg(1)).control_truncated());
        EXPECT_EQ(open_descriptors(), before);
    });
}

TEST(io_message, each_verb_is_ended_by_a_cancellation_and_loses_nothing) {
    in_loop([]() -> task<> {
        stream_pair pair;
        char room[8];
        const std::array<bytes_span, 1> targets{room};
        stream& s = pair.right;
        co_await expect_both_cancellations("recvmsg", [&] { return s.try_recvmsg(8, 64); });
        co_await expect_both_cancellations("recvmsg_into",
                                           [&] { return s.try_recvmsg_into(targets, 64); });
        co_await expect_both_cancellations("recv_fds", [&] { return try_recv_fds(s, 8, 1); });
        const std::size_t before = open_descriptors();
        co_await send_fds(pair.left, "x", {0});
        EXPECT_EQ((co_await recv_fds(s, 8, 1)).fds.size(), 1U);
        EXPECT_EQ(open_descriptors(), before);
        const std::string much(1 << 22, 'x');
        const std::array<bytes_view, 1> sources{much};
        const std::array<int, 1> fds{0};
        while ((co_await fail_after(0, s.try_sendmsg(sources))).has_value()) continue;
        co_await expect_both_cancellations("sendmsg", [&] { return s.try_sendmsg(sources); });
        co_await expect_both_cancellations("send_fds", [&] { return try_send_fds(s, "x", fds); });
    });
}

// What has arrived when the scope is cancelled belongs to the verb: the program gets it.
TEST(io_message, descriptors_that_came_before_the_cancellation_are_handed_over) {
    in_loop([]() -> task<> {
        stream_pair pair;
        const std::size_t before = open_descriptors();
        std::vector<unique_fd> fds;
        bool was_cancelled = false;
        co_await with_scope([&](scope& group) -> task<> {
            group.spawn([&]() -> task<> {
                auto got = co_await recv_fds(pair.right, 1, 1);
                group.cancel();
                fds = std::move(got.fds);
                was_cancelled =
                    (co_await try_recv_fds(pair.right, 1, 1)).error().code() == errc::cancelled;
            });
            co_await settle();
            co_await send_fds(pair.left, "x", {0});
            co_await send_fds(pair.left, "y", {1});
        });
        EXPECT_EQ(fds.size(), 1U);
        EXPECT_TRUE(was_cancelled);
        EXPECT_EQ((co_await recv_fds(pair.right, 1, 1)).data.text(), "y");
        fds.clear();
        EXPECT_EQ(open_descriptors(), before);
    });
}

// A verb that has its outcome, and whose coroutine never goes on.
TEST(io_message, descriptors_that_a_destroyed_verb_had_received_are_closed) {
    in_loop([]() -> task<> {
        stream_pair pair;
        const std::size_t before = open_descriptors();
        for (int i = 0; i < 3; ++i) co_await send_fds(pair.left, "x", {0, 1});
        EXPECT_TRUE(recv_fds(pair.right, 1, 2).await_ready());
        EXPECT_TRUE(pair.right.recvmsg(1, 64).await_ready());
        char room[1];
        const std::array<bytes_span, 1> targets{room};
        EXPECT_TRUE(pair.right.recvmsg_into(targets, 64).await_ready());
        EXPECT_EQ(open_descriptors(), before);
    });
}

TEST(io_message, absurd_sizes_are_refused) {
    in_loop([]() -> task<> {
        stream_pair pair;
        constexpr std::size_t absurd = std::size_t{1} << 40;
        EXPECT_EQ((co_await pair.right.try_recvmsg(1, absurd)).error().code(),
                  std::errc::invalid_argument);
        EXPECT_EQ((co_await try_recv_fds(pair.right, 1, absurd)).error().code(),
                  std::errc::invalid_argument);
        const std::vector<bytes_view> pieces(2000, "x");
        EXPECT_EQ((co_await pair.right.try_sendmsg(pieces)).error().code(),
                  std::errc::message_size);
        const std::vector<int> fds(254, 0);
        EXPECT_EQ((co_await try_send_fds(pair.right, "x", fds)).error().code(),
                  std::errc::invalid_argument);
    });
}

TEST(io_message, descriptors_go_to_cpython_and_come_back) {
    in_loop([]() -> task<> {
        auto [near, far] = socketpair();
        far.set_inheritable(true);
        stream s(std::move(near));
        char name[] = "/tmp/priz-XXXXXX";
        unique_fd file(::mkstemp(name));
        ::unlink(name);
        co_await send_fds(s, "file", {file.get()});
        EXPECT_EQ(priz::test::python("import os, socket, sys\n"
                                     "s = socket.socket(fileno=int(sys.argv[1]))\n"
                                     "data, fds, flags, at = socket.recv_fds(s, 100, 1)\n"
                                     "os.write(fds[0], data + b' was here')\n"
                                     "socket.send_fds(s, [b'ba', b'ck'], fds)\n",
                                     std::to_string(far.fileno())),
                  "");
        const auto got = co_await recv_fds(s, 100, 1);
        EXPECT_EQ(got.data.text(), "back");
        char room[100];
        EXPECT_EQ(::pread(got.fds.at(0).get(), room, sizeof room, 0), 13);
        EXPECT_EQ(std::string(room, 13), "file was here");
    });
}

}  // namespace
}  // namespace priz::io
