// places.hpp: the addresses for a socket of one's own, from what a program was told.
#pragma once

#include <vector>

#include "core/destination.hpp"
#include "priz/address.hpp"
#include "priz/error.hpp"
#include "priz/io/detail/endpoint.hpp"

namespace priz::io::detail {

// Several are tried until one is to be had; IPv6 first, which takes IPv4 as well. Asks no name
// server. Errors: gaierror.
result<std::vector<address>> places_of(const priz::detail::destination& to);

// Binds the endpoint: SO_REUSEPORT where it is asked for, and IPv4 as well for the family IPv6 and
// `any`. Zero or a negative errno.
int bind_at(endpoint& e, const address& local, bool is_any, bool reuse_port) noexcept;

// A machine without IPv6 leaves the next address to be tried; whatever else went wrong is told.
bool is_for_the_next(int error) noexcept;

// The failure of one place.
failure failure_at(int error, const priz::detail::destination& to, const address& local,
                   const char* operation) noexcept;

}  // namespace priz::io::detail
