// resolve_dns.hpp: name servers.
#pragma once

#include <string>

#include "core/resolve_lookup.hpp"

namespace priz::detail {

// At most 64 addresses of each family. Search domains are those of resolv.conf(5).
record_result dns_addresses(const std::string& name, int family, const lookup& how);
record_result dns_names(const address& where, const lookup& how);

}  // namespace priz::detail
