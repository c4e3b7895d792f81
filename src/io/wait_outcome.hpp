// wait_outcome.hpp: what a call's outcome means for the verb that made it, and for its endpoint.
#pragma once

#include <cerrno>
#include <cstddef>

#include "priz/io/detail/socket_waits.hpp"

namespace priz::io::detail {

inline bool is_would_block(std::ptrdiff_t outcome) noexcept { return outcome == -EAGAIN; }

// The common end of a receive: false when there is nothing to be had and the verb waits.
inline bool took(socket_wait& w, std::ptrdiff_t outcome, std::size_t asked) noexcept {
    endpoint& e = *w.where;
    if (outcome < 0) {
        if (!is_would_block(outcome)) return w.end(static_cast<int>(-outcome));
        e.unset(endpoint::may_read);
        return false;
    }
    const bool is_short = static_cast<std::size_t>(outcome) < asked;
    if (is_short && e.has(endpoint::short_is_empty)) e.unset(endpoint::may_read);
    return w.end(0);
}

// The common end of a send that took nothing.
inline bool refused(socket_wait& w, std::ptrdiff_t outcome) noexcept {
    if (!is_would_block(outcome)) return w.end(static_cast<int>(-outcome));
    w.where->unset(endpoint::may_write);
    return false;
}

}  // namespace priz::io::detail
