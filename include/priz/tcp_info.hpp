// priz/tcp_info.hpp: what the kernel knows about a TCP connection, as a typed value.
//
// Touch it to see a connection's state, round-trip time, losses and rates, as `ss -ti` shows them.
// One system call; a snapshot. Kernels differ in how much they fill: members of later kernels are
// empty where this one does not have them. tcp(7), TCP_INFO; the members' meaning is the kernel's
// (include/uapi/linux/tcp.h, RFC 4898).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "priz/bytes.hpp"
#include "priz/duration.hpp"
#include "priz/error.hpp"
#include "priz/export.hpp"

namespace priz {

class socket;

// RFC 9293, with the kernel's numbers.
enum class tcp_state : std::uint8_t {
    established = 1,
    syn_sent = 2,
    syn_recv = 3,
    fin_wait1 = 4,
    fin_wait2 = 5,
    time_wait = 6,
    close = 7,
    close_wait = 8,
    last_ack = 9,
    listen = 10,
    closing = 11,
    new_syn_recv = 12,
};
// "ESTABLISHED", "SYN-SENT", …; "UNKNOWN" for a number that has no name.
PRIZ_API std::string_view name(tcp_state state) noexcept;

// The congestion machine.
enum class tcp_congestion_state : std::uint8_t {
    open = 0,
    disorder = 1,
    cwr = 2,
    recovery = 3,
    loss = 4,
};
PRIZ_API std::string_view name(tcp_congestion_state state) noexcept;  // "open", "disorder", …

struct tcp_info {
    tcp_state state{};
    tcp_congestion_state congestion_state{};
    unsigned retransmits = 0;  // in a row, of the same segment
    unsigned probes = 0;
    unsigned backoff = 0;

    // What the two sides agreed on.
    bool timestamps = false;
    bool sack = false;
    bool window_scaling = false;
    bool ecn = false;
    bool ecn_seen = false;
    bool syn_data = false;  // TCP Fast Open: data in the SYN was acknowledged
    unsigned send_window_scale = 0;
    unsigned receive_window_scale = 0;
    bool delivery_rate_app_limited = false;
    unsigned fast_open_client_fail = 0;

    duration retransmission_timeout;
    duration ack_timeout;
    std::uint32_t send_mss = 0;
    std::uint32_t receive_mss = 0;

    // Segments.
    std::uint32_t unacked = 0;  // a listening socket: connections that wait for accept()
    std::uint32_t sacked = 0;   // a listening socket: its backlog
    std::uint32_t lost = 0;
    std::uint32_t retransmitted = 0;
    std::uint32_t fackets = 0;

    duration last_data_sent;  // ago
    duration last_data_received;
    duration last_ack_received;

    std::uint32_t path_mtu = 0;
    std::uint32_t receive_slow_start_threshold = 0;
    duration round_trip_time;
    duration round_trip_variance;
    std::uint32_t send_slow_start_threshold = 0;
    std::uint32_t congestion_window = 0;  // segments
    std::uint32_t advertised_mss = 0;
    std::uint32_t reordering = 0;
    duration receive_round_trip_time;
    std::uint32_t receive_space = 0;
    std::uint32_t total_retransmitted = 0;

    // Bytes a second; the largest number of 64 bits means no limit.
    std::uint64_t pacing_rate = 0;
    std::uint64_t max_pacing_rate = 0;
    std::uint64_t delivery_rate = 0;

    std::uint64_t bytes_acked = 0;
    std::uint64_t bytes_received = 0;
    std::uint64_t bytes_sent = 0;
    std::uint64_t bytes_retransmitted = 0;
    std::uint32_t not_sent_bytes = 0;
    std::uint32_t segments_out = 0;
    std::uint32_t segments_in = 0;
    std::uint32_t data_segments_in = 0;
    std::uint32_t data_segments_out = 0;
    std::uint32_t delivered = 0;
    std::uint32_t delivered_ce = 0;
    std::uint32_t dsack_duplicates = 0;
    std::uint32_t reorderings_seen = 0;

    duration min_round_trip_time;
    duration busy_time;
    duration receive_window_limited;
    duration send_buffer_limited;

    std::optional<std::uint32_t> received_out_of_order;  // Linux 5.4
    std::optional<std::uint32_t> send_window;            // Linux 5.4
    std::optional<std::uint32_t> receive_window;         // Linux 6.2
    std::optional<std::uint32_t> rehashes;               // Linux 6.2
    std::optional<unsigned> total_timeouts;              // Linux 6.7
    std::optional<unsigned> total_timeout_recoveries;    // Linux 6.7
    std::optional<duration> total_timeout_time;          // Linux 6.7

    std::size_t size = 0;  // how many bytes the kernel filled
};

// Errors: ENOPROTOOPT or EOPNOTSUPP when the socket is not TCP; EBADF.
PRIZ_API tcp_info get_tcp_info(const socket& s);
PRIZ_API result<tcp_info> try_get_tcp_info(const socket& s) noexcept;

// Reads the kernel's struct from bytes, those of getsockopt(IPPROTO_TCP, TCP_INFO) say. What is
// missing at the end is zero or empty, what is more is ignored.
PRIZ_API tcp_info parse_tcp_info(bytes_view raw) noexcept;

}  // namespace priz
