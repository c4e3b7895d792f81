// What an address says about itself. Each answer is zero or empty for other families.
#include <algorithm>
#include <array>
#include <bit>
#include <optional>

#include "address_layout.hpp"
#include "ip_text.hpp"
#include "priz/address.hpp"

namespace priz {

namespace {

using detail::is_ipv4;
using detail::is_ipv6;
using detail::read_as;

using ipv4_bytes = std::array<std::uint8_t, 4>;
using ipv6_bytes = std::array<std::uint8_t, 16>;

constexpr ipv6_bytes ipv6_loopback{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};

ipv6_bytes bytes_of(const address& a) noexcept {
    return std::bit_cast<ipv6_bytes>(read_as<::sockaddr_in6>(a).sin6_addr);
}

// The IPv4 number that `a` stands for, by itself or mapped into IPv6.
std::optional<std::uint32_t> ipv4_inside(const address& a) noexcept {
    if (is_ipv4(a)) return a.ipv4_number();
    if (!a.is_ipv4_mapped()) return std::nullopt;
    const ipv6_bytes all = bytes_of(a);
    return ntohl(std::bit_cast<std::uint32_t>(ipv4_bytes{all[12], all[13], all[14], all[15]}));
}

bool in_block(std::uint32_t number, std::uint32_t block, int prefix) noexcept {
    return (number ^ block) >> (32 - prefix) == 0;
}

std::string_view unix_name(const address& a) noexcept {
    return a.family() == AF_UNIX ? a.raw_data() : std::string_view{};
}

}  // namespace

std::string address::host() const {
    if (is_ipv4(*this))
        return detail::ipv4_text(std::bit_cast<ipv4_bytes>(read_as<::sockaddr_in>(*this).sin_addr));
    if (is_ipv6(*this)) return detail::ipv6_text(bytes_of(*this));
    return {};
}

std::uint32_t address::port() const noexcept {
    if (is_ipv4(*this)) return ntohs(read_as<::sockaddr_in>(*this).sin_port);
    if (is_ipv6(*this)) return ntohs(read_as<::sockaddr_in6>(*this).sin6_port);
    if (detail::is_vsock(*this)) return read_as<::sockaddr_vm>(*this).svm_port;
    return 0;
}

std::uint32_t address::flowinfo() const noexcept {
    return is_ipv6(*this) ? ntohl(read_as<::sockaddr_in6>(*this).sin6_flowinfo) : 0;
}

std::uint32_t address::scope_id() const noexcept {
    return is_ipv6(*this) ? read_as<::sockaddr_in6>(*this).sin6_scope_id : 0;
}

std::uint32_t address::ipv4_number() const noexcept {
    return is_ipv4(*this) ? ntohl(read_as<::sockaddr_in>(*this).sin_addr.s_addr) : 0;
}

std::string_view address::path() const noexcept {
    const std::string_view name = unix_name(*this);
    if (is_unix_abstract()) return name.substr(1);
    return name.substr(0, name.find('\0'));
}

bool address::is_unix_path() const noexcept {
    const std::string_view name = unix_name(*this);
    return !name.empty() && name.front() != '\0';
}

bool address::is_unix_abstract() const noexcept {
    const std::string_view name = unix_name(*this);
    return !name.empty() && name.front() == '\0';
}

bool address::is_unix_unnamed() const noexcept {
    return family() == AF_UNIX && size_ == detail::family_size;
}

std::uint32_t address::cid() const noexcept {
    return detail::is_vsock(*this) ? read_as<::sockaddr_vm>(*this).svm_cid : 0;
}

std::uint32_t address::pid() const noexcept {
    return detail::is_netlink(*this) ? read_as<::sockaddr_nl>(*this).nl_pid : 0;
}

std::uint32_t address::groups() const noexcept {
    return detail::is_netlink(*this) ? read_as<::sockaddr_nl>(*this).nl_groups : 0;
}

int address::interface_index() const noexcept {
    return detail::is_packet(*this) ? read_as<::sockaddr_ll>(*this).sll_ifindex : 0;
}

std::uint16_t address::protocol() const noexcept {
    return detail::is_packet(*this) ? ntohs(read_as<::sockaddr_ll>(*this).sll_protocol)
                                    : std::uint16_t{0};
}

std::uint8_t address::packet_type() const noexcept {
    return detail::is_packet(*this) ? read_as<::sockaddr_ll>(*this).sll_pkttype : std::uint8_t{0};
}

std::uint16_t address::hardware_type() const noexcept {
    return detail::is_packet(*this) ? read_as<::sockaddr_ll>(*this).sll_hatype : std::uint16_t{0};
}

std::string_view address::hardware_address() const noexcept {
    if (!detail::is_packet(*this)) return {};
    return raw_data().substr(detail::packet_header - detail::family_size,
                             read_as<::sockaddr_ll>(*this).sll_halen);
}

std::string_view address::raw_data() const noexcept {
    if (empty()) return {};
    return {reinterpret_cast<const char*>(&storage_) + detail::family_size,
            size_ - detail::family_size};
}

bool address::is_unspecified() const noexcept {
    if (const auto number = ipv4_inside(*this)) return *number == INADDR_ANY;
    return is_ipv6(*this) && bytes_of(*this) == ipv6_bytes{};
}

bool address::is_loopback() const noexcept {
    if (const auto number = ipv4_inside(*this)) return in_block(*number, INADDR_LOOPBACK, 8);
    return is_ipv6(*this) && bytes_of(*this) == ipv6_loopback;
}

bool address::is_multicast() const noexcept {
    if (const auto number = ipv4_inside(*this)) return in_block(*number, INADDR_UNSPEC_GROUP, 4);
    return is_ipv6(*this) && bytes_of(*this)[0] == 0xff;
}

bool address::is_link_local() const noexcept {
    if (const auto number = ipv4_inside(*this)) return in_block(*number, 0xa9fe0000, 16);
    const ipv6_bytes all = bytes_of(*this);
    return is_ipv6(*this) && all[0] == 0xfe && (all[1] & 0xc0) == 0x80;
}

bool address::is_ipv4_mapped() const noexcept {
    constexpr std::array<std::uint8_t, 12> prefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    const ipv6_bytes all = bytes_of(*this);
    return is_ipv6(*this) && std::ranges::equal(std::span(all).first<12>(), prefix);
}

address address::with_port(std::uint16_t port) const noexcept {
    address changed = *this;
    const auto write = [&](std::size_t offset, auto value) {
        std::memcpy(reinterpret_cast<char*>(&changed.storage_) + offset, &value, sizeof(value));
    };
    if (is_ipv4(*this)) write(offsetof(::sockaddr_in, sin_port), htons(port));
    if (is_ipv6(*this)) write(offsetof(::sockaddr_in6, sin6_port), htons(port));
    if (detail::is_vsock(*this)) write(offsetof(::sockaddr_vm, svm_port), std::uint32_t{port});
    return changed;
}

}  // namespace priz
