// priz/io/detail/buffers.hpp: the memory that received bytes are lent in.
//
// A loop keeps a few blocks and lends out the one that came back last, whose memory is in the
// processor's cache. A connection holds a block only while its program looks at what was received:
// waiting takes no buffer.
#pragma once

#include <cstddef>
#include <cstdint>

#include "priz/export.hpp"

namespace priz::io::detail {

struct block;

// Where blocks go back to when nobody refers to them any more; the last one first.
struct block_list {
    block* first = nullptr;
};

struct block {
    char* memory = nullptr;
    block* next = nullptr;
    block_list* home = nullptr;
    std::uint32_t size = 0;
    std::uint32_t references = 1;  // also while it is at home

    void release() noexcept {
        if (references != 1) {
            --references;
            return;
        }
        next = home->first;
        home->first = this;
    }
};

class PRIZ_API block_pool {
public:
    static constexpr std::uint32_t block_size = 256 * 1024;

    block_pool() noexcept = default;
    block_pool(const block_pool&) = delete;
    block_pool& operator=(const block_pool&) = delete;
    ~block_pool();

    // With one reference; null when memory has run out.
    block* take() noexcept {
        block* const taken = free_.first;
        if (taken == nullptr) [[unlikely]]
            return add();
        free_.first = taken->next;
        return taken;
    }

    // What take() would give without asking for memory, null when that has to be asked for; and the
    // taking of it.
    block* next() const noexcept { return free_.first; }
    void take(const block& next) noexcept { free_.first = next.next; }

    // More blocks than are kept were in use at the same time: frees those that are back.
    bool is_large() const noexcept { return count_ > kept; }
    void trim() noexcept;

private:
    static constexpr std::uint32_t kept = 16;

    block* add() noexcept;
    void destroy_first() noexcept;

    block_list free_;
    std::uint32_t count_ = 0;  // in use or not
};

}  // namespace priz::io::detail
