// pool.hpp: memory for what comes and goes with every request.
//
// nghttp2 asks for some twenty small blocks a request and gives them back, in an order that a
// general allocator pays for. Here each thread keeps what is given back, by size, and hands it out
// again; a bounded number of each, the rest is the allocator's. A block may be given back in
// another thread than the one that asked for it.
#pragma once

#include <nghttp2/nghttp2.h>

#include <cstddef>
#include <new>

namespace priz::http::http2 {

// Null where there is no memory.
void* take_block(std::size_t size) noexcept;
void give_block(void* block) noexcept;

// The same for nghttp2.
nghttp2_mem* pooled_memory() noexcept;

// For types that are made and destroyed with a request.
struct pooled {
    static void* operator new(std::size_t size) {
        if (void* const block = take_block(size)) return block;
        throw std::bad_alloc();
    }
    static void operator delete(void* block) noexcept { give_block(block); }
};

// For the nodes of a container.
template <class T>
struct pool_allocator {
    using value_type = T;

    pool_allocator() noexcept = default;
    template <class U>
    pool_allocator(const pool_allocator<U>&) noexcept {}

    T* allocate(std::size_t count) {
        if (void* const block = take_block(count * sizeof(T))) return static_cast<T*>(block);
        throw std::bad_alloc();
    }
    void deallocate(T* block, std::size_t) noexcept { give_block(block); }

    template <class U>
    friend bool operator==(const pool_allocator&, const pool_allocator<U>&) noexcept {
        return true;
    }
};

}  // namespace priz::http::http2
