// resolve_lookup.hpp: a host's record, and the sources it is sought in.
#pragma once

#include <expected>
#include <string>
#include <system_error>
#include <vector>

#include "core/nsswitch.hpp"
#include "priz/address.hpp"
#include "priz/deadline.hpp"
#include "priz/resolve.hpp"

namespace priz {

class lookup_sockets;

namespace detail {

// The terms of one look-up. The resolver is never null; the sources are read when a name or an
// address has to be sought, which numbers have not.
struct lookup {
    deadline until;
    blocking_hook* hook;
    const resolver* through;
    lookup_sockets* sockets = nullptr;  // null: the kernel's
    host_sources sources = {};

    std::error_code read_sources();
};

// What one source knows of a host. Addresses have port 0, and each occurs once.
struct host_record {
    std::string name;
    std::vector<std::string> aliases;
    std::vector<address> addresses;
};

// Causes are gai_category()'s, the system's, timed_out, or what the hook said.
using record_result = std::expected<host_record, std::error_code>;

inline std::error_code gai_code(int value) noexcept { return {value, gai_category()}; }

// Whether nsswitch.conf(5) asks for sources that only the C library has.
bool needs_libc(const std::string& name, const lookup& how);
bool needs_libc_for_names(const lookup& how);

// The terms as their user gave them.
lookup terms_of(const resolve_options& options);

}  // namespace detail

}  // namespace priz
