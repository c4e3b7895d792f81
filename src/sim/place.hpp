// place.hpp: an Internet address and a port, in the one form that both families share: an IPv4
// address is its IPv4-mapped IPv6 address, so that a socket of either family is found by either.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <string>

#include "priz/address.hpp"

namespace priz::sim::detail {

using host_number = std::array<unsigned char, 16>;

struct place {
    host_number host{};
    std::uint16_t port = 0;

    // Of an Internet address; of another one nothing.
    static place of(const address& from) noexcept;
    static place any(int family, std::uint16_t port) noexcept;

    bool is_v4() const noexcept;
    bool is_any() const noexcept;
    bool is_loopback() const noexcept;
    int family() const noexcept;
    place with_port(std::uint16_t other) const noexcept { return {host, other}; }

    // Where packets to 0.0.0.0 and :: go.
    place to_loopback() const noexcept;

    // As a socket of that family sees it.
    address as(int family) const noexcept;
    std::string text() const { return as(family()).str(); }

    friend auto operator<=>(const place&, const place&) noexcept = default;
};

}  // namespace priz::sim::detail
