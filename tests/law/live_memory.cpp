// Every allocation of the process, counted while it lives. ThreadSanitizer brings an operator new
// that cannot be replaced; AddressSanitizer one that finds leaks itself.
#include <atomic>
#include <cstdlib>
#include <new>

#include "trial.hpp"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define LAW_COUNTS_MEMORY 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define LAW_COUNTS_MEMORY 0
#endif
#endif
#ifndef LAW_COUNTS_MEMORY
#define LAW_COUNTS_MEMORY 1
#endif

namespace {

std::atomic<long> live = 0;

}  // namespace

namespace law {

long live_allocations() noexcept { return live.load(std::memory_order_relaxed); }
bool counts_allocations() noexcept { return LAW_COUNTS_MEMORY != 0; }

}  // namespace law

#if LAW_COUNTS_MEMORY

namespace {

void* counted(void* memory) {
    if (memory == nullptr) throw std::bad_alloc();
    live.fetch_add(1, std::memory_order_relaxed);
    return memory;
}

void release(void* memory) noexcept {
    if (memory != nullptr) live.fetch_sub(1, std::memory_order_relaxed);
    std::free(memory);
}

std::size_t rounded(std::size_t size, std::size_t to) noexcept { return (size + to - 1) / to * to; }

}  // namespace

void* operator new(std::size_t size) { return counted(std::malloc(size > 0 ? size : 1)); }
void* operator new(std::size_t size, std::align_val_t to) {
    const auto step = static_cast<std::size_t>(to);
    return counted(std::aligned_alloc(step, rounded(size > 0 ? size : 1, step)));
}
void operator delete(void* memory) noexcept { release(memory); }
void operator delete(void* memory, std::size_t) noexcept { release(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { release(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { release(memory); }

#endif
