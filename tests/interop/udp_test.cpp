// UDP between priz and CPython, with and without connect(), whole and cut.
#include <priz/message.hpp>

#include "python_peer.hpp"

namespace interop {
namespace {

class udp : public testing::TestWithParam<std::string> {
protected:
    udp() : ours(GetParam() == "::1" ? AF_INET6 : AF_INET, SOCK_DGRAM) {
        ours.bind(GetParam(), 0);
        python.run("s = socket.socket(socket." +
                   std::string(GetParam() == "::1" ? "AF_INET6" : "AF_INET") +
                   ", socket.SOCK_DGRAM); s.bind(('" + GetParam() + "', 0))");
        python.run("ours = " + as_python(ours.getsockname()));
    }

    priz::address where_python_is() {
        return ours.getsockname().with_port(
            static_cast<std::uint16_t>(std::stoi(python("s.getsockname()[1]"))));
    }

    priz::socket ours;
    python_peer python;
};

TEST_P(udp, datagrams_go_there_and_back_with_the_senders_addresses) {
    const priz::address theirs = where_python_is();
    EXPECT_EQ(ours.sendto("question", theirs), 8U);
    python.run("data, sender = s.recvfrom(100)");
    EXPECT_EQ(python("data"), "b'question'");
    EXPECT_EQ(python("sender"), as_python(ours.getsockname()));
    EXPECT_EQ(python("s.sendto(b'answer', sender)"), "6");
    const auto [data, from] = ours.recvfrom(100);
    EXPECT_EQ(data, "answer");
    EXPECT_EQ(from, theirs);
}

TEST_P(udp, connected_ends_send_and_receive_without_addresses) {
    ours.connect(where_python_is());
    python.run("s.connect(ours)");
    EXPECT_EQ(ours.send("question"), 8U);
    EXPECT_EQ(python("s.recv(100)"), "b'question'");
    EXPECT_EQ(python("s.send(b'answer')"), "6");
    EXPECT_EQ(ours.recv(100), "answer");
    EXPECT_EQ(python("s.getpeername()"), as_python(ours.getsockname()));
    EXPECT_EQ(as_python(ours.getpeername()), python("s.getsockname()"));
}

TEST_P(udp, a_connected_end_does_not_hear_a_stranger) {
    ours.connect(where_python_is());
    python.run("stranger = socket.socket(s.family, s.type)");
    python.run("stranger.sendto(b'unasked', ours); s.sendto(b'awaited', ours)");
    EXPECT_EQ(ours.recv(100), "awaited");
}

TEST_P(udp, what_is_longer_than_the_room_is_cut_and_said_to_be) {
    python.run("s.sendto(pattern(100), ours); s.sendto(pattern(100), ours)");
    python.run("s.sendto(b'next', ours)");
    EXPECT_EQ(ours.recvfrom(10).data, pattern(10));
    const auto cut = ours.recvmsg(10);
    EXPECT_EQ(cut.data, pattern(10));
    EXPECT_TRUE(cut.truncated());
    EXPECT_EQ(ours.recv(100), "next");
}

TEST_P(udp, python_sees_ours_cut_in_the_same_way) {
    const priz::address theirs = where_python_is();
    ours.sendto(pattern(100), theirs);
    ours.sendto(pattern(100), theirs);
    ours.sendto("next", theirs);
    EXPECT_EQ(python("s.recv(10) == pattern(10)"), "True");
    EXPECT_EQ(python("s.recvmsg(10)[2] == socket.MSG_TRUNC"), "True");
    EXPECT_EQ(python("s.recv(100)"), "b'next'");
}

TEST_P(udp, an_empty_datagram_is_a_datagram) {
    python.run("s.sendto(b'', ours); s.sendto(b'x', ours)");
    EXPECT_EQ(ours.recvfrom(10).data, "");
    EXPECT_EQ(ours.recvfrom(10).data, "x");
    ours.sendto("", where_python_is());
    EXPECT_EQ(python("s.recvfrom(10)[0]"), "b''");
}

TEST_P(udp, several_pieces_are_one_datagram) {
    const std::vector<priz::bytes_view> pieces{"one ", "and ", "two"};
    ours.sendmsg(pieces, {}, 0, where_python_is());
    EXPECT_EQ(python("s.recv(100)"), "b'one and two'");
    python.run("s.sendmsg([b'three ', b'and four'], [], 0, ours)");
    char first[4];
    char second[60];
    const std::vector<priz::bytes_span> targets{first, second};
    EXPECT_EQ(ours.recvmsg_into(targets).size, 14U);
    EXPECT_EQ(std::string(first, 4) + std::string(second, 10), "three and four");
}

TEST_P(udp, nobody_at_the_other_end_is_a_refusal_at_the_next_call) {
    const priz::address theirs = where_python_is();
    ours.connect(theirs);
    python.run("s.close()");
    ours.send("into the void");
    EXPECT_THROW(ours.recv(1), priz::connection_refused);
}

INSTANTIATE_TEST_SUITE_P(hosts, udp, testing::Values("127.0.0.1", "::1"), [](const auto& one) {
    return std::string(one.param == "::1" ? "ipv6" : "ipv4");
});

}  // namespace
}  // namespace interop
