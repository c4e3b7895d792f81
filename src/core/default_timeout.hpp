// default_timeout.hpp: the timeout that new sockets begin with.
#pragma once

#include <cstdint>

namespace priz::detail {

// In nanoseconds, negative for none.
std::int64_t default_timeout_ns() noexcept;

// SOCK_NONBLOCK where new sockets have to be in that mode, otherwise 0.
int default_type_flags() noexcept;

}  // namespace priz::detail
