// Control messages on their way out: each is a header, the data, and zeroes up to the alignment.
#include <netinet/in.h>
#include <netinet/udp.h>
#include <sys/socket.h>

#include <cstring>

#include "priz/control.hpp"

namespace priz {

namespace {

template <class T>
bytes_view bytes_of(const T& value) noexcept {
    return {&value, sizeof(value)};
}

[[noreturn]] void refuse(errc cause, const char* operation) {
    failure(make_error_code(cause), operation).raise();
}

}  // namespace

outgoing_control& outgoing_control::raw(int level, int type, bytes_view data) {
    ::cmsghdr header{};
    header.cmsg_len = cmsg_len(data.size());
    header.cmsg_level = level;
    header.cmsg_type = type;
    const std::size_t start = buffer_.size();
    buffer_.resize(start + cmsg_space(data.size()));
    std::memcpy(buffer_.data() + start, &header, sizeof(header));
    if (!data.empty()) std::memcpy(buffer_.data() + start + CMSG_LEN(0), data.data(), data.size());
    return *this;
}

outgoing_control& outgoing_control::descriptors(std::span<const int> fds) {
    return raw(SOL_SOCKET, SCM_RIGHTS, {fds.data(), fds.size_bytes()});
}

outgoing_control& outgoing_control::credentials(const priz::credentials& who) {
    const ::ucred raw_value{.pid = who.pid, .uid = who.uid, .gid = who.gid};
    return raw(SOL_SOCKET, SCM_CREDENTIALS, bytes_of(raw_value));
}

outgoing_control& outgoing_control::packet_info(const address& source, int interface_index) {
    if (source.family() == AF_INET) {
        ::in_pktinfo info{};
        info.ipi_ifindex = interface_index;
        info.ipi_spec_dst.s_addr = htonl(source.ipv4_number());
        return raw(IPPROTO_IP, IP_PKTINFO, bytes_of(info));
    }
    if (source.family() != AF_INET6) refuse(errc::type_error, "packet_info");
    ::sockaddr_in6 name{};
    std::memcpy(&name, source.data(), std::min<std::size_t>(source.size(), sizeof(name)));
    ::in6_pktinfo info{};
    info.ipi6_addr = name.sin6_addr;
    info.ipi6_ifindex = static_cast<unsigned>(interface_index);
    return raw(IPPROTO_IPV6, IPV6_PKTINFO, bytes_of(info));
}

outgoing_control& outgoing_control::packet_info(const priz::packet_info& arrived) {
    return packet_info(arrived.local, arrived.interface_index);
}

outgoing_control& outgoing_control::ttl(int hops) {
    return raw(IPPROTO_IP, IP_TTL, bytes_of(hops));
}

outgoing_control& outgoing_control::hop_limit(int hops) {
    return raw(IPPROTO_IPV6, IPV6_HOPLIMIT, bytes_of(hops));
}

outgoing_control& outgoing_control::tos(int value) {
    return raw(IPPROTO_IP, IP_TOS, bytes_of(value));
}

outgoing_control& outgoing_control::traffic_class(int value) {
    return raw(IPPROTO_IPV6, IPV6_TCLASS, bytes_of(value));
}

outgoing_control& outgoing_control::segment_size(std::size_t size) {
    if (size > 0xffff) refuse(errc::overflow_error, "segment_size");
    const auto narrow = static_cast<std::uint16_t>(size);
    return raw(IPPROTO_UDP, UDP_SEGMENT, bytes_of(narrow));
}

}  // namespace priz
