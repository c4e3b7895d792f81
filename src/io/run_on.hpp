// run_on.hpp: runs a task on a loop that stands on a given backend.
#pragma once

#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include "io/backend.hpp"
#include "priz/export.hpp"
#include "priz/io/run.hpp"

namespace priz::io::detail {

// Errors: what `main` throws; value_error when a loop runs in this thread already.
PRIZ_API void run_to_end_on(std::unique_ptr<backend> kernel, task<> main);

template <class T>
T run_on(std::unique_ptr<backend> kernel, task<T> main) {
    if constexpr (std::is_void_v<T>) {
        run_to_end_on(std::move(kernel), std::move(main));
    } else {
        std::optional<T> kept;
        run_to_end_on(std::move(kernel), keep_result(std::move(main), kept));
        return *std::move(kept);
    }
}

}  // namespace priz::io::detail
