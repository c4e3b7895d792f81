// socket_names.hpp: names and options of endpoints, as results; for streams, listeners and datagram
// sockets alike.
#pragma once

#include "priz/address.hpp"
#include "priz/error.hpp"
#include "priz/io/detail/endpoint.hpp"

namespace priz::io::detail {

result<address> name_of(endpoint* e, bool peer, const char* operation) noexcept;
result<int> option_of(endpoint* e, int level, int option) noexcept;
result<void> set_option(endpoint* e, int level, int option, int value) noexcept;

}  // namespace priz::io::detail
