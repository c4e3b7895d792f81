// priz/options.hpp: socket options, each with its type.
//
//     set_option(s, options::no_delay, true);
//     set_option(s, options::keep_alive_idle, 30s);
//     if (get_option(s, options::receive_buffer) < 65536) …
//
// An option knows its number at each level, its unit, and how IPv4 and IPv6 differ: the same
// options::unicast_hops serves both. On an IPv6 socket, options that concern packets are set for
// its IPv4 traffic as well, unless it is raw. What an option cannot do does not compile: setting a
// read-only one, or a number where a duration belongs.
//
// Every set and get is one system call, two for packet options on IPv6, on any thread. Durations
// are rounded up to the kernel's unit, so that a short one does not become none. Errors: the
// kernel's, with the option's name (ENOPROTOOPT: this kernel or this kind of socket does not have
// it; EPERM: it needs a capability); value_error and overflow_error for values that no kernel
// takes.
//
// Deliberately absent: SO_RCVTIMEO and SO_SNDTIMEO (settimeout() is more exact and covers every
// verb). Any other option: socket::getsockopt() and setsockopt(), by number. Multipath TCP is not
// an option but a protocol: socket(AF_INET, SOCK_STREAM, IPPROTO_MPTCP). Sources: socket(7),
// tcp(7), ip(7), ipv6(7), udp(7), unix(7). Python: socket.setsockopt(), socket.getsockopt()
#pragma once

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <sys/socket.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>

#include "priz/address.hpp"
#include "priz/credentials.hpp"
#include "priz/duration.hpp"
#include "priz/error.hpp"
#include "priz/export.hpp"
#include "priz/socket_object.hpp"
#include "priz/unique_fd.hpp"

