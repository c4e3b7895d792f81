#include "priz/batch.hpp"

#include <gtest/gtest.h>
#include <netinet/in.h>

#include <thread>

#include "core/socket_fixture.hpp"
#include "priz/message.hpp"
#include "priz/options.hpp"

namespace priz {
namespace {

using test::open_descriptors;

// A connected pair of datagram sockets; Unix, so that order and arrival are certain.
class batch : public testing::Test {
protected:
    batch() { right.settimeout(10); }
    std::pair<socket, socket> pair = socketpair(AF_UNIX, SOCK_DGRAM);
    socket& left = pair.first;
    socket& right = pair.second;
};

// UDP on loopback.
struct udp_ends {
    udp_ends() : to(AF_INET, SOCK_DGRAM), from(AF_INET, SOCK_DGRAM) {
        to.bind(address::ipv4("127.0.0.1", 0));
        to.settimeout(10);
        from.bind(address::ipv4("127.0.0.1", 0));
    }
    priz::socket to;
    priz::socket from;
};

std::vector<std::string> texts(const receive_batch& in) {
    std::vector<std::string> all;
    for (const auto& message : in) all.emplace_back(message.data.text());
    return all;
}

TEST_F(batch, what_is_sent_as_one_arrives_as_one_in_order) {
    send_batch out;
    for (const char* text : {"a", "bb", "ccc"}) out.add(text);
    EXPECT_EQ(sendmmsg(left, out), 3U);
    EXPECT_TRUE(out.empty());
    receive_batch in(8, 100);
    EXPECT_EQ(recvmmsg(right, in), 3U);
    EXPECT_EQ(texts(in), (std::vector<std::string>{"a", "bb", "ccc"}));
}

TEST_F(batch, a_receive_returns_at_its_capacity_and_the_rest_with_the_next) {
    for (const char* text : {"a", "b", "c"}) left.send(text);
    receive_batch in(2, 100);
    EXPECT_EQ(recvmmsg(right, in), 2U);
    EXPECT_EQ(recvmmsg(right, in), 1U);
    EXPECT_EQ(texts(in), std::vector<std::string>{"c"});
}

TEST_F(batch, a_blocking_receive_waits_for_the_first_message_only) {
    right.settimeout(std::nullopt);
    receive_batch in(8, 100);
    std::jthread sender([&] { left.send("x"); });
    EXPECT_EQ(recvmmsg(right, in), 1U);
}

TEST_F(batch, the_sockets_timeout_is_kept) {
    receive_batch in(8, 100);
    right.settimeout(0);
    EXPECT_TRUE(try_recvmmsg(right, in).error().would_block());
    right.settimeout(0.001);
    EXPECT_THROW(recvmmsg(right, in), timeout);
    EXPECT_TRUE(in.empty());
}

TEST_F(batch, a_message_too_long_is_cut_and_says_so) {
    left.send("abcdef");
    left.send("gh");
    receive_batch in(2, 3);
    recvmmsg(right, in);
    EXPECT_EQ(texts(in), (std::vector<std::string>{"abc", "gh"}));
    EXPECT_TRUE(in[0].truncated());
    EXPECT_FALSE(in[1].truncated());
    left.send("abcdef");
    recvmmsg(right, in, MSG_TRUNC);
    EXPECT_EQ(in[0].data.size(), 3U);
}

TEST_F(batch, an_error_after_some_messages_is_reported_next_and_loses_none) {
    set_option(left, options::send_buffer, 4096);
    const std::string too_long(100'000, 'x');
    send_batch out;
    out.add("a");
    out.add("b");
    out.add(too_long);
    out.add("c");
    EXPECT_EQ(sendmmsg(left, out), 2U);
    const auto failed = try_sendmmsg(left, out);
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().code(), std::errc::message_size);
    EXPECT_EQ(out.front().size(), too_long.size());
    EXPECT_EQ(out.size(), 2U);
    out.skip();
    EXPECT_EQ(sendmmsg(left, out), 1U);
    receive_batch in(8, 100);
    recvmmsg(right, in);
    EXPECT_EQ(texts(in), (std::vector<std::string>{"a", "b", "c"}));
}

TEST_F(batch, a_full_peer_keeps_the_rest_in_the_batch) {
    left.setblocking(false);
    send_batch out;
    for (int i = 0; i < 1000; ++i) out.add(i % 2 == 0 ? "even" : "odd");
    receive_batch in(1000, 10);
    std::vector<std::string> arrived;
    bool was_full = false;
    while (!out.empty()) {
        const auto count = try_sendmmsg(left, out);
        was_full = was_full || !count || !out.empty();
        if (!count) {
            ASSERT_TRUE(count.error().would_block());
        }
        recvmmsg(right, in);
        for (auto& text : texts(in)) arrived.push_back(std::move(text));
    }
    EXPECT_TRUE(was_full);
    ASSERT_EQ(arrived.size(), 1000U);
    EXPECT_EQ(arrived[998], "even");
    EXPECT_EQ(arrived[999], "odd");
}

TEST_F(batch, an_empty_batch_sends_nothing_and_needs_no_socket) {
    send_batch out;
    priz::socket none(closed);
    EXPECT_EQ(sendmmsg(none, out), 0U);
    out.add("x");
    EXPECT_EQ(try_sendmmsg(none, out).error().code(), std::errc::bad_file_descriptor);
    EXPECT_EQ(out.size(), 1U);
}

TEST_F(batch, descriptors_nobody_took_are_closed_by_the_next_call_and_with_the_batch) {
    const std::size_t before = open_descriptors();
    {
        receive_batch in(4, 10, cmsg_space(2 * sizeof(int)));
        send_fds(left, "x", {left.fileno(), right.fileno()});
        send_fds(left, "y", {left.fileno()});
        EXPECT_EQ(recvmmsg(right, in), 2U);
        EXPECT_EQ(open_descriptors(), before + 3);
        const auto taken = in.take_descriptors(1);
        EXPECT_EQ(taken.size(), 1U);
        EXPECT_TRUE(in.take_descriptors(1).empty());
        send_fds(left, "z", {left.fileno()});
        EXPECT_EQ(recvmmsg(right, in), 1U);
        EXPECT_EQ(open_descriptors(), before + 2);
        receive_batch moved(std::move(in));
        EXPECT_EQ(moved[0].data.text(), "z");
        EXPECT_EQ(moved[0].control.descriptor_count(), 1U);
    }
    EXPECT_EQ(open_descriptors(), before);
}

TEST_F(batch, control_messages_cut_short_leak_nothing) {
    const std::size_t before = open_descriptors();
    for (std::size_t room = 0; room <= cmsg_space(2 * sizeof(int)); ++room) {
        receive_batch in(2, 10, room);
        send_fds(left, "x", {left.fileno(), right.fileno()});
        send_fds(left, "y", {left.fileno(), right.fileno()});
        EXPECT_EQ(recvmmsg(right, in), 2U);
        const std::size_t held =
            in[0].control.descriptor_count() + in[1].control.descriptor_count();
        EXPECT_EQ(open_descriptors(), before + held) << room;
        EXPECT_EQ(in[1].control_truncated(), room < cmsg_len(2 * sizeof(int))) << room;
    }
    EXPECT_EQ(open_descriptors(), before);
}

TEST_F(batch, each_message_has_its_own_control_messages) {
    send_batch out;
    out.add("x").descriptors({left.fileno()});
    out.add("y");
    sendmmsg(left, out);
    receive_batch in(2, 10, cmsg_space(sizeof(int)));
    EXPECT_EQ(recvmmsg(right, in), 2U);
    EXPECT_EQ(in[0].control.descriptor_count(), 1U);
    EXPECT_TRUE(in[1].control.empty());
}

TEST(batch_udp, an_echo_goes_back_to_whoever_asked) {
    udp_ends ends;
    send_batch questions;
    for (const char* text : {"one", "two", "three"}) questions.add(text, ends.to.getsockname());
    while (!questions.empty()) sendmmsg(ends.from, questions);
    receive_batch in(8, 100);
    recvmmsg(ends.to, in);
    send_batch answers;
    for (const auto& message : in) {
        EXPECT_EQ(message.from, ends.from.getsockname());
        answers.add(message.data, message.from);
    }
    const std::size_t expected = in.size();
    while (!answers.empty()) sendmmsg(ends.to, answers);
    ends.from.settimeout(10);
    receive_batch back(8, 100);
    EXPECT_EQ(recvmmsg(ends.from, back), expected);
    EXPECT_EQ(texts(back), texts(in));
}

TEST(batch_udp, segments_are_sent_and_received_as_one_message_each) {
    udp_ends ends;
    set_option(ends.to, options::gro, true);
    const std::string data = std::string(1000, 'a') + std::string(1000, 'b') + std::string(10, 'c');
    send_batch out;
    out.add(data, ends.to.getsockname()).segment_size(1000);
    sendmmsg(ends.from, out);
    receive_batch in(8, 65535, cmsg_space(sizeof(int)));
    std::vector<std::string> segments;
    while (segments.size() < 3) {
        recvmmsg(ends.to, in);
        for (const auto& message : in)
            for (std::size_t i = 0; i < message.segment_count(); ++i)
                segments.emplace_back(message.segment(i).text());
    }
    EXPECT_EQ(segments, (std::vector<std::string>{std::string(1000, 'a'), std::string(1000, 'b'),
                                                  std::string(10, 'c')}));
}

TEST(batch_udp, a_message_that_was_not_joined_is_its_own_only_segment) {
    const received_message plain{"abc", {}, 0, {}};
    EXPECT_EQ(plain.segment_count(), 1U);
    EXPECT_EQ(plain.segment(0).text(), "abc");
    const received_message empty{};
    EXPECT_EQ(empty.segment_count(), 1U);
    EXPECT_TRUE(empty.segment(0).empty());
}

TEST(batch_udp, a_failure_names_where_its_message_was_going) {
    priz::socket s(AF_INET, SOCK_DGRAM);
    send_batch out;
    out.add("x", address::ipv4("255.255.255.255", 9));
    const auto failed = try_sendmmsg(s, out);
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().code(), std::errc::permission_denied);
    ASSERT_NE(failed.error().remote(), nullptr);
    EXPECT_EQ(failed.error().remote()->host(), "255.255.255.255");
}

TEST_F(batch, of_more_room_than_a_number_can_say_is_refused) {
    constexpr std::size_t wraps_to_four = (std::size_t{1} << 62) + 1;
    EXPECT_THROW(receive_batch(4, wraps_to_four), overflow_error);
    EXPECT_THROW(receive_batch(1, 1, static_cast<std::size_t>(-1)), overflow_error);
}

}  // namespace
}  // namespace priz
