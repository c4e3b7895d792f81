// is_cancellation.hpp: whether an exception says only that a scope was cancelled.
#pragma once

#include <exception>

#include "priz/error.hpp"

namespace priz::io::detail {

inline bool is_cancellation(const std::exception_ptr& why) noexcept {
    try {
        std::rethrow_exception(why);
    } catch (const cancelled&) {
        return true;
    } catch (...) {
        return false;
    }
}

}  // namespace priz::io::detail
