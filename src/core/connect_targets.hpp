// connect_targets.hpp: what connecting by name is, whoever waits for it: the order in which a
// host's addresses are tried, and what is told when none can be reached.
#pragma once

#include <span>
#include <system_error>
#include <vector>

#include "core/destination.hpp"
#include "priz/attempt.hpp"
#include "priz/duration.hpp"
#include "priz/error.hpp"
#include "priz/export.hpp"
#include "priz/resolve.hpp"

namespace priz::detail {

// The families take turns, beginning with that of the first address; within a family the order
// stays (RFC 8305, section 4).
PRIZ_API std::vector<address_info> interleaved(const std::vector<address_info>& sorted);

// The failure of all that was tried.
PRIZ_API failure connect_failure(std::error_code cause, const char* op, const destination& to,
                                 std::span<const attempt> attempts);

// Errors: value_error for one that is negative or not a number.
PRIZ_API result<void> check_duration(duration given, const char* op);

}  // namespace priz::detail
