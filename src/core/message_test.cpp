// Messages with the kernel as the other side.
#include "priz/message.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/errqueue.h>
#include <netinet/in.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>

#include "core/socket_fixture.hpp"
#include "priz/options.hpp"

namespace priz {
namespace {

using test::open_descriptors;

bool same_file(int a, int b) {
    struct ::stat one {};
    struct ::stat other {};
    return ::fstat(a, &one) == 0 && ::fstat(b, &other) == 0 && one.st_ino == other.st_ino &&
           one.st_dev == other.st_dev;
}

bool is_inheritable(int fd) { return (::fcntl(fd, F_GETFD) & FD_CLOEXEC) == 0; }

// A pipe, whose ends are easy to tell apart and to count.
struct pipe_ends {
    pipe_ends() {
        int fds[2];
        if (::pipe2(fds, O_CLOEXEC) == 0) read = unique_fd(fds[0]), write = unique_fd(fds[1]);
    }
    unique_fd read;
    unique_fd write;
};

// Datagram sockets on one host: `to` is bound, `from` is not connected.
struct udp_pair {
    explicit udp_pair(int family = AF_INET)
        : to(family, SOCK_DGRAM),
          from(family, SOCK_DGRAM),
          loopback(family == AF_INET ? address::ipv4("127.0.0.1", 0) : address::ipv6("::1", 0)) {
        to.bind(loopback);
        to.settimeout(10);
        target = to.getsockname();
    }
    void send(const outgoing_control& control) {
        const bytes_view data[] = {"data"};
        from.sendmsg(data, control, 0, target);
    }
    priz::socket to;
    priz::socket from;
    address loopback;
    address target;
};

TEST(message, several_pieces_arrive_as_one_with_the_sender) {
    udp_pair pair;
    pair.from.bind(pair.loopback);
    const bytes_view pieces[] = {"one", "", "two", "three"};
    EXPECT_EQ(pair.from.sendmsg(pieces, {}, 0, pair.target), 11U);
    const auto [data, control, flags, from] = pair.to.recvmsg(100);
    EXPECT_EQ(data, "onetwothree");
    EXPECT_TRUE(control.empty());
    EXPECT_EQ(flags, 0);
    EXPECT_EQ(from, pair.from.getsockname());
}

TEST(message, more_pieces_than_fit_the_stack_are_sent_and_too_many_refused_by_the_kernel) {
    auto [a, b] = socketpair();
    const std::vector<bytes_view> many(1000, "x");
    EXPECT_EQ(a.sendmsg(many), 1000U);
    EXPECT_EQ(b.recvmsg(2000).data.size(), 1000U);
    const std::vector<bytes_view> too_many(1025, "x");
    const auto refused = a.try_sendmsg(too_many);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), std::errc::message_size);
}

TEST(message, scatters_into_the_targets_in_order) {
    auto [a, b] = socketpair();
    a.send("abcdefgh");
    char first[3];
    std::array<std::byte, 2> second;
    std::string third(10, '.');
    const bytes_span targets[] = {first, second, third};
    const auto got = b.recvmsg_into(targets);
    EXPECT_EQ(got.size, 8U);
    EXPECT_EQ(std::string_view(first, 3), "abc");
    EXPECT_EQ(second[1], std::byte{'e'});
    EXPECT_EQ(third, "fgh.......");
}

TEST(message, no_more_is_received_than_was_asked_for) {
    auto [left, right] = socketpair();
    for (std::size_t size = 1; size <= 64; ++size) {
        left.sendall(std::string(size, 'x') + "rest");
        EXPECT_EQ(right.recvmsg(size).data.size(), size);
        EXPECT_EQ(right.recv(100), "rest");
    }
}

TEST(message, a_datagram_too_long_is_cut_and_says_so) {
    udp_pair pair;
    pair.send({});
    pair.send({});
    const auto cut = pair.to.recvmsg(2);
    EXPECT_EQ(cut.data, "da");
    EXPECT_TRUE(cut.truncated());
    EXPECT_FALSE(cut.control_truncated());
    char room[2];
    const bytes_span targets[] = {room};
    EXPECT_EQ(pair.to.recvmsg_into(targets, 0, MSG_TRUNC).size, 4U);
}

TEST(message, the_end_of_a_stream_is_an_empty_message_from_nobody) {
    auto [a, b] = socketpair();
    a.close();
    const auto end = b.recvmsg(10, cmsg_space(4));
    EXPECT_TRUE(end.data.empty());
    EXPECT_TRUE(end.control.empty());
    EXPECT_TRUE(end.from.empty());
}

