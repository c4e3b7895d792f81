// worded.hpp: failures with words that are composed, in functions that do not throw.
#pragma once

#include <new>
#include <utility>

#include "priz/error.hpp"

namespace priz::detail {

// Lets `add(why)` compose texts and add them; where memory runs out on the way, they are missing.
template <class Add>
failure& worded(failure& why, Add&& add) noexcept {
    try {
        std::forward<Add>(add)(why);
    } catch (const std::bad_alloc&) {
        return why;
    }
    return why;
}

}  // namespace priz::detail
