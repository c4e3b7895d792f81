// resolve_guard.hpp: how the try_ functions of name look-up keep their word not to throw.
#pragma once

#include <expected>
#include <new>
#include <system_error>
#include <utility>

#include "priz/error.hpp"

namespace priz::detail {

// What `body` returns; where memory runs out on the way, a failure that says so.
template <class Body>
auto guarded(const char* op, Body&& body) noexcept -> decltype(body()) try {
    return std::forward<Body>(body)();
} catch (const std::bad_alloc&) {
    return std::unexpected(failure(std::make_error_code(std::errc::not_enough_memory), op));
}

}  // namespace priz::detail