TEST(message, failures_are_the_sockets) {
    auto [a, b] = socketpair();
    a.settimeout(0);
    EXPECT_TRUE(a.try_recvmsg(10).error().would_block());
    a.settimeout(0.001);
    EXPECT_THROW(a.recvmsg(10), timeout);
    EXPECT_EQ(a.try_recvmsg(1, std::size_t{1} << 31).error().code(), errc::value_error);
    a.close();
    const bytes_view data[] = {"x"};
    EXPECT_EQ(a.try_recvmsg(10).error().code(), std::errc::bad_file_descriptor);
    EXPECT_EQ(a.try_sendmsg(data).error().code(), std::errc::bad_file_descriptor);
    priz::socket unconnected(AF_INET, SOCK_DGRAM);
    EXPECT_EQ(unconnected.try_sendmsg(data).error().code(),
              std::errc::destination_address_required);
    EXPECT_THROW(b.sendmsg(data), broken_pipe);
}

TEST(message, descriptors_arrive_close_on_exec_and_are_the_same_files) {
    auto [a, b] = socketpair();
    const pipe_ends sent;
    EXPECT_EQ(send_fds(a, "x", {sent.read.get(), sent.write.get()}), 1U);
    const auto [data, fds, flags, from] = recv_fds(b, 10, 2);
    EXPECT_EQ(data, "x");
    EXPECT_EQ(flags, 0);
    ASSERT_EQ(fds.size(), 2U);
    EXPECT_TRUE(same_file(fds[0].get(), sent.read.get()));
    EXPECT_FALSE(is_inheritable(fds[0].get()));
    EXPECT_EQ(::write(fds[1].get(), "!", 1), 1);
    char byte = 0;
    EXPECT_EQ(::read(sent.read.get(), &byte, 1), 1);
    EXPECT_EQ(byte, '!');
}

TEST(message, descriptors_are_inheritable_where_that_is_asked_for) {
    auto [a, b] = socketpair();
    send_fds(a, "x", {a.fileno()});
    const auto got = recv_fds(b, 10, 1, inheritable_descriptors);
    ASSERT_EQ(got.fds.size(), 1U);
    EXPECT_TRUE(is_inheritable(got.fds[0].get()));
}

TEST(message, flags_repeat_close_on_exec_only_to_who_asked_for_it) {
    auto [a, b] = socketpair();
    a.send("ab");
    EXPECT_EQ(b.recvmsg(1).flags, 0);
    EXPECT_EQ(b.recvmsg(1, 0, MSG_CMSG_CLOEXEC).flags, MSG_CMSG_CLOEXEC);
}

TEST(message, room_for_more_descriptors_than_come_is_no_truncation) {
    auto [a, b] = socketpair();
    send_fds(a, "x", {a.fileno()});
    const auto got = recv_fds(b, 10, 100);
    EXPECT_EQ(got.fds.size(), 1U);
    EXPECT_EQ(got.flags, 0);
}

TEST(message, more_descriptors_than_there_is_room_for_are_closed_by_the_kernel) {
    auto [a, b] = socketpair();
    const std::size_t before = open_descriptors();
    send_fds(a, "x", std::vector<int>(9, a.fileno()));
    {
        const auto got = recv_fds(b, 10, 4);
        EXPECT_EQ(got.fds.size(), 4U);
        EXPECT_NE(got.flags & MSG_CTRUNC, 0);
        EXPECT_EQ(open_descriptors(), before + 4);
    }
    EXPECT_EQ(open_descriptors(), before);
}

TEST(message, more_descriptors_than_a_message_carries_are_refused) {
    auto [a, b] = socketpair();
    const bytes_view data[] = {"x"};
    EXPECT_EQ(try_send_fds(a, data, std::vector<int>(254, a.fileno())).error().code(),
              std::errc::invalid_argument);
    EXPECT_EQ(try_send_fds(a, data, std::vector<int>{-1}).error().code(),
              std::errc::bad_file_descriptor);
}

