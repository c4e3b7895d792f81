// What control messages mean: the bytes of each kind, and the value they stand for.
//
// The kernel names an option by (level, name) and sends its message under the same pair, with three
// exceptions: SO_TIMESTAMPNS and its kin come as SCM_…, the same number; IP_RECVTOS is answered by
// IP_TOS, one byte where everything else is an int; UDP_GRO has an int where UDP_SEGMENT, its
// counterpart on the way out, has 16 bits.
#include <netinet/in.h>
#include <netinet/udp.h>
#include <sys/socket.h>
#include <time.h>
// clang-format off: <linux/errqueue.h> needs <time.h> before it
#include <linux/errqueue.h>
// clang-format on

#include <cstring>

#include "priz/control.hpp"

namespace priz {

namespace {

constexpr int timestamp_new = 63;  // SO_TIMESTAMP_NEW, and the two that follow it
constexpr int timestampns_new = 64;
constexpr int timestamping_new = 65;
constexpr int timestamp_old = 29;
constexpr int timestampns_old = 35;
constexpr int timestamping_old = 37;

template <class T>
std::optional<T> read(bytes_view data, std::size_t offset = 0) noexcept {
    if (data.size() < offset + sizeof(T)) return std::nullopt;
    T value;
    std::memcpy(&value, data.subview(offset).data(), sizeof(T));
    return value;
}

template <class Wide, class Narrow>
std::optional<Wide> widened(std::optional<Narrow> value) noexcept {
    if (!value) return std::nullopt;
    return static_cast<Wide>(*value);
}

// A number in one byte, two, or an int, whichever the message has.
std::optional<int> read_number(bytes_view data) noexcept {
    if (data.size() == 1) return widened<int>(read<unsigned char>(data));
    if (data.size() == 2) return widened<int>(read<std::uint16_t>(data));
    return read<int>(data);
}

// Two numbers, seconds and a fraction; each as wide as a long, or 64 bits in the new kinds.
std::optional<duration> read_time(bytes_view data, std::size_t index, bool wide,
                                  std::int64_t fraction_ns) noexcept {
    const std::size_t width = wide ? sizeof(std::int64_t) : sizeof(long);
    const auto number = [&](std::size_t i) {
        const std::size_t offset = (2 * index + i) * width;
        return wide ? read<std::int64_t>(data, offset)
                    : widened<std::int64_t>(read<long>(data, offset));
    };
    const auto seconds = number(0);
    const auto fraction = number(1);
    if (!seconds || !fraction) return std::nullopt;
    std::int64_t total = 0;
    std::int64_t rest = 0;
    if (__builtin_mul_overflow(*seconds, std::int64_t{1'000'000'000}, &total) ||
        __builtin_mul_overflow(*fraction, fraction_ns, &rest) ||
        __builtin_add_overflow(total, rest, &total))
        return duration::max();
    return duration::from_nanoseconds(total);
}

address ipv4_address(const ::in_addr& host) noexcept {
    return address::ipv4(ntohl(host.s_addr), std::uint16_t{0});
}

address ipv6_address(const ::in6_addr& host, int interface_index) noexcept {
    const auto octets = std::as_bytes(std::span(host.s6_addr));
    const auto plain = address::ipv6(octets, 0);
    if (!plain.is_link_local()) return plain;
    return address::ipv6(octets, 0, 0, static_cast<std::uint32_t>(interface_index));
}

std::optional<packet_info> read_packet_info(const ::in_pktinfo& raw) noexcept {
    return packet_info{raw.ipi_ifindex, ipv4_address(raw.ipi_addr), ipv4_address(raw.ipi_spec_dst)};
}

std::optional<packet_info> read_packet_info(const ::in6_pktinfo& raw) noexcept {
    const int index = static_cast<int>(raw.ipi6_ifindex);
    const auto destination = ipv6_address(raw.ipi6_addr, index);
    // Nothing can be sent from a group: an answer comes from the address that the route chooses.
    const std::byte any[16] = {};
    const auto local = destination.is_multicast() ? address::ipv6(any, 0) : destination;
    return packet_info{index, destination, local};
}

template <class Raw>
std::optional<packet_info> packet_info_in(bytes_view data) noexcept {
    const auto raw = read<Raw>(data);
    return raw ? read_packet_info(*raw) : std::nullopt;
}

address offender_in(bytes_view data) noexcept {
    const auto place = data.subview(sizeof(::sock_extended_err));
    ::sockaddr_storage name{};
    std::memcpy(&name, place.data(), std::min(place.size(), sizeof(name)));
    if (name.ss_family == AF_UNSPEC) return {};
    return address::from_sockaddr(reinterpret_cast<const ::sockaddr*>(&name),
                                  static_cast<::socklen_t>(std::min(place.size(), sizeof(name))));
}

}  // namespace

std::optional<credentials> control_message::credentials() const noexcept {
    if (!is(SOL_SOCKET, SCM_CREDENTIALS)) return std::nullopt;
    const auto raw = read<::ucred>(data_);
    if (!raw) return std::nullopt;
    return priz::credentials{raw->pid, raw->uid, raw->gid};
}

std::optional<packet_info> control_message::packet_info() const noexcept {
    if (is(IPPROTO_IP, IP_PKTINFO)) return packet_info_in<::in_pktinfo>(data_);
    if (is(IPPROTO_IPV6, IPV6_PKTINFO)) return packet_info_in<::in6_pktinfo>(data_);
    return std::nullopt;
}

std::optional<int> control_message::hop_limit() const noexcept {
    if (!is(IPPROTO_IP, IP_TTL) && !is(IPPROTO_IPV6, IPV6_HOPLIMIT)) return std::nullopt;
    return read_number(data_);
}

std::optional<int> control_message::traffic_class() const noexcept {
    if (!is(IPPROTO_IP, IP_TOS) && !is(IPPROTO_IPV6, IPV6_TCLASS)) return std::nullopt;
    return read_number(data_);
}

std::optional<int> control_message::ecn() const noexcept {
    const auto value = traffic_class();
    if (!value) return std::nullopt;
    return *value & 3;
}

std::optional<duration> control_message::timestamp() const noexcept {
    if (level_ != SOL_SOCKET) return std::nullopt;
    switch (type_) {
        case timestamp_old:
            return read_time(data_, 0, false, 1000);
        case timestamp_new:
            return read_time(data_, 0, true, 1000);
        case timestampns_old:
            return read_time(data_, 0, false, 1);
        case timestampns_new:
            return read_time(data_, 0, true, 1);
        default:
            return std::nullopt;
    }
}

std::optional<packet_times> control_message::timestamping() const noexcept {
    const bool wide = is(SOL_SOCKET, timestamping_new);
    if (!wide && !is(SOL_SOCKET, timestamping_old)) return std::nullopt;
    // The middle one of the three is no longer used by any kernel.
    const auto software = read_time(data_, 0, wide, 1);
    const auto hardware = read_time(data_, 2, wide, 1);
    if (!software || !hardware) return std::nullopt;
    return packet_times{*software, *hardware};
}

std::optional<std::size_t> control_message::segment_size() const noexcept {
    if (!is(IPPROTO_UDP, UDP_GRO) && !is(IPPROTO_UDP, UDP_SEGMENT)) return std::nullopt;
    const auto size = read_number(data_);
    if (!size || *size <= 0) return std::nullopt;
    return static_cast<std::size_t>(*size);
}

std::optional<std::uint32_t> control_message::dropped() const noexcept {
    if (!is(SOL_SOCKET, SO_RXQ_OVFL)) return std::nullopt;
    return read<std::uint32_t>(data_);
}

std::optional<extended_error> control_message::extended_error() const noexcept {
    if (!is(IPPROTO_IP, IP_RECVERR) && !is(IPPROTO_IPV6, IPV6_RECVERR)) return std::nullopt;
    const auto raw = read<::sock_extended_err>(data_);
    if (!raw) return std::nullopt;
    return priz::extended_error{
        std::error_code(static_cast<int>(raw->ee_errno), std::system_category()),
        raw->ee_origin,
        raw->ee_type,
        raw->ee_code,
        raw->ee_info,
        raw->ee_data,
        offender_in(data_)};
}

namespace {

// What the first message has for which `reader` has anything.
template <class Reader>
auto first(const control_view& messages, Reader reader) noexcept {
    for (const auto& message : messages)
        if (auto value = (message.*reader)()) return value;
    return decltype((control_message().*reader)())();
}

}  // namespace

std::optional<credentials> control_view::credentials() const noexcept {
    return first(*this, &control_message::credentials);
}
std::optional<packet_info> control_view::packet_info() const noexcept {
    return first(*this, &control_message::packet_info);
}
std::optional<int> control_view::hop_limit() const noexcept {
    return first(*this, &control_message::hop_limit);
}
std::optional<int> control_view::traffic_class() const noexcept {
    return first(*this, &control_message::traffic_class);
}
std::optional<int> control_view::ecn() const noexcept {
    return first(*this, &control_message::ecn);
}
std::optional<duration> control_view::timestamp() const noexcept {
    return first(*this, &control_message::timestamp);
}
std::optional<packet_times> control_view::timestamping() const noexcept {
    return first(*this, &control_message::timestamping);
}
std::optional<std::size_t> control_view::segment_size() const noexcept {
    return first(*this, &control_message::segment_size);
}
std::optional<std::uint32_t> control_view::dropped() const noexcept {
    return first(*this, &control_message::dropped);
}
std::optional<extended_error> control_view::extended_error() const noexcept {
    return first(*this, &control_message::extended_error);
}
std::size_t control_view::descriptor_count() const noexcept {
    std::size_t count = 0;
    for (const auto& message : *this) count += message.descriptor_count();
    return count;
}

}  // namespace priz
