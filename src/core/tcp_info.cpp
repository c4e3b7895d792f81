// The kernel's struct tcp_info grows at its end, and getsockopt(2) copies the smaller of what it
// has and what the caller has room for. So ours is the longest known, filled as far as the kernel
// goes, with no reliance on how long the struct was in the headers of the build.
#include "priz/tcp_info.hpp"

#include <linux/tcp.h>
#include <netinet/in.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <type_traits>

#include "core/socket_access.hpp"
#include "core/sys.hpp"

namespace priz {

namespace {

using u8 = std::uint8_t;
using u16 = std::uint16_t;
using u32 = std::uint32_t;
using u64 = std::uint64_t;

struct kernel_info {
    u8 state, ca_state, retransmits, probes, backoff, options, wscales, app_limited;
    u32 rto, ato, snd_mss, rcv_mss;
    u32 unacked, sacked, lost, retrans, fackets;
    u32 last_data_sent, last_ack_sent, last_data_recv, last_ack_recv;
    u32 pmtu, rcv_ssthresh, rtt, rttvar, snd_ssthresh, snd_cwnd, advmss, reordering;
    u32 rcv_rtt, rcv_space, total_retrans;
    u64 pacing_rate, max_pacing_rate, bytes_acked, bytes_received;
    u32 segs_out, segs_in, notsent_bytes, min_rtt, data_segs_in, data_segs_out;
    u64 delivery_rate, busy_time, rwnd_limited, sndbuf_limited;
    u32 delivered, delivered_ce;
    u64 bytes_sent, bytes_retrans;
    u32 dsack_dups, reord_seen, rcv_ooopack, snd_wnd;
    u32 rcv_wnd, rehash;
    u16 total_rto, total_rto_recoveries;
    u32 total_rto_time;
};

static_assert(offsetof(kernel_info, rto) == offsetof(::tcp_info, tcpi_rto));
static_assert(offsetof(kernel_info, total_retrans) == offsetof(::tcp_info, tcpi_total_retrans));
static_assert(offsetof(kernel_info, delivery_rate) == offsetof(::tcp_info, tcpi_delivery_rate));
static_assert(offsetof(kernel_info, snd_wnd) == offsetof(::tcp_info, tcpi_snd_wnd));

duration microseconds(u64 count) noexcept {
    constexpr u64 most = static_cast<u64>(std::numeric_limits<std::int64_t>::max()) / 1000;
    return count > most ? duration::max()
                        : duration::from_nanoseconds(static_cast<std::int64_t>(count) * 1000);
}

duration milliseconds(u32 count) noexcept { return microseconds(u64{count} * 1000); }

// What a member says, nothing where the kernel's struct ended before its end.
template <class T>
std::optional<T> later(std::size_t size, std::size_t offset, T value) noexcept {
    if (size < offset + sizeof(T)) return std::nullopt;
    return value;
}

void read_agreement(const kernel_info& raw, tcp_info& info) noexcept {
    info.timestamps = (raw.options & TCPI_OPT_TIMESTAMPS) != 0;
    info.sack = (raw.options & TCPI_OPT_SACK) != 0;
    info.window_scaling = (raw.options & TCPI_OPT_WSCALE) != 0;
    info.ecn = (raw.options & TCPI_OPT_ECN) != 0;
    info.ecn_seen = (raw.options & TCPI_OPT_ECN_SEEN) != 0;
    info.syn_data = (raw.options & TCPI_OPT_SYN_DATA) != 0;
    // Bit fields: the first one is in the low bits where the machine is little-endian.
    constexpr bool low_first = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__;
    info.send_window_scale = low_first ? raw.wscales & 15U : raw.wscales >> 4U;
    info.receive_window_scale = low_first ? raw.wscales >> 4U : raw.wscales & 15U;
    info.delivery_rate_app_limited = (raw.app_limited & (low_first ? 1U : 128U)) != 0;
    info.fast_open_client_fail = (low_first ? raw.app_limited >> 1U : raw.app_limited >> 5U) & 3U;
}

void read_segments(const kernel_info& raw, tcp_info& info) noexcept {
    info.send_mss = raw.snd_mss;
    info.receive_mss = raw.rcv_mss;
    info.unacked = raw.unacked;
    info.sacked = raw.sacked;
    info.lost = raw.lost;
    info.retransmitted = raw.retrans;
    info.fackets = raw.fackets;
    info.path_mtu = raw.pmtu;
    info.receive_slow_start_threshold = raw.rcv_ssthresh;
    info.send_slow_start_threshold = raw.snd_ssthresh;
    info.congestion_window = raw.snd_cwnd;
    info.advertised_mss = raw.advmss;
    info.reordering = raw.reordering;
    info.receive_space = raw.rcv_space;
    info.total_retransmitted = raw.total_retrans;
    info.segments_out = raw.segs_out;
    info.segments_in = raw.segs_in;
    info.data_segments_in = raw.data_segs_in;
    info.data_segments_out = raw.data_segs_out;
    info.delivered = raw.delivered;
    info.delivered_ce = raw.delivered_ce;
    info.dsack_duplicates = raw.dsack_dups;
    info.reorderings_seen = raw.reord_seen;
}

void read_bytes(const kernel_info& raw, tcp_info& info) noexcept {
    info.pacing_rate = raw.pacing_rate;
    info.max_pacing_rate = raw.max_pacing_rate;
    info.delivery_rate = raw.delivery_rate;
    info.bytes_acked = raw.bytes_acked;
    info.bytes_received = raw.bytes_received;
    info.bytes_sent = raw.bytes_sent;
    info.bytes_retransmitted = raw.bytes_retrans;
    info.not_sent_bytes = raw.notsent_bytes;
}

void read_times(const kernel_info& raw, tcp_info& info) noexcept {
    info.retransmission_timeout = microseconds(raw.rto);
    info.ack_timeout = microseconds(raw.ato);
    info.last_data_sent = milliseconds(raw.last_data_sent);
    info.last_data_received = milliseconds(raw.last_data_recv);
    info.last_ack_received = milliseconds(raw.last_ack_recv);
    info.round_trip_time = microseconds(raw.rtt);
    info.round_trip_variance = microseconds(raw.rttvar);
    info.receive_round_trip_time = microseconds(raw.rcv_rtt);
    info.min_round_trip_time = microseconds(raw.min_rtt);
    info.busy_time = microseconds(raw.busy_time);
    info.receive_window_limited = microseconds(raw.rwnd_limited);
    info.send_buffer_limited = microseconds(raw.sndbuf_limited);
}

void read_later(const kernel_info& raw, std::size_t size, tcp_info& info) noexcept {
    info.received_out_of_order = later(size, offsetof(kernel_info, rcv_ooopack), raw.rcv_ooopack);
    info.send_window = later(size, offsetof(kernel_info, snd_wnd), raw.snd_wnd);
    info.receive_window = later(size, offsetof(kernel_info, rcv_wnd), raw.rcv_wnd);
    info.rehashes = later(size, offsetof(kernel_info, rehash), raw.rehash);
    info.total_timeouts = later(size, offsetof(kernel_info, total_rto), raw.total_rto);
    info.total_timeout_recoveries =
        later(size, offsetof(kernel_info, total_rto_recoveries), raw.total_rto_recoveries);
    if (const auto spent = later(size, offsetof(kernel_info, total_rto_time), raw.total_rto_time))
        info.total_timeout_time = milliseconds(*spent);
}

}  // namespace

std::string_view name(tcp_state state) noexcept {
    switch (state) {
        case tcp_state::established:
            return "ESTABLISHED";
        case tcp_state::syn_sent:
            return "SYN-SENT";
        case tcp_state::syn_recv:
        case tcp_state::new_syn_recv:
            return "SYN-RECEIVED";
        case tcp_state::fin_wait1:
            return "FIN-WAIT-1";
        case tcp_state::fin_wait2:
            return "FIN-WAIT-2";
        case tcp_state::time_wait:
            return "TIME-WAIT";
        case tcp_state::close:
            return "CLOSED";
        case tcp_state::close_wait:
            return "CLOSE-WAIT";
        case tcp_state::last_ack:
            return "LAST-ACK";
        case tcp_state::listen:
            return "LISTEN";
        case tcp_state::closing:
            return "CLOSING";
    }
    return "UNKNOWN";
}

std::string_view name(tcp_congestion_state state) noexcept {
    switch (state) {
        case tcp_congestion_state::open:
            return "open";
        case tcp_congestion_state::disorder:
            return "disorder";
        case tcp_congestion_state::cwr:
            return "cwr";
        case tcp_congestion_state::recovery:
            return "recovery";
        case tcp_congestion_state::loss:
            return "loss";
    }
    return "unknown";
}

tcp_info parse_tcp_info(bytes_view raw) noexcept {
    kernel_info filled{};
    const std::size_t size = std::min(raw.size(), sizeof filled);
    if (size > 0) std::memcpy(&filled, raw.data(), size);
    tcp_info info;
    info.size = raw.size();
    info.state = static_cast<tcp_state>(filled.state);
    info.congestion_state = static_cast<tcp_congestion_state>(filled.ca_state);
    info.retransmits = filled.retransmits;
    info.probes = filled.probes;
    info.backoff = filled.backoff;
    read_agreement(filled, info);
    read_segments(filled, info);
    read_bytes(filled, info);
    read_times(filled, info);
    read_later(filled, size, info);
    return info;
}

result<tcp_info> try_get_tcp_info(const socket& s) noexcept {
    // Room for structs longer than ours, so that `size` tells how long this kernel's is.
    unsigned char raw[512];
    ::socklen_t size = sizeof raw;
    if (sys::getsockopt(detail::socket_access::fd(s), IPPROTO_TCP, TCP_INFO, raw, &size) != 0)
        return std::unexpected(detail::make_failure(s, detail::system_code(errno), "get_tcp_info"));
    return parse_tcp_info(bytes_view(raw, size));
}

tcp_info get_tcp_info(const socket& s) { return value_or_throw(try_get_tcp_info(s)); }

}  // namespace priz