// Every size of the control buffer up to room for two descriptors, and for credentials before them.
TEST(message, no_descriptor_leaks_at_any_truncation) {
    for (const bool with_credentials : {false, true}) {
        auto [a, b] = socketpair();
        set_option(b, options::pass_credentials, with_credentials);
        const std::size_t before = open_descriptors();
        const std::size_t most = cmsg_space(sizeof(credentials)) + cmsg_space(2 * sizeof(int));
        for (std::size_t room = 0; room <= most; ++room) {
            send_fds(a, "x", {a.fileno(), b.fileno()});
            {
                const auto got = b.recvmsg(1, room);
                EXPECT_EQ(open_descriptors(), before + got.control.descriptor_count()) << room;
                const std::size_t needed =
                    cmsg_len(8) + (with_credentials ? cmsg_space(sizeof(credentials)) : 0);
                EXPECT_EQ(got.control_truncated(), room < needed) << room;
            }
            EXPECT_EQ(open_descriptors(), before) << room;
        }
    }
}

TEST(message, peeked_descriptors_are_separate_ones_and_owned_as_well) {
    auto [a, b] = socketpair();
    const std::size_t before = open_descriptors();
    send_fds(a, "x", {a.fileno()});
    EXPECT_EQ(b.recvmsg(1, cmsg_space(4), MSG_PEEK).control.descriptor_count(), 1U);
    EXPECT_EQ(b.recvmsg(1, cmsg_space(4)).control.descriptor_count(), 1U);
    EXPECT_EQ(open_descriptors(), before);
}

TEST(message, descriptors_that_are_not_asked_for_are_not_installed) {
    auto [a, b] = socketpair();
    const std::size_t before = open_descriptors();
    send_fds(a, "x", {a.fileno()});
    const auto got = b.recvmsg(1);
    EXPECT_TRUE(got.control_truncated());
    EXPECT_EQ(open_descriptors(), before);
}

TEST(message, credentials_are_this_processs) {
    auto [a, b] = socketpair(AF_UNIX, SOCK_DGRAM);
    set_option(b, options::pass_credentials, true);
    const credentials own{::getpid(), ::getuid(), ::getgid()};
    a.send("x");
    EXPECT_EQ(b.recvmsg(1, cmsg_space(sizeof own)).control.credentials(), own);
    const bytes_view data[] = {"x"};
    a.sendmsg(data, outgoing_control().credentials(own));
    EXPECT_EQ(b.recvmsg(1, cmsg_space(sizeof own)).control.credentials(), own);
}

TEST(message, a_pidfd_is_owned_like_any_descriptor) {
    auto [a, b] = socketpair(AF_UNIX, SOCK_DGRAM);
    if (!try_set_option(b, options::pass_pidfd, true)) GTEST_SKIP() << "before Linux 6.5";
    const std::size_t before = open_descriptors();
    a.send("x");
    {
        const auto got = b.recvmsg(1, cmsg_space(4));
        EXPECT_EQ(got.control.descriptor_count(), 1U);
        EXPECT_EQ(open_descriptors(), before + 1);
    }
    EXPECT_EQ(open_descriptors(), before);
}

TEST(message, ipv4_says_where_a_datagram_arrived_and_how) {
    udp_pair pair;
    set_option(pair.to, options::receive_packet_info, true);
    set_option(pair.to, options::receive_hop_limit, true);
    set_option(pair.to, options::receive_traffic_class, true);
    set_option(pair.to, options::receive_timestamp, true);
    pair.send(outgoing_control().ttl(42).tos(0xb9));
    const auto got = pair.to.recvmsg(10, 200);
    EXPECT_EQ(got.control.hop_limit(), 42);
    EXPECT_EQ(got.control.traffic_class(), 0xb9);
    EXPECT_EQ(got.control.ecn(), 1);
    EXPECT_EQ(got.control.packet_info()->destination, pair.loopback);
    EXPECT_EQ(got.control.packet_info()->local, pair.loopback);
    EXPECT_GT(got.control.packet_info()->interface_index, 0);
    EXPECT_GT(got.control.timestamp()->seconds(), 1.7e9);
}

TEST(message, ipv6_says_where_a_datagram_arrived_and_how) {
    udp_pair pair(AF_INET6);
    set_option(pair.to, options::receive_packet_info, true);
    set_option(pair.to, options::receive_hop_limit, true);
    set_option(pair.to, options::receive_traffic_class, true);
    pair.send(outgoing_control().hop_limit(42).traffic_class(0xb9));
    const auto got = pair.to.recvmsg(10, 200);
    EXPECT_EQ(got.control.size(), 3U);
    EXPECT_EQ(got.control.hop_limit(), 42);
    EXPECT_EQ(got.control.traffic_class(), 0xb9);
    EXPECT_EQ(got.control.packet_info()->destination, pair.loopback);
}

