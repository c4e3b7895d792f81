// target.hpp: from what a verb was given to the address that the kernel takes.
#pragma once

#include "priz/address_like.hpp"
#include "priz/deadline.hpp"
#include "priz/socket_object.hpp"

namespace priz::detail {

// The address that `given` means for `s`, by `until`; an address of another family is a type_error.
result<address> target_of(const socket& s, const address_like& given, const char* operation,
                          deadline until) noexcept;

// The address itself where a verb was given one that fits the socket: nothing to look up, to refuse
// or to copy. Null otherwise.
inline const address* ready_target(const socket& s, const address_like& given) noexcept {
    if (given.what() != address_like::form::address) return nullptr;
    return given.exact().family() == s.family() ? &given.exact() : nullptr;
}

// By when a look-up for `s` has to end. A non-blocking socket looks up names as Python's does: it
// waits for that.
deadline lookup_deadline(const socket& s) noexcept;

}  // namespace priz::detail
