// resolve_port.hpp: the port that a service means.
#pragma once

#include <cstdint>

#include "priz/error.hpp"
#include "priz/host.hpp"

namespace priz::detail {

inline constexpr std::int64_t port_max = 65535;

// The port number: none is 0, a text of digits is its number, any other text a service's name for
// sockets of `type`. Errors: overflow_error outside 0 to 65535; gaierror EAI_SERVICE.
result<std::uint16_t> port_of(const service& port, int type, const char* op) noexcept;

// Whether `port` is a number, or a text of digits, and which.
bool numeric_port(const service& port, std::int64_t& number) noexcept;

// The failure for a number that is no port.
failure port_out_of_range(std::int64_t number, const char* op) noexcept;

}  // namespace priz::detail
