// advice.hpp: what a message tells the reader to do about a cause.
#pragma once

#include <string>
#include <string_view>

#include "priz/address.hpp"
#include "priz/export.hpp"

namespace priz::detail {

// Advice for errno value `cause` of `operation`; `local` and `remote` may be null. Empty where
// there is none to give.
PRIZ_API std::string advice(std::string_view operation, int cause, int fd,
                            std::string_view transport, const address* local,
                            const address* remote);

}  // namespace priz::detail