namespace priz {

// A multicast group, and what of it is meant. The ports of the addresses do not count.
struct membership {
    address group;            // IPv4 or IPv6; the scope id of IPv6 stands for the interface
    int interface_index = 0;  // if_nametoindex(); 0 lets the route choose
    address source = {};      // this sender only (IGMPv3, MLDv2); empty for every sender
};

namespace options {

enum class access { read_write, read_only, write_only };

// How the kernel has the value.
enum class unit {
    none,
    seconds,
    milliseconds,
    microseconds,
    dscp,            // the upper six bits of a byte whose others stay as they are
    interface_index  // an ip_mreqn for IPv4
};

struct place {
    int level;
    int name;
};

// What is the same for options of every type.
struct description {
    const char* name;
    place everywhere;
    place on_ipv6 = {0, 0};  // where AF_INET6 differs
    unit measured_in = unit::none;
};

template <class T, access A = access::read_write>
struct option : description {
    using value_type = T;
    using argument_type =
        std::conditional_t<std::is_same_v<T, std::string>, std::string_view, const T&>;
    static constexpr bool is_settable = A != access::read_only;
    static constexpr bool is_gettable = A != access::write_only;
};
template <class T>
using readable = option<T, access::read_only>;
template <class T>
using writable = option<T, access::write_only>;

template <class O>
concept settable = O::is_settable;
template <class O>
concept gettable = O::is_gettable;

// Any socket.

inline constexpr option<bool> broadcast{{"broadcast", {SOL_SOCKET, SO_BROADCAST}}};
// Bind to an address that closed connections still hold. create_server() sets it.
inline constexpr option<bool> reuse_address{{"reuse_address", {SOL_SOCKET, SO_REUSEADDR}}};
// Several sockets of one user share an address; the kernel spreads the load.
inline constexpr option<bool> reuse_port{{"reuse_port", {SOL_SOCKET, SO_REUSEPORT}}};
inline constexpr option<bool> dont_route{{"dont_route", {SOL_SOCKET, SO_DONTROUTE}}};
inline constexpr option<bool> oob_inline{{"oob_inline", {SOL_SOCKET, SO_OOBINLINE}}};

// Bytes. The kernel doubles what is set, for its bookkeeping, and returns the double; it silently
// cuts what is above net.core.rmem_max and wmem_max (before doubling) and raises what is too small.
inline constexpr option<int> receive_buffer{{"receive_buffer", {SOL_SOCKET, SO_RCVBUF}}};
inline constexpr option<int> send_buffer{{"send_buffer", {SOL_SOCKET, SO_SNDBUF}}};
// The same beyond those limits; CAP_NET_ADMIN.
inline constexpr writable<int> receive_buffer_force{
    {"receive_buffer_force", {SOL_SOCKET, SO_RCVBUFFORCE}}};
inline constexpr writable<int> send_buffer_force{
    {"send_buffer_force", {SOL_SOCKET, SO_SNDBUFFORCE}}};
// How many bytes make a socket readable. Linux has no say over sending: always 1.
inline constexpr option<int> receive_low_water{{"receive_low_water", {SOL_SOCKET, SO_RCVLOWAT}}};
inline constexpr readable<int> send_low_water{{"send_low_water", {SOL_SOCKET, SO_SNDLOWAT}}};

// What close() does with data not yet sent: none (the default) sends on in the background; a
// duration, rounded up to seconds, is how long close() may wait; zero resets the connection.
inline constexpr option<std::optional<duration>> linger{{"linger", {SOL_SOCKET, SO_LINGER}}};

// Probe an idle connection: after keep_alive_idle, then every keep_alive_interval, and give up
// (timeout) after keep_alive_count probes without an answer. The times only matter when this is on.
inline constexpr option<bool> keep_alive{{"keep_alive", {SOL_SOCKET, SO_KEEPALIVE}}};
inline constexpr option<duration> keep_alive_idle{
    {"keep_alive_idle", {IPPROTO_TCP, TCP_KEEPIDLE}, {0, 0}, unit::seconds}};
inline constexpr option<duration> keep_alive_interval{
    {"keep_alive_interval", {IPPROTO_TCP, TCP_KEEPINTVL}, {0, 0}, unit::seconds}};
inline constexpr option<int> keep_alive_count{{"keep_alive_count", {IPPROTO_TCP, TCP_KEEPCNT}}};

// An interface's name, at most 15 bytes; empty for none.
inline constexpr option<std::string> bind_to_device{
    {"bind_to_device", {SOL_SOCKET, SO_BINDTODEVICE}}};
inline constexpr option<int> mark{{"mark", {SOL_SOCKET, SO_MARK}}};  // CAP_NET_ADMIN or _RAW
inline constexpr option<int> priority{{"priority", {SOL_SOCKET, SO_PRIORITY}}};
// Poll the network card this long before sleeping.
inline constexpr option<duration> busy_poll{
    {"busy_poll", {SOL_SOCKET, SO_BUSY_POLL}, {0, 0}, unit::microseconds}};
inline constexpr option<bool> prefer_busy_poll{
    {"prefer_busy_poll", {SOL_SOCKET, SO_PREFER_BUSY_POLL}}};
inline constexpr option<int> busy_poll_budget{
    {"busy_poll_budget", {SOL_SOCKET, SO_BUSY_POLL_BUDGET}}};
inline constexpr option<int> incoming_cpu{{"incoming_cpu", {SOL_SOCKET, SO_INCOMING_CPU}}};
// Bytes a second; the largest number means no limit.
inline constexpr option<std::uint64_t> max_pacing_rate{
    {"max_pacing_rate", {SOL_SOCKET, SO_MAX_PACING_RATE}}};
inline constexpr option<bool> zero_copy{{"zero_copy", {SOL_SOCKET, SO_ZEROCOPY}}};
inline constexpr readable<std::uint64_t> cookie{{"cookie", {SOL_SOCKET, SO_COOKIE}}};
inline constexpr readable<bool> is_listening{{"is_listening", {SOL_SOCKET, SO_ACCEPTCONN}}};
// The error that waits to be reported; reading it clears it.
inline constexpr readable<std::error_code> pending_error{{"pending_error", {SOL_SOCKET, SO_ERROR}}};

// Ask for control messages (control.hpp): the time of arrival; SO_TIMESTAMPING's flags; how many
// datagrams the full buffer has cost.
inline constexpr option<bool> receive_timestamp{
    {"receive_timestamp", {SOL_SOCKET, SO_TIMESTAMPNS}}};
inline constexpr option<int> timestamping{{"timestamping", {SOL_SOCKET, SO_TIMESTAMPING}}};
inline constexpr option<bool> receive_dropped{{"receive_dropped", {SOL_SOCKET, SO_RXQ_OVFL}}};

// Unix sockets.

// Who made the connection, or the pair. As of then: the process may have ended since.
inline constexpr readable<credentials> peer_credentials{
    {"peer_credentials", {SOL_SOCKET, SO_PEERCRED}}};
// A descriptor that stays with that process (Linux 6.5).
inline constexpr readable<unique_fd> peer_pidfd{{"peer_pidfd", {SOL_SOCKET, 77}}};
// Ask for control messages with the sender's credentials; with its pidfd (Linux 6.5).
inline constexpr option<bool> pass_credentials{{"pass_credentials", {SOL_SOCKET, SO_PASSCRED}}};
inline constexpr option<bool> pass_pidfd{{"pass_pidfd", {SOL_SOCKET, 76}}};

// TCP.

// Send small writes at once.
inline constexpr option<bool> no_delay{{"no_delay", {IPPROTO_TCP, TCP_NODELAY}}};
// Hold back segments that are not full, at most 200 ms; turning it off sends what is held.
inline constexpr option<bool> cork{{"cork", {IPPROTO_TCP, TCP_CORK}}};
// Not lasting: the kernel may go back to delayed acknowledgements by itself.
inline constexpr option<bool> quick_ack{{"quick_ack", {IPPROTO_TCP, TCP_QUICKACK}}};
// How long sent data may stay unacknowledged before the connection fails; zero for the system's.
inline constexpr option<duration> user_timeout{
    {"user_timeout", {IPPROTO_TCP, TCP_USER_TIMEOUT}, {0, 0}, unit::milliseconds}};
// An algorithm's name, at most 15 bytes: "cubic", "reno", "bbr".
inline constexpr option<std::string> congestion_control{
    {"congestion_control", {IPPROTO_TCP, TCP_CONGESTION}}};
// A listener takes data in the SYN; the value is how many such connections may wait.
inline constexpr option<int> fast_open{{"fast_open", {IPPROTO_TCP, TCP_FASTOPEN}}};
// A client's connect() returns at once and the first send() carries the SYN.
inline constexpr option<bool> fast_open_connect{
    {"fast_open_connect", {IPPROTO_TCP, TCP_FASTOPEN_CONNECT}}};
// A listener wakes for data, not for connections; rounded to what the retransmissions allow.
inline constexpr option<duration> defer_accept{
    {"defer_accept", {IPPROTO_TCP, TCP_DEFER_ACCEPT}, {0, 0}, unit::seconds}};
inline constexpr option<duration> fin_wait2_time{
    {"fin_wait2_time", {IPPROTO_TCP, TCP_LINGER2}, {0, 0}, unit::seconds}};
inline constexpr option<int> syn_count{{"syn_count", {IPPROTO_TCP, TCP_SYNCNT}}};
inline constexpr option<int> max_segment{{"max_segment", {IPPROTO_TCP, TCP_MAXSEG}}};
inline constexpr option<int> window_clamp{{"window_clamp", {IPPROTO_TCP, TCP_WINDOW_CLAMP}}};
// Writable only while fewer bytes than this wait unsent.
inline constexpr option<int> not_sent_low_water{
    {"not_sent_low_water", {IPPROTO_TCP, TCP_NOTSENT_LOWAT}}};
// The connection uses Multipath TCP and has not fallen back to TCP.
inline constexpr readable<bool> is_mptcp{{"is_mptcp", {IPPROTO_TCP, 43}}};

// UDP.

// Cut what send() gets into datagrams of this many bytes; 0 for none. batch.hpp and
// outgoing_control::segment_size() do so for one message.
inline constexpr option<int> segment_size{{"segment_size", {IPPROTO_UDP, UDP_SEGMENT}}};
// Receive several datagrams of one size as one, with a control message that says the size.
inline constexpr option<bool> gro{{"gro", {IPPROTO_UDP, UDP_GRO}}};
inline constexpr option<bool> udp_cork{{"udp_cork", {IPPROTO_UDP, UDP_CORK}}};

// IPv4 and IPv6.

// TTL and hop limit of what is sent to one host; -1 for the system's.
inline constexpr option<int> unicast_hops{
    {"unicast_hops", {IPPROTO_IP, IP_TTL}, {IPPROTO_IPV6, IPV6_UNICAST_HOPS}}};
inline constexpr option<int> ttl = unicast_hops;
// Drop packets that arrive with fewer hops left: 255 lets the link's neighbours alone (RFC 5082).
inline constexpr option<int> minimum_hops{
    {"minimum_hops", {IPPROTO_IP, IP_MINTTL}, {IPPROTO_IPV6, IPV6_MINHOPCOUNT}}};
// The byte of both: DSCP in the upper six bits, ECN below; TCP keeps ECN to itself.
inline constexpr option<int> traffic_class{
    {"traffic_class", {IPPROTO_IP, IP_TOS}, {IPPROTO_IPV6, IPV6_TCLASS}}};
inline constexpr option<int> tos = traffic_class;
// 0 to 63; the ECN bits stay as they are. 46 is expedited forwarding.
inline constexpr option<int> dscp{
    {"dscp", {IPPROTO_IP, IP_TOS}, {IPPROTO_IPV6, IPV6_TCLASS}, unit::dscp}};
// IP_PMTUDISC_DONT, _WANT, _DO, _PROBE (IPv6 has the same numbers).
inline constexpr option<int> mtu_discover{
    {"mtu_discover", {IPPROTO_IP, IP_MTU_DISCOVER}, {IPPROTO_IPV6, IPV6_MTU_DISCOVER}}};
// Of the path; the socket has to be connected.
inline constexpr readable<int> mtu{{"mtu", {IPPROTO_IP, IP_MTU}, {IPPROTO_IPV6, IPV6_MTU}}};
// Bind to addresses that no interface has; to any, with CAP_NET_ADMIN or CAP_NET_RAW.
inline constexpr option<bool> free_bind{
    {"free_bind", {IPPROTO_IP, IP_FREEBIND}, {IPPROTO_IPV6, IPV6_FREEBIND}}};
inline constexpr option<bool> transparent{
    {"transparent", {IPPROTO_IP, IP_TRANSPARENT}, {IPPROTO_IPV6, IPV6_TRANSPARENT}}};
// bind() to port 0 leaves the choice of the port to connect().
inline constexpr option<bool> bind_address_no_port{
    {"bind_address_no_port", {IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT}}};
// IPv6 only: no IPv4 traffic on this socket. Before bind().
inline constexpr option<bool> ipv6_only{{"ipv6_only", {IPPROTO_IPV6, IPV6_V6ONLY}}};

// Ask for control messages with each datagram (control.hpp).
inline constexpr option<bool> receive_packet_info{
    {"receive_packet_info", {IPPROTO_IP, IP_PKTINFO}, {IPPROTO_IPV6, IPV6_RECVPKTINFO}}};
inline constexpr option<bool> receive_hop_limit{
    {"receive_hop_limit", {IPPROTO_IP, IP_RECVTTL}, {IPPROTO_IPV6, IPV6_RECVHOPLIMIT}}};
inline constexpr option<bool> receive_traffic_class{
    {"receive_traffic_class", {IPPROTO_IP, IP_RECVTOS}, {IPPROTO_IPV6, IPV6_RECVTCLASS}}};
// Keep ICMP's errors in a queue, read by recvmsg() with MSG_ERRQUEUE.
inline constexpr option<bool> receive_errors{
    {"receive_errors", {IPPROTO_IP, IP_RECVERR}, {IPPROTO_IPV6, IPV6_RECVERR}}};

// Multicast.

// Receive a group's datagrams. Ends with leave_group or with the socket.
inline constexpr writable<membership> join_group{{"join_group", {0, MCAST_JOIN_GROUP}}};
inline constexpr writable<membership> leave_group{{"leave_group", {0, MCAST_LEAVE_GROUP}}};
// One sender of a group that was joined for every sender.
inline constexpr writable<membership> block_source{{"block_source", {0, MCAST_BLOCK_SOURCE}}};
inline constexpr writable<membership> unblock_source{{"unblock_source", {0, MCAST_UNBLOCK_SOURCE}}};
// What multicast is sent from: an interface's index, 0 for the route's.
inline constexpr writable<int> multicast_interface{{"multicast_interface",
                                                    {IPPROTO_IP, IP_MULTICAST_IF},
                                                    {IPPROTO_IPV6, IPV6_MULTICAST_IF},
                                                    unit::interface_index}};
inline constexpr option<int> multicast_hops{
    {"multicast_hops", {IPPROTO_IP, IP_MULTICAST_TTL}, {IPPROTO_IPV6, IPV6_MULTICAST_HOPS}}};
// This host's members of the group get what is sent, too; on by default.
inline constexpr option<bool> multicast_loop{
    {"multicast_loop", {IPPROTO_IP, IP_MULTICAST_LOOP}, {IPPROTO_IPV6, IPV6_MULTICAST_LOOP}}};
// Receive groups that other sockets of this host joined; on by default, in Linux alone.
inline constexpr option<bool> multicast_all{
    {"multicast_all", {IPPROTO_IP, IP_MULTICAST_ALL}, {IPPROTO_IPV6, IPV6_MULTICAST_ALL}}};

}  // namespace options

namespace detail {

using options::description;

// clang-format off
PRIZ_API result<void> write_option(socket& s, const description& o, bool value) noexcept;
PRIZ_API result<void> write_option(socket& s, const description& o, int value) noexcept;
PRIZ_API result<void> write_option(socket& s, const description& o, std::uint64_t value) noexcept;
PRIZ_API result<void> write_option(socket& s, const description& o, duration value) noexcept;
PRIZ_API result<void> write_option(socket& s, const description& o, std::string_view value) noexcept;
PRIZ_API result<void> write_option(socket& s, const description& o, const std::optional<duration>& value) noexcept;
PRIZ_API result<void> write_option(socket& s, const description& o, const membership& value) noexcept;

PRIZ_API result<void> read_option(const socket& s, const description& o, bool& value) noexcept;
PRIZ_API result<void> read_option(const socket& s, const description& o, int& value) noexcept;
PRIZ_API result<void> read_option(const socket& s, const description& o, std::uint64_t& value) noexcept;
PRIZ_API result<void> read_option(const socket& s, const description& o, duration& value) noexcept;
PRIZ_API result<void> read_option(const socket& s, const description& o, std::string& value) noexcept;
PRIZ_API result<void> read_option(const socket& s, const description& o, std::optional<duration>& value) noexcept;
PRIZ_API result<void> read_option(const socket& s, const description& o, credentials& value) noexcept;
PRIZ_API result<void> read_option(const socket& s, const description& o, std::error_code& value) noexcept;
PRIZ_API result<void> read_option(const socket& s, const description& o, unique_fd& value) noexcept;
// clang-format on

}  // namespace detail

template <options::settable O>
result<void> try_set_option(socket& s, const O& o, typename O::argument_type value) noexcept {
    return detail::write_option(s, o, value);
}

template <options::settable O>
void set_option(socket& s, const O& o, typename O::argument_type value) {
    value_or_throw(try_set_option(s, o, value));
}

template <options::gettable O>
result<typename O::value_type> try_get_option(const socket& s, const O& o) noexcept {
    typename O::value_type value{};
    if (auto outcome = detail::read_option(s, o, value); !outcome)
        return std::unexpected(std::move(outcome).error());
    return value;
}

template <options::gettable O>
typename O::value_type get_option(const socket& s, const O& o) {
    return value_or_throw(try_get_option(s, o));
}

}  // namespace priz
