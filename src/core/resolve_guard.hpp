// resolve_guard.hpp: how the try_ functions of name look-up keep their word not to throw.
#pragma once

#include <exception>
#include <expected>
#include <system_error>
#include <utility>

#include "priz/error.hpp"

namespace priz::detail {

// What `body` returns; where it throws, a failure that says why: an error its own, anything else
// that memory has run out.
template <class Body>
auto guarded(const char* op, Body&& body) noexcept -> decltype(body()) try {
    return std::forward<Body>(body)();
} catch (const error& thrown) {
    return std::unexpected(thrown.why());
} catch (const std::exception&) {
    return std::unexpected(failure(std::make_error_code(std::errc::not_enough_memory), op));
}

}  // namespace priz::detail
