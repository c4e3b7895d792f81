// resolve_one.hpp: the one address that a verb of a socket means by what it was given.
#pragma once

#include <cstdint>

#include "priz/address.hpp"
#include "priz/address_like.hpp"
#include "priz/deadline.hpp"
#include "priz/error.hpp"
#include "priz/resolve.hpp"

namespace priz::detail {

// The address for a socket of that family, type and protocol. An address is taken as it is, a
// number is read, a Unix text is a path; only names are looked up, by `until`. A name with several
// addresses means the first, as in Python.
//
// Errors: type_error for another family's address; overflow_error for a port outside 0 to 65535;
// value_error for a text that means nothing; path_too_long; gaierror; timed_out.
result<address> resolve_one(const address_like& where, int family, int type, int proto,
                            deadline until, blocking_hook* hook, const char* op) noexcept;

// The same with a resolver of the caller's choice.
result<address> resolve_one(const address_like& where, int family, int type, int proto,
                            const resolve_options& options, const char* op) noexcept;

}  // namespace priz::detail
