// cli/support/descriptor_limit.hpp: how many descriptors the process may have.
#pragma once

#include <cstddef>

namespace priz::cli {

// Makes room for `connections` besides what the tool has open itself, by raising the soft limit to
// the hard one. Throws stop_here when that does not do.
void make_room_for(std::size_t connections);

}  // namespace priz::cli
