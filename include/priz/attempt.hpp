// priz/attempt.hpp: one try to reach one address, as failures of create_connection() and
// create_server() list them.
#pragma once

#include <system_error>

#include "priz/address.hpp"
#include "priz/duration.hpp"

namespace priz {

struct attempt {
    address to;
    std::error_code cause;
    duration elapsed;  // from the attempt's start to its end
};

}  // namespace priz
