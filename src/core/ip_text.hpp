// ip_text.hpp: IPv4 and IPv6 addresses between bytes and text.
//
// Reads and writes what inet_pton(3) and inet_ntop(3) do, which the fuzz target holds it against;
// it takes views, so that no caller has to copy for a final NUL. A scope (`%eth0`) is the caller's.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace priz::detail {

// False for anything but four decimal numbers up to 255, without leading zeros, joined by dots.
bool read_ipv4(std::string_view text, std::span<std::uint8_t, 4> bytes) noexcept;

// False for anything but RFC 4291's three forms: eight groups, `::` once for one group of zeros or
// more, and a dotted quad in place of the last two groups.
bool read_ipv6(std::string_view text, std::span<std::uint8_t, 16> bytes) noexcept;

std::string ipv4_text(std::span<const std::uint8_t, 4> bytes);
std::string ipv6_text(std::span<const std::uint8_t, 16> bytes);  // RFC 5952

}  // namespace priz::detail
