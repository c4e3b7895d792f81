// look_up.hpp: getaddrinfo() on a loop, for those who report its failures as their own.
#pragma once

#include <vector>

#include "io/kept_arguments.hpp"
#include "priz/error.hpp"
#include "priz/io/task.hpp"
#include "priz/resolve.hpp"

namespace priz::io::detail {

struct question {
    question(const host& name_asked, const service& port_asked) noexcept
        : name(name_asked), port(port_asked) {}

    host name;  // both refer to what the caller has until the answer is there
    service port;
    int family = AF_UNSPEC;
    int type = 0;
    int proto = 0;
    int flags = 0;
};

// `through` null: as the loop's network, or else the machine's settings say. Errors: as
// getaddrinfo(); never `timed_out`, since a deadline is a scope's. Cancellation: throws
// `cancelled`, at once; where only the C library knows, when that has answered or the scopes'
// deadline is there.
task<result<std::vector<address_info>>> look_up(const question& asked, const resolver* through,
                                                const char* op);

}  // namespace priz::io::detail
