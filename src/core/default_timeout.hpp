// default_timeout.hpp: the timeout that new sockets begin with.
#pragma once

#include <sys/socket.h>

#include <cstdint>

namespace priz::detail {

// In nanoseconds, negative for none.
std::int64_t default_timeout_ns() noexcept;

// SOCK_NONBLOCK where sockets with this timeout have to be in that mode, otherwise 0.
inline int type_flags_for(std::int64_t timeout_ns) noexcept {
    return timeout_ns >= 0 ? SOCK_NONBLOCK : 0;
}

}  // namespace priz::detail
