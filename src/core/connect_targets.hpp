// connect_targets.hpp: the order in which a host's addresses are tried.
#pragma once

#include <vector>

#include "priz/resolve.hpp"

namespace priz::detail {

// The families take turns, beginning with that of the first address; within a family the order
// stays (RFC 8305, section 4).
std::vector<address_info> interleaved(const std::vector<address_info>& sorted);

}  // namespace priz::detail
