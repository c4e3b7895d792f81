// priz/io/detail/frame_pool.hpp: memory for coroutine frames, used again and again.
//
// Frames come and go with every call of a task. Each thread keeps the blocks it has freed, by size
// in steps of 64 bytes, and hands them out again, the last one first: after a program has warmed
// up, a task costs no allocation. Blocks are cut from batches and not given back to the system, as
// little as endpoints are; what a thread has too much of, or leaves at its end, others use. Blocks
// are aligned to 64 bytes, which Clang without optimization takes for granted in coroutines.
#pragma once

#include <cstddef>

#include "priz/export.hpp"

namespace priz::io::detail {

// Not with AddressSanitizer, which finds the use of a frame that is gone only if gone means freed.
PRIZ_API bool frames_are_pooled() noexcept;

PRIZ_API void* allocate_frame(std::size_t size);
PRIZ_API void free_frame(void* block, std::size_t size) noexcept;

}  // namespace priz::io::detail
