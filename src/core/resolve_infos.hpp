// resolve_infos.hpp: getaddrinfo(), for those who report its failures as their own.
#pragma once

#include <vector>

#include "priz/resolve.hpp"

namespace priz::detail {

struct info_query {
    const host& name;
    const service& port;
    int family = AF_UNSPEC;
    int type = 0;
    int proto = 0;
    int flags = 0;
};

// Never throws but for memory that has run out.
result<std::vector<address_info>> find_infos(const info_query& query,
                                             const resolve_options& options, const char* op);

// A host as a failure names it.
std::string host_text(const host& name);

// A look-up's failure, with advice.
failure lookup_failure(std::error_code cause, const char* op, std::string subject);

// Whether a text can be a host's name at all.
bool is_possible_name(std::string_view name) noexcept;

}  // namespace priz::detail
