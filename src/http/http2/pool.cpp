#include "http/http2/pool.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <cstring>

namespace priz::http::http2 {

namespace {

// A sanitizer sees what is used after it was given back only if it is.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool keeps = false;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
constexpr bool keeps = false;
#else
constexpr bool keeps = true;
#endif
#else
constexpr bool keeps = true;
#endif

constexpr std::size_t step = 64;
constexpr std::size_t classes = 16;     // up to 1,024 bytes
constexpr std::uint32_t kept_max = 64;  // of each

// Before each block; as long as the strictest alignment.
struct alignas(std::max_align_t) block_head {
    std::size_t size;  // of what follows, as it may be used
    block_head* next;  // while it is kept
};

struct kept_list {
    block_head* first;
    std::uint32_t count;
};

// Its storage outlives the thread's objects, which may give back more; then nothing is kept.
struct kept_blocks {
    std::array<kept_list, classes> lists;
    bool is_closed;
};
constinit thread_local kept_blocks kept{};

struct emptying {
    emptying() noexcept = default;
    emptying(const emptying&) = delete;
    emptying& operator=(const emptying&) = delete;
    ~emptying() {
        kept.is_closed = true;
        for (kept_list& list : kept.lists)
            while (block_head* const one = list.first) {
                list.first = one->next;
                std::free(one);
            }
    }
};
thread_local emptying at_the_threads_end;

std::size_t class_of(std::size_t size) noexcept { return size == 0 ? 0 : (size - 1) / step; }

block_head* head_of(void* block) noexcept { return static_cast<block_head*>(block) - 1; }

}  // namespace

void* take_block(std::size_t size) noexcept {
    const std::size_t which = class_of(size);
    if (keeps && which < classes) {
        kept_list& list = kept.lists[which];
        if (block_head* const one = list.first) {
            list.first = one->next;
            --list.count;
            return one + 1;
        }
        size = (which + 1) * step;
    }
    if (size > SIZE_MAX - sizeof(block_head)) return nullptr;
    auto* const made = static_cast<block_head*>(std::malloc(sizeof(block_head) + size));
    if (made == nullptr) return nullptr;
    made->size = size;
    return made + 1;
}

void give_block(void* block) noexcept {
    if (block == nullptr) return;
    block_head* const one = head_of(block);
    const std::size_t which = class_of(one->size);
    if (keeps && which < classes && !kept.is_closed) {
        kept_list& list = kept.lists[which];
        if (list.count < kept_max) {
            // Made when it is first referred to, so that it is destroyed at the thread's end.
            const emptying* const made = &at_the_threads_end;
            one->next = made != nullptr ? list.first : nullptr;
            list.first = one;
            ++list.count;
            return;
        }
    }
    std::free(one);
}

nghttp2_mem* pooled_memory() noexcept {
    static nghttp2_mem all{nullptr, [](std::size_t size, void*) { return take_block(size); },
                           [](void* block, void*) { give_block(block); },
                           [](std::size_t count, std::size_t size, void*) -> void* {
                               if (size != 0 && count > SIZE_MAX / size) return nullptr;
                               void* const made = take_block(count * size);
                               if (made != nullptr) std::memset(made, 0, count * size);
                               return made;
                           },
                           [](void* block, std::size_t size, void*) -> void* {
                               if (block != nullptr && size <= head_of(block)->size) return block;
                               void* const made = take_block(size);
                               if (made == nullptr || block == nullptr) return made;
                               std::memcpy(made, block, std::min(size, head_of(block)->size));
                               give_block(block);
                               return made;
                           }};
    return &all;
}

}  // namespace priz::http::http2
