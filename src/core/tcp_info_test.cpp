#include "priz/tcp_info.hpp"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include <sstream>

#include "core/python_fixture.hpp"
#include "core/socket_fixture.hpp"

namespace priz {
namespace {

// The same struct, taken apart by Python at the offsets of <linux/tcp.h>, as text.
std::string pythons_view(const priz::socket& s) {
    return test::python(R"(
import socket, struct, sys
raw = socket.socket(fileno=int(sys.argv[1])).getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 512)
u8 = lambda at: raw[at]
u32 = lambda at: struct.unpack_from("=I", raw, at)[0]
u64 = lambda at: struct.unpack_from("=Q", raw, at)[0]
print(len(raw), u8(0), u8(1), u8(5) & 1, u8(5) >> 1 & 1, u8(5) >> 2 & 1, u8(6) & 15, u8(6) >> 4)
print(u32(8) * 1000, u32(16), u32(20), u32(24), u32(36), u32(60), u32(68) * 1000, u32(72) * 1000)
print(u32(80), u32(84), u32(88), u32(100), u64(104), u64(112), u64(120), u64(128))
print(u32(136), u32(140), u32(144), u32(148) * 1000, u32(152), u32(156), u64(160), u64(168) * 1000)
print(u32(192), u64(200), u64(208), u32(224), u32(228))
)",
                        std::to_string(s.fileno()));
}

std::string our_view(const tcp_info& i) {
    std::ostringstream text;
    text << i.size << ' ' << int(i.state) << ' ' << int(i.congestion_state) << ' ' << i.timestamps
         << ' ' << i.sack << ' ' << i.window_scaling << ' ' << i.send_window_scale << ' '
         << i.receive_window_scale << '\n';
    text << i.retransmission_timeout.nanoseconds() << ' ' << i.send_mss << ' ' << i.receive_mss
         << ' ' << i.unacked << ' ' << i.retransmitted << ' ' << i.path_mtu << ' '
         << i.round_trip_time.nanoseconds() << ' ' << i.round_trip_variance.nanoseconds() << '\n';
    text << i.congestion_window << ' ' << i.advertised_mss << ' ' << i.reordering << ' '
         << i.total_retransmitted << ' ' << i.pacing_rate << ' ' << i.max_pacing_rate << ' '
         << i.bytes_acked << ' ' << i.bytes_received << '\n';
    text << i.segments_out << ' ' << i.segments_in << ' ' << i.not_sent_bytes << ' '
         << i.min_round_trip_time.nanoseconds() << ' ' << i.data_segments_in << ' '
         << i.data_segments_out << ' ' << i.delivery_rate << ' ' << i.busy_time.nanoseconds()
         << '\n';
    text << i.delivered << ' ' << i.bytes_sent << ' ' << i.bytes_retransmitted << ' '
         << i.received_out_of_order.value_or(0) << ' ' << i.send_window.value_or(0) << '\n';
    return text.str();
}

TEST(tcp_info, is_what_python_reads_from_the_same_socket) {
    auto [client, server] = test::tcp_pair();
    client.sendall(std::string(10'000, 'x'));
    server.recv_exactly(10'000);
    server.sendall("answer");
    client.recv_exactly(6);
    client.set_inheritable(true);
    // A delayed acknowledgement may still go out between two looks; then they are taken again.
    tcp_info info;
    std::string before;
    std::string expected;
    do {
        before = our_view(get_tcp_info(client));
        expected = pythons_view(client);
        info = get_tcp_info(client);
    } while (our_view(info) != before);
    EXPECT_EQ(before, expected);
    EXPECT_EQ(info.bytes_sent, 10'000U);
    EXPECT_EQ(info.bytes_received, 6U);
    EXPECT_TRUE(info.send_window);
}

TEST(tcp_info, follows_the_connections_states) {
    const auto state = [](const priz::socket& s) { return get_tcp_info(s).state; };
    EXPECT_EQ(state(priz::socket()), tcp_state::close);
    EXPECT_EQ(state(test::loopback_listener()), tcp_state::listen);
    auto [client, server] = test::tcp_pair();
    EXPECT_EQ(state(client), tcp_state::established);
    client.shutdown(SHUT_WR);
    EXPECT_EQ(server.recv(1), "");
    EXPECT_EQ(state(server), tcp_state::close_wait);
}

TEST(tcp_info, a_listeners_backlog_is_in_it) {
    priz::socket listener;
    listener.bind(address::ipv4("127.0.0.1", 0));
    listener.listen(7);
    priz::socket client;
    client.connect(listener.getsockname());
    EXPECT_EQ(get_tcp_info(listener).unacked, 1U);
    EXPECT_EQ(get_tcp_info(listener).sacked, 7U);
}

TEST(tcp_info, every_length_a_kernel_may_return_is_read) {
    const std::string raw(400, '\1');
    for (std::size_t size = 0; size <= raw.size(); ++size) {
        const tcp_info info = parse_tcp_info(bytes_view(raw.data(), size));
        EXPECT_EQ(info.size, size);
        EXPECT_EQ(info.state == tcp_state::established, size >= 1) << size;
        EXPECT_EQ(info.bytes_acked == 0x0101010101010101, size >= 128) << size;
        EXPECT_EQ(info.send_window.has_value(), size >= 232) << size;
        EXPECT_EQ(info.receive_window.has_value(), size >= 236) << size;
        EXPECT_EQ(info.total_timeouts.has_value(), size >= 242) << size;
        EXPECT_EQ(info.total_timeout_time.has_value(), size >= 248) << size;
    }
}

TEST(tcp_info, numbers_too_large_to_be_durations_are_the_longest) {
    const std::string raw(248, '\xff');
    EXPECT_EQ(parse_tcp_info(raw).busy_time, duration::max());
}

TEST(tcp_info, states_have_names_and_numbers_without_one_say_so) {
    EXPECT_EQ(name(tcp_state::time_wait), "TIME-WAIT");
    EXPECT_EQ(name(tcp_state{99}), "UNKNOWN");
    EXPECT_EQ(name(tcp_congestion_state::recovery), "recovery");
    EXPECT_EQ(name(tcp_congestion_state{99}), "unknown");
}

TEST(tcp_info, of_a_socket_that_is_not_tcp_is_refused) {
    EXPECT_THROW(get_tcp_info(priz::socket(AF_INET, SOCK_DGRAM)), error);
    EXPECT_EQ(try_get_tcp_info(priz::socket(closed)).error().code(),
              std::errc::bad_file_descriptor);
}

}  // namespace
}  // namespace priz
