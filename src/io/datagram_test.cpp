#include "priz/io/datagram.hpp"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/udp.h>

#include <array>
#include <cstring>
#include <deque>
#include <thread>
#include <vector>

#include "core/python_fixture.hpp"
#include "core/socket_fixture.hpp"
#include "io/verb_fixture.hpp"
#include "priz/io/detail/loop_core.hpp"
#include "priz/options.hpp"
#include "priz/socket_object.hpp"

namespace priz::io {
namespace {

using test::expect_both_cancellations;
using test::in_loop;
using test::settle;

struct unix_pair {
    explicit unix_pair(int type = SOCK_DGRAM) : unix_pair(socketpair(AF_UNIX, type)) {}
    datagram left;
    datagram right;

private:
    explicit unix_pair(std::pair<priz::socket, priz::socket> both)
        : left(std::move(both.first)), right(std::move(both.second)) {}
};

// Sends until the peer's queue is full, which nothing of the sender's shows.
void fill(datagram& from, const address& place) {
    while (from.try_sendto("x", place).await_ready()) continue;
}

TEST(io_datagram, an_answer_goes_where_the_question_came_from) {
    in_loop([]() -> task<> {
        datagram server = bind("udp://127.0.0.1:0");
        datagram client = bind("127.0.0.1:0");
        EXPECT_EQ(co_await client.sendto("question", server.getsockname()), 8U);
        auto [question, asker] = co_await server.recvfrom();
        EXPECT_EQ(question.text(), "question");
        EXPECT_EQ(asker, client.getsockname());
        co_await server.sendto(question, asker);
        char room[100];
        const auto answer = co_await client.recvfrom_into(room);
        EXPECT_EQ(std::string(room, answer.size), "question");
        EXPECT_EQ(answer.from, server.getsockname());
    });
}

TEST(io_datagram, cpython_is_answered) {
    in_loop([]() -> task<> {
        datagram server = bind("any:0");
        const auto port = std::to_string(server.getsockname().port());
        std::string output;
        std::jthread peer([&] {
            output = priz::test::python(
                "import socket, sys\n"
                "s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n"
                "s.settimeout(20)\n"
                "for i in range(100):\n"
                "    s.sendto(b'%d' % i, ('127.0.0.1', int(sys.argv[1])))\n"
                "    data, at = s.recvfrom(100)\n"
                "    assert at == ('127.0.0.1', int(sys.argv[1])), at\n"
                "    print(data.decode(), end=' ')\n",
                port);
        });
        for (int i = 0; i < 100; ++i) {
            auto [data, from] = co_await server.recvfrom();
            co_await server.sendto(data, from);
        }
        peer.join();
        EXPECT_TRUE(output.starts_with("0 1 2 ")) << output;
        EXPECT_TRUE(output.ends_with("98 99 ")) << output;
    });
}

TEST(io_datagram, an_empty_datagram_is_one) {
    in_loop([]() -> task<> {
        unix_pair pair;
        EXPECT_EQ(co_await pair.left.send(""), 0U);
        EXPECT_EQ(co_await pair.left.send("next"), 4U);
        EXPECT_TRUE((co_await pair.right.recvfrom()).data.empty());
        EXPECT_EQ((co_await pair.right.recv()).text(), "next");
    });
}

TEST(io_datagram, a_datagram_too_long_is_cut_and_recvmsg_says_so) {
    in_loop([]() -> task<> {
        unix_pair pair;
        for (int i = 0; i < 5; ++i) co_await pair.left.send("abcdef");
        EXPECT_EQ((co_await pair.right.recvfrom(3)).data.text(), "abc");
        EXPECT_EQ((co_await pair.right.recvfrom(3, MSG_TRUNC)).data.text(), "abc");
        const message cut = co_await pair.right.recvmsg(3);
        EXPECT_EQ(cut.data.text(), "abc");
        EXPECT_TRUE(cut.truncated());
        char room[3];
        EXPECT_EQ((co_await pair.right.recvmsg_into(room, 0, MSG_TRUNC)).size, 6U);
        EXPECT_FALSE((co_await pair.right.recvmsg(6)).truncated());
    });
}

TEST(io_datagram, several_pieces_are_one_message_both_ways) {
    in_loop([]() -> task<> {
        unix_pair pair;
        const std::array<bytes_view, 2> sources{"ab", "cdef"};
        EXPECT_EQ(co_await pair.left.sendmsg(sources), 6U);
        char first[1];
        char second[10];
        const std::array<bytes_span, 2> targets{first, second};
        EXPECT_EQ((co_await pair.right.recvmsg_into(targets)).size, 6U);
        EXPECT_EQ(std::string(second, 5), "bcdef");
    });
}

TEST(io_datagram, each_receive_is_ended_by_a_cancellation_and_loses_nothing) {
    in_loop([]() -> task<> {
        unix_pair pair;
        datagram& d = pair.right;
        char room[8];
        const std::array<bytes_span, 1> targets{room};
        receive_batch batch(4, 8);
        co_await expect_both_cancellations("recvfrom", [&] { return d.try_recvfrom(); });
        co_await expect_both_cancellations("recvfrom_into",
                                           [&] { return d.try_recvfrom_into(room); });
        co_await expect_both_cancellations("recv", [&] { return d.try_recv(); });
        co_await expect_both_cancellations("recvmsg", [&] { return d.try_recvmsg(8, 64); });
        co_await expect_both_cancellations("recvmsg_into",
                                           [&] { return d.try_recvmsg_into(targets, 64); });
        co_await expect_both_cancellations("recvmmsg", [&] { return try_recvmmsg(d, batch); });
        co_await expect_both_cancellations("recv_fds", [&] { return try_recv_fds(d, 8, 1); });
        co_await pair.left.send("x");
        EXPECT_EQ((co_await d.recv()).text(), "x");
    });
}

TEST(io_datagram, each_send_to_a_full_peer_is_ended_by_a_cancellation_and_sends_nothing) {
    in_loop([]() -> task<> {
        auto [left, right] = socketpair(AF_UNIX, SOCK_DGRAM);
        left.setblocking(false);
        std::size_t taken = 0;
        while (left.try_send("full")) ++taken;
        datagram d(std::move(left));
        datagram peer(std::move(right));
        const std::array<bytes_view, 1> sources{"x"};
        const outgoing_control none;
        send_batch batch;
        batch.add("x");
        co_await expect_both_cancellations("send", [&] { return d.try_send("x"); });
        co_await expect_both_cancellations("sendmsg", [&] { return d.try_sendmsg(sources, none); });
        co_await expect_both_cancellations("sendmmsg", [&] { return try_sendmmsg(d, batch); });
        EXPECT_EQ(batch.size(), 1U);
        for (std::size_t i = 0; i < taken; ++i) EXPECT_EQ((co_await peer.recv()).text(), "full");
        co_await d.send("last");
        EXPECT_EQ((co_await peer.recv()).text(), "last");
    });
}

TEST(io_datagram, a_send_to_a_full_peer_waits_until_it_has_received) {
    in_loop([]() -> task<> {
        unix_pair pair;
        co_await with_scope([&](scope& group) -> task<> {
            group.spawn([&]() -> task<> {
                for (int i = 0; i < 500; ++i) co_await pair.left.send(std::to_string(i));
            });
            for (int i = 0; i < 500; ++i)
                EXPECT_EQ((co_await pair.right.recv()).text(), std::to_string(i));
        });
    });
}

// The kernel does not tell a socket that is not connected when its peer has room again.
TEST(io_datagram, so_does_one_that_is_not_connected) {
    in_loop([]() -> task<> {
        const address place = address::unix_abstract("priz-io-" + std::to_string(::getpid()));
        datagram to = bind(place);
        datagram from(priz::socket(AF_UNIX, SOCK_DGRAM));
        std::size_t sent = 0;
        co_await with_scope([&](scope& group) -> task<> {
            group.spawn([&]() -> task<> {
                for (; sent < 40; ++sent) co_await from.sendto("x", place);
            });
            co_await settle();
            EXPECT_LT(sent, 40U);
            for (int i = 0; i < 40; ++i) EXPECT_EQ((co_await to.recv()).text(), "x");
        });
        fill(from, place);
        co_await expect_both_cancellations("sendto", [&] { return from.try_sendto("x", place); });
    });
}

TEST(io_datagram, closing_ends_a_send_that_asks_again_and_again) {
    in_loop([]() -> task<> {
        const address place = address::unix_abstract("priz-io2-" + std::to_string(::getpid()));
        datagram to = bind(place);
        datagram from(priz::socket(AF_UNIX, SOCK_DGRAM));
        fill(from, place);
        co_await with_scope([&](scope& group) -> task<> {
            group.spawn([&]() -> task<> {
                EXPECT_EQ((co_await from.try_sendto("x", place)).error().code(),
                          std::errc::bad_file_descriptor);
            });
            co_await settle();
            from.reset();
        });
        EXPECT_EQ(loop::current().statistics().timers, 0U);
    });
}

TEST(io_datagram, nobody_at_a_port_is_a_refusal_met_by_the_next_receive) {
    in_loop([]() -> task<> {
        address nobody;
        { nobody = bind("127.0.0.1:0").getsockname(); }
        datagram d = connect_datagram(nobody);
        co_await d.send("x");
        const auto outcome = co_await d.try_recv();
        EXPECT_EQ(outcome.error().code(), std::errc::connection_refused);
        EXPECT_EQ(*outcome.error().remote(), nobody);
        EXPECT_THROW(co_await with_scope([&](scope&) -> task<> {
                         co_await d.send("x");
                         co_await d.recvfrom();
                     }),
                     connection_refused);
    });
}

TEST(io_datagram, a_datagram_too_long_to_send_names_where_it_was_to_go) {
    in_loop([]() -> task<> {
        datagram d = bind("127.0.0.1:0");
        const std::string long_one(70'000, 'x');
        const auto outcome = co_await d.try_sendto(long_one, address::ipv4("127.0.0.1", 9));
        EXPECT_EQ(outcome.error().code(), std::errc::message_size);
        EXPECT_EQ(*outcome.error().remote(), address::ipv4("127.0.0.1", 9));
        EXPECT_NE(outcome.error().message().find("sendto udp"), std::string::npos)
            << outcome.error().message();
    });
}

TEST(io_datagram, a_thousand_datagrams_go_in_batches_and_keep_their_order) {
    in_loop([]() -> task<> {
        unix_pair pair;
        std::vector<std::string> texts;
        for (int i = 0; i < 1000; ++i) texts.push_back(std::to_string(i));
        co_await with_scope([&](scope& group) -> task<> {
            group.spawn([&]() -> task<> {
                send_batch out;
                for (const auto& text : texts) out.add(text);
                while (!out.empty()) co_await sendmmsg(pair.left, out);
            });
            receive_batch in(64, 100);
            std::size_t next = 0;
            while (next < texts.size()) {
                EXPECT_GE(co_await recvmmsg(pair.right, in), 1U);
                for (const auto& one : in) EXPECT_EQ(one.data.text(), texts[next++]);
            }
        });
    });
}

TEST(io_datagram, an_empty_batch_is_sent_at_once) {
    in_loop([]() -> task<> {
        unix_pair pair;
        send_batch out;
        EXPECT_EQ(co_await sendmmsg(pair.left, out), 0U);
        receive_batch in(0, 10);
        EXPECT_EQ(co_await recvmmsg(pair.left, in), 0U);
    });
}

TEST(io_datagram, segments_are_cut_by_one_kernel_and_joined_by_the_other_end) {
    priz::socket probe(AF_INET, SOCK_DGRAM);
    if (!try_set_option(probe, options::gro, true)) GTEST_SKIP() << "no GRO in this kernel";
    in_loop([]() -> task<> {
        datagram to = bind("127.0.0.1:0");
        to.setsockopt(IPPROTO_UDP, UDP_GRO, 1);
        datagram from = connect_datagram(to.getsockname());
        std::string data;
        for (int i = 0; i < 10'500; ++i) data += static_cast<char>('a' + i / 1000);
        outgoing_control control;
        control.segment_size(1000);
        EXPECT_EQ(co_await from.sendmsg(data, control), data.size());
        send_batch out;
        out.add(data).segment_size(1000);
        EXPECT_EQ(co_await sendmmsg(from, out), 1U);

        receive_batch in(20, 65535, cmsg_space(sizeof(int)));
        std::string got;
        std::size_t segments = 0;
        while (got.size() < 2 * data.size()) {
            co_await recvmmsg(to, in);
            for (const auto& one : in)
                for (std::size_t i = 0; i < one.segment_count(); ++i, ++segments)
                    got += one.segment(i).text();
        }
        EXPECT_EQ(got, data + data);
        EXPECT_EQ(segments, 22U);
    });
}

TEST(io_datagram, what_travels_beside_is_typed) {
    in_loop([]() -> task<> {
        datagram to = bind("127.0.0.1:0");
        to.setsockopt(IPPROTO_IP, IP_RECVTTL, 1);
        to.setsockopt(IPPROTO_IP, IP_PKTINFO, 1);
        datagram from = connect_datagram(to.getsockname());
        outgoing_control control;
        control.ttl(7);
        co_await from.sendmsg("x", control);
        const auto got = co_await to.recvmsg(10, 200);
        EXPECT_EQ(got.control.hop_limit(), 7);
        EXPECT_EQ(got.control.packet_info()->destination, address::ipv4("127.0.0.1", 0));
        EXPECT_EQ(got.from, from.getsockname());
        co_await from.send("x");
        EXPECT_TRUE((co_await to.recvmsg(10, 1)).control_truncated());
    });
}

TEST(io_datagram, the_error_queue_is_awaited_and_hides_no_data) {
    in_loop([]() -> task<> {
        datagram d = bind("127.0.0.1:0");
        datagram friendly = bind("127.0.0.1:0");
        d.setsockopt(IPPROTO_IP, IP_RECVERR, 1);
        address nobody;
        { nobody = bind("127.0.0.1:0").getsockname(); }
        std::optional<extended_error> told;
        co_await with_scope([&](scope& group) -> task<> {
            group.spawn([&]() -> task<> {
                const auto news = co_await d.recvmsg(100, 200, MSG_ERRQUEUE);
                told = news.control.extended_error();
                EXPECT_EQ(news.data.text(), "lost");
            });
            co_await settle();
            co_await friendly.sendto("data", d.getsockname());
            co_await settle();
            EXPECT_FALSE(told);
            co_await d.sendto("lost", nobody);
        });
        EXPECT_EQ(told->cause, std::errc::connection_refused);
        EXPECT_EQ((co_await d.recv()).text(), "data");
    });
}

TEST(io_datagram, a_sequenced_packet_connection_keeps_its_messages_apart) {
    in_loop([]() -> task<> {
        const address place = address::unix_abstract("priz-seq-" + std::to_string(::getpid()));
        priz::socket listening(AF_UNIX, SOCK_SEQPACKET);
        listening.bind(place);
        listening.listen();
        listener all(std::move(listening));
        priz::socket client(AF_UNIX, SOCK_SEQPACKET);
        client.connect(place);
        datagram near(std::move(client));
        auto accepted = co_await all.accept();
        datagram far(std::move(accepted.connection));
        EXPECT_FALSE(accepted.connection);
        co_await near.send("one");
        co_await near.send("two");
        EXPECT_EQ((co_await far.recv()).text(), "one");
        EXPECT_EQ((co_await far.recv()).text(), "two");
        co_await near.shutdown(SHUT_WR);
        EXPECT_TRUE((co_await far.recv()).empty());
    });
}

TEST(io_datagram, one_receive_waits_at_a_time) {
    in_loop([]() -> task<> {
        unix_pair pair;
        co_await with_scope([&](scope& group) -> task<> {
            group.spawn([&]() -> task<> { EXPECT_EQ((co_await pair.right.recv()).text(), "x"); });
            co_await settle();
            EXPECT_EQ((co_await pair.right.try_recvfrom()).error().code(),
                      std::errc::device_or_resource_busy);
            co_await pair.left.send("x");
        });
    });
}

TEST(io_datagram, closing_ends_a_receive_that_waits) {
    in_loop([]() -> task<> {
        unix_pair pair;
        co_await with_scope([&](scope& group) -> task<> {
            group.spawn([&]() -> task<> {
                EXPECT_EQ((co_await pair.right.try_recvmsg(10, 10)).error().code(),
                          std::errc::bad_file_descriptor);
            });
            co_await settle();
            pair.right.reset();
        });
    });
}

TEST(io_datagram, none_is_a_bad_descriptor_to_every_verb) {
    in_loop([]() -> task<> {
        datagram none;
        EXPECT_FALSE(none);
        EXPECT_EQ(none.fileno(), -1);
        const std::error_code bad(EBADF, std::system_category());
        receive_batch in(1, 1);
        send_batch out;
        EXPECT_EQ((co_await none.try_recvfrom()).error().code(), bad);
        EXPECT_EQ((co_await none.try_recvmsg(1)).error().code(), bad);
        EXPECT_EQ((co_await none.try_sendto("x", {})).error().code(), bad);
        EXPECT_EQ((co_await try_recvmmsg(none, in)).error().code(), bad);
        EXPECT_EQ((co_await try_sendmmsg(none, out)).error().code(), bad);
        EXPECT_EQ(none.try_connect({}).error().code(), bad);
    });
}

TEST(io_datagram, a_connection_can_be_dissolved) {
    in_loop([]() -> task<> {
        datagram peer = bind("127.0.0.1:0");
        datagram d = connect_datagram(peer.getsockname());
        EXPECT_EQ(d.getpeername(), peer.getsockname());
        d.connect(address());
        EXPECT_EQ(d.try_getpeername().error().code(), std::errc::not_connected);
        co_await d.sendto("x", peer.getsockname());
        EXPECT_EQ((co_await peer.recv()).text(), "x");
    });
}

TEST(io_datagram, a_text_without_a_transport_means_udp_and_streams_are_refused) {
    in_loop([]() -> task<> {
        EXPECT_EQ(bind("any:0").getsockname().family(), AF_INET6);
        EXPECT_EQ(bind({"127.0.0.1", 0}).getsockopt(SOL_SOCKET, SO_TYPE), SOCK_DGRAM);
        for (const char* stream :
             {"tcp://any:0", "unix:/tmp/x", "vsock:1:2", "unix-seqpacket:/tmp/x"})
            EXPECT_EQ(try_bind(stream).error().code(), errc::value_error) << stream;
        EXPECT_EQ(try_connect_datagram("any:9").error().code(), errc::value_error);
        EXPECT_THROW(datagram{priz::socket()}, value_error);
        EXPECT_THROW(datagram{priz::socket(closed)}, value_error);
        const address taken = bind("127.0.0.1:0").getsockname();
        const datagram holder = bind(taken);
        EXPECT_THROW(bind(taken), address_in_use);
        EXPECT_EQ(try_bind(taken).error().message().find("bind udp 127.0.0.1:"), 0U)
            << try_bind(taken).error().message();
        co_return;
    });
}

// A datagram socket that is not the kernel's: what is sent comes back, with an address.
class mirror final : public detail::transport {
public:
    std::ptrdiff_t recvmsg(detail::endpoint&, ::msghdr& message, int) noexcept override {
        if (kept.empty()) return -EAGAIN;
        const std::string data = std::exchange(kept.front(), {});
        kept.pop_front();
        const address from = address::ipv4("192.0.2.1", 7);
        std::memcpy(message.msg_name, from.data(), from.size());
        message.msg_namelen = from.size();
        message.msg_controllen = 0;
        const std::size_t size = std::min(data.size(), message.msg_iov->iov_len);
        std::memcpy(message.msg_iov->iov_base, data.data(), size);
        return static_cast<std::ptrdiff_t>(size);
    }
    std::ptrdiff_t sendmsg(detail::endpoint& e, const ::msghdr& message, int) noexcept override {
        kept.emplace_back(static_cast<const char*>(message.msg_iov->iov_base),
                          message.msg_iov->iov_len);
        e.loop->report_later(e, detail::endpoint::may_read);
        return static_cast<std::ptrdiff_t>(message.msg_iov->iov_len);
    }
    int shutdown(detail::endpoint&, int) noexcept override { return 0; }
    void close(detail::endpoint&) noexcept override {}

    std::deque<std::string> kept;
};

TEST(io_datagram, a_transport_gets_every_call) {
    in_loop([]() -> task<> {
        mirror other;
        detail::loop_core& loop = detail::this_loop_core();
        detail::endpoint& made = loop.new_endpoint(-1, &other);
        made.set(detail::endpoint::watched_in);
        made.set(detail::endpoint::watched_out);
        datagram d(&made);
        const address there = address::ipv4("192.0.2.1", 7);
        co_await d.sendto("a", there);
        auto [data, from] = co_await d.recvfrom();
        EXPECT_EQ(data.text(), "a");
        EXPECT_EQ(from, there);
        send_batch out;
        out.add("b", there);
        out.add("c", there);
        EXPECT_EQ(co_await sendmmsg(d, out), 2U);
        receive_batch in(3, 10);
        EXPECT_EQ(co_await recvmmsg(d, in), 2U);
        EXPECT_EQ(in[1].data.text(), "c");
        EXPECT_EQ(in[1].from, there);
        co_await with_scope([&](scope& group) -> task<> {
            group.spawn(
                [&]() -> task<> { EXPECT_EQ((co_await d.recvmsg(10, 10)).data.text(), "d"); });
            co_await settle();
            const std::array<bytes_view, 1> sources{"d"};
            co_await d.sendmsg(sources);
        });
    });
}

}  // namespace
}  // namespace priz::io
