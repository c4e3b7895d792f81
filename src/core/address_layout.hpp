// address_layout.hpp: which of the kernel's structures an address holds.
//
// An address is kept in one canonical form per meaning, so that equal addresses are equal bytes:
//
//   IPv4     16 bytes, sin_zero zero. The kernel ignores sin_zero and whatever follows.
//   IPv6     28 bytes. The kernel also takes the 24 bytes of RFC 2133, without a scope.
//   Unix     a path ends before its first NUL and is counted with one NUL behind it where that
//            fits (108 bytes without a NUL are a legal path); an abstract name is exactly as long
//            as it says, NULs inside and at the end included; a size of 2 is no name.
//   vsock    svm_reserved1 and svm_zero are zero; svm_flags has a meaning and stays.
//   netlink  nl_pad is zero.
//   packet   bytes behind the hardware address are zero; one that is longer than 8 bytes
//            (InfiniBand's) reaches beyond the end of the structure.
//
// What is shorter than its family's structure stays as it came, has none of the family's properties
// and prints as raw bytes.
#pragma once

#include <linux/vm_sockets.h>
#include <netinet/in.h>
#include <netpacket/packet.h>
#include <sys/socket.h>
#include <sys/un.h>
// After sys/socket.h, whose sa_family_t it needs.
#include <linux/netlink.h>

#include <cstddef>
#include <cstring>
#include <string_view>

#include "priz/address.hpp"

namespace priz::detail {

inline constexpr std::size_t family_size = sizeof(::sa_family_t);
inline constexpr std::size_t unix_path_max = sizeof(::sockaddr_un::sun_path);
inline constexpr std::size_t packet_header = offsetof(::sockaddr_ll, sll_addr);

// The address as the structure T; what the address lacks is zero.
template <class T>
T read_as(const address& a) noexcept {
    T form;
    std::memcpy(&form, a.data(), sizeof(T));
    return form;
}

inline bool holds(const address& a, int family, std::size_t size) noexcept {
    return a.family() == family && a.size() == size;
}
inline bool is_ipv4(const address& a) noexcept { return holds(a, AF_INET, sizeof(::sockaddr_in)); }
inline bool is_ipv6(const address& a) noexcept {
    return holds(a, AF_INET6, sizeof(::sockaddr_in6));
}
inline bool is_vsock(const address& a) noexcept {
    return holds(a, AF_VSOCK, sizeof(::sockaddr_vm));
}
inline bool is_netlink(const address& a) noexcept {
    return holds(a, AF_NETLINK, sizeof(::sockaddr_nl));
}
inline bool is_packet(const address& a) noexcept {
    return a.family() == AF_PACKET && a.size() >= sizeof(::sockaddr_ll) &&
           a.size() >= packet_header + read_as<::sockaddr_ll>(a).sll_halen;
}

}  // namespace priz::detail
