// resolve_hosts.hpp: hosts(5), the table of names that a machine keeps itself.
#pragma once

#include <optional>
#include <string_view>

#include "core/resolve_lookup.hpp"

namespace priz::detail {

// What the table's text says of a name: every line that has it counts, in their order. As in the C
// library, IPv6 loopback stands for 127.0.0.1 where IPv4 is asked for; unlike there, an address
// that two lines give comes once.
std::optional<host_record> hosts_with_name(std::string_view table, std::string_view name,
                                           int family);

// The first line for an address.
std::optional<host_record> hosts_with_address(std::string_view table, const address& where);

}  // namespace priz::detail
