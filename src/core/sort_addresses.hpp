// sort_addresses.hpp: which of a host's addresses to try first (RFC 6724, section 6).
//
// The order follows from each destination and from the source address that the kernel would use
// towards it; both are passed in, so that the order is a pure function. A connected datagram socket
// tells the source, and nothing else: whether it is deprecated (rule 3), a home address (rule 4) or
// reached through a tunnel (rule 7) stays unknown, and these three rules are not applied. Rule 9,
// the longest matching prefix, is applied to IPv6 alone: among IPv4 addresses it would undo the
// rotation by which name servers spread their clients.
#pragma once

#include <span>
#include <vector>

#include "priz/address.hpp"

namespace priz::detail {

// `sources[i]` is the source address towards `destinations[i]`; empty where there is no route.
// Equals keep their order.
std::vector<address> sort_addresses(std::span<const address> destinations,
                                    std::span<const address> sources);

// The sources that the kernel would use now. Sends nothing.
std::vector<address> sources_towards(std::span<const address> destinations);

}  // namespace priz::detail