TEST(message, a_dual_stack_socket_hears_of_ipv4_packets_too) {
    priz::socket to(AF_INET6, SOCK_DGRAM);
    set_option(to, options::ipv6_only, false);
    set_option(to, options::receive_hop_limit, true);
    to.bind(address::ipv6("::", 0));
    to.settimeout(10);
    priz::socket from(AF_INET, SOCK_DGRAM);
    set_option(from, options::unicast_hops, 17);
    from.sendto("x", address::ipv4("127.0.0.1", static_cast<int>(to.getsockname().port())));
    EXPECT_EQ(to.recvmsg(10, 200).control.hop_limit(), 17);
}

TEST(message, an_answer_leaves_from_the_address_that_was_asked) {
    for (const char* host : {"127.0.0.1", "127.0.0.77"}) {
        priz::socket server(AF_INET, SOCK_DGRAM);
        server.bind(address::ipv4("0.0.0.0", 0));
        server.settimeout(10);
        set_option(server, options::receive_packet_info, true);
        priz::socket client(AF_INET, SOCK_DGRAM);
        client.settimeout(10);
        const auto asked = address::ipv4(host, static_cast<int>(server.getsockname().port()));
        client.sendto("?", asked);
        const auto question = server.recvmsg(10, 100);
        const auto arrived = question.control.packet_info();
        ASSERT_TRUE(arrived);
        const bytes_view answer[] = {"!"};
        server.sendmsg(answer, outgoing_control().packet_info(*arrived), 0, question.from);
        EXPECT_EQ(client.recvmsg(10).from, asked);
    }
}

TEST(message, an_icmp_error_names_its_cause_and_where_the_packet_was_going) {
    for (const int family : {AF_INET, AF_INET6}) {
        udp_pair pair(family);
        set_option(pair.from, options::receive_errors, true);
        pair.from.settimeout(10);
        pair.to.close();
        pair.send({});
        const auto got = pair.from.recvmsg(10, 512, MSG_ERRQUEUE);
        EXPECT_NE(got.flags & MSG_ERRQUEUE, 0);
        EXPECT_EQ(got.data, "data");
        EXPECT_EQ(got.from, pair.target);
        const auto error = got.control.extended_error();
        ASSERT_TRUE(error);
        EXPECT_EQ(error->cause, std::errc::connection_refused);
        EXPECT_EQ(error->origin, family == AF_INET ? SO_EE_ORIGIN_ICMP : SO_EE_ORIGIN_ICMP6);
        EXPECT_EQ(error->offender.host(), pair.loopback.host());
    }
}

TEST(message, segmentation_sends_many_datagrams_with_one_call) {
    udp_pair pair;
    const std::string data(2500, 'x');
    const bytes_view pieces[] = {data};
    pair.from.sendmsg(pieces, outgoing_control().segment_size(1000), 0, pair.target);
    for (const std::size_t size : {1000U, 1000U, 500U})
        EXPECT_EQ(pair.to.recvmsg(3000).data.size(), size);
}

TEST(message, joined_datagrams_say_how_long_each_was) {
    udp_pair pair;
    set_option(pair.to, options::gro, true);
    const std::string data(2500, 'x');
    const bytes_view pieces[] = {data};
    pair.from.sendmsg(pieces, outgoing_control().segment_size(1000), 0, pair.target);
    const auto got = pair.to.recvmsg(65535, cmsg_space(sizeof(int)));
    EXPECT_EQ(got.data.size(), 2500U);
    EXPECT_EQ(got.control.segment_size(), 1000U);
}

TEST(message, a_signal_does_not_end_a_wait_and_the_hook_sees_every_call) {
    test::counting_hook hook(3);
    auto [a, b] = socketpair();
    b.set_blocking_hook(&hook);
    const test::signal_storm storm;
    const auto stopped = b.try_recvmsg(1);
    ASSERT_FALSE(stopped);
    EXPECT_EQ(stopped.error().code(), errc::stopped);
    EXPECT_EQ(hook.interruptions, 3);
    EXPECT_EQ(hook.before, hook.after);
}

TEST(message, of_more_pieces_than_the_kernel_takes_says_so) {
    auto [left, right] = socketpair();
    const std::vector<bytes_view> pieces(1025, bytes_view("x"));
    const auto sent = left.try_sendmsg(pieces);
    ASSERT_FALSE(sent);
    EXPECT_EQ(sent.error().code(), std::errc::message_size);
    EXPECT_NE(sent.error().hint().find("1024 pieces"), std::string::npos);
    EXPECT_EQ(left.sendmsg(std::span(pieces).first(1024)), 1024U);
}

}  // namespace
}  // namespace priz
