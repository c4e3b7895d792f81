// adopt.hpp: blocking sockets that become endpoints of this thread's loop.
#pragma once

#include "priz/io/detail/endpoint.hpp"
#include "priz/socket_object.hpp"

namespace priz::io::detail {

// Errors: value_error for a socket that is closed or of another type, or where no loop runs. `type`
// 0 takes any.
endpoint& adopt(socket given, int type, const char* operation);

}  // namespace priz::io::detail
