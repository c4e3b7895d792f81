#include "sim/place.hpp"

#include <netinet/in.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <span>

namespace priz::sim::detail {

namespace {

constexpr host_number mapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr std::size_t mapping = 12;  // bytes before an IPv4 address

host_number of_ipv4(std::uint32_t number) noexcept {
    host_number made = mapped;
    for (std::size_t i = 0; i < 4; ++i)
        made[mapping + i] = static_cast<unsigned char>(number >> (24 - 8 * i));
    return made;
}

}  // namespace

place place::of(const address& from) noexcept {
    const auto port = static_cast<std::uint16_t>(from.port());
    if (from.family() == AF_INET) return {of_ipv4(from.ipv4_number()), port};
    if (from.family() != AF_INET6) return {};
    ::sockaddr_in6 exact{};
    std::memcpy(&exact, from.data(), sizeof exact);
    place made{{}, port};
    std::memcpy(made.host.data(), &exact.sin6_addr, sizeof exact.sin6_addr);
    return made;
}

place place::any(int family, std::uint16_t port) noexcept {
    return {family == AF_INET ? of_ipv4(0) : host_number{}, port};
}

bool place::is_v4() const noexcept {
    return std::equal(mapped.begin(), mapped.begin() + mapping, host.begin());
}

bool place::is_any() const noexcept { return host == host_number{} || host == of_ipv4(0); }

bool place::is_loopback() const noexcept {
    if (is_v4()) return host[mapping] == 127;
    host_number one{};
    one.back() = 1;
    return host == one;
}

place place::to_loopback() const noexcept {
    if (is_v4()) return {of_ipv4(0x7f000001), port};
    place made{{}, port};
    made.host.back() = 1;
    return made;
}

int place::family() const noexcept { return is_v4() ? AF_INET : AF_INET6; }

address place::as(int family) const noexcept {
    if (family == AF_INET6) return address::ipv6(std::as_bytes(std::span(host)), port);
    std::uint32_t number = 0;
    for (std::size_t i = mapping; i < host.size(); ++i) number = number << 8 | host[i];
    return address::ipv4(number, port);
}

}  // namespace priz::sim::detail
