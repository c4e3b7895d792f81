// told.hpp: what a try_ verb that is a task makes of an exception.
#pragma once

#include <exception>

#include "priz/error.hpp"

namespace priz::io::detail {

// In a handler. Whatever is no error of the library's and no cancellation means that memory has run
// out.
inline failure failure_told(const char* op) noexcept {
    try {
        throw;
    } catch (const cancelled& ended) {
        return ended.why().with_operation(op);
    } catch (const error& thrown) {
        return thrown.why();
    } catch (...) {
        return failure(std::make_error_code(std::errc::not_enough_memory), op);
    }
}

}  // namespace priz::io::detail
