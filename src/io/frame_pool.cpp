#include "priz/io/detail/frame_pool.hpp"

#include <array>
#include <cstddef>
#include <mutex>
#include <new>
#include <utility>

#if defined(__SANITIZE_ADDRESS__)
#define PRIZ_FRAMES_ARE_POOLED false
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define PRIZ_FRAMES_ARE_POOLED false
#endif
#endif
#ifndef PRIZ_FRAMES_ARE_POOLED
#define PRIZ_FRAMES_ARE_POOLED true
#endif

namespace priz::io::detail {

namespace {

constexpr bool pooled = PRIZ_FRAMES_ARE_POOLED;
constexpr std::size_t step = 64;
constexpr std::size_t classes = 32;  // up to 2 KiB
// The C library keeps a block apart from its neighbours, and an aligned one by more than its own
// size allows for: blocks are cut from larger ones.
constexpr std::size_t batch_bytes = std::size_t{16} * 1024;
constexpr std::align_val_t alignment{step};

// A thread that frees what others make passes on so many blocks at a time, and keeps fewer than
// twice as many of a size.
constexpr std::size_t chain_blocks = 256;

struct free_block {
    free_block* next;
    // Of the chain that this block is the first of, while it is in the store.
    std::size_t chained;
    free_block* next_chain;
};

struct free_list {
    free_block* first = nullptr;
    std::size_t count = 0;

    void push(void* block) noexcept {
        auto* const kept = static_cast<free_block*>(block);
        kept->next = first;
        first = kept;
        ++count;
    }
    void* pop() noexcept {
        --count;
        return std::exchange(first, first->next);
    }
};

using free_lists = std::array<free_list, classes>;

// What threads have too much of, or leave at their end, for any of them: chains of blocks. Blocks
// go on as long as the program does, since nobody knows where the others of their batch are.
class store {
public:
    void put(std::size_t which, free_list chain) noexcept {
        if (chain.first == nullptr) return;
        const std::lock_guard hold(lock_);
        chain.first->chained = chain.count;
        chain.first->next_chain = std::exchange(chains_[which], chain.first);
    }
    // A chain, empty where there is none.
    free_list take(std::size_t which) noexcept {
        const std::lock_guard hold(lock_);
        free_block* const first = chains_[which];
        if (first == nullptr) return {};
        chains_[which] = first->next_chain;
        return {first, first->chained};
    }

private:
    std::mutex lock_;
    std::array<free_block*, classes> chains_{};
};

store& for_all() noexcept {
    static auto& all = *new store;
    return all;
}

// Plain arrays, so that the fast path reads them without asking whether they have been made; the
// thread's end is noticed by the keeper, which the slow paths make. Two lists of a size, so that a
// thread that allocates and frees in turn does not go to the store each time.
constinit thread_local free_lists lists{};
constinit thread_local free_lists spare{};
constinit thread_local bool thread_has_ended = false;

struct keeper {
    keeper() noexcept = default;
    keeper(const keeper&) = delete;
    keeper& operator=(const keeper&) = delete;
    ~keeper() {
        thread_has_ended = true;
        for (std::size_t which = 0; which < classes; ++which) {
            for_all().put(which, std::exchange(lists[which], {}));
            for_all().put(which, std::exchange(spare[which], {}));
        }
    }
    bool is_there = true;
};

thread_local keeper of_this_thread;

std::size_t class_of(std::size_t size) noexcept { return (size - 1) / step; }

// Blocks that lie in a row and are given in that order.
free_list cut_batch(std::size_t which) {
    const std::size_t size = (which + 1) * step;
    const std::size_t count = batch_bytes / size;
    char* const batch = static_cast<char*>(::operator new(count* size, alignment));
    free_list made;
    for (std::size_t i = count; i > 0; --i) made.push(batch + (i - 1) * size);
    return made;
}

[[gnu::noinline]] void* make(std::size_t size) {
    const std::size_t which = class_of(size);
    if (!pooled || which >= classes)
        return ::operator new((size + step - 1) / step * step, alignment);
    free_list some = std::exchange(spare[which], {});
    if (some.first == nullptr) some = for_all().take(which);
    if (some.first == nullptr) some = cut_batch(which);
    void* const block = some.pop();
    if (thread_has_ended) {
        for_all().put(which, some);
    } else {
        of_this_thread.is_there = true;
        lists[which] = some;
    }
    return block;
}

[[gnu::noinline]] void pass_on(std::size_t which) noexcept {
    for_all().put(which, std::exchange(spare[which], std::exchange(lists[which], {})));
}

[[gnu::noinline]] void free_at_the_end(void* block, std::size_t which) noexcept {
    free_list one;
    one.push(block);
    for_all().put(which, one);
}

}  // namespace

bool frames_are_pooled() noexcept { return pooled; }

void* allocate_frame(std::size_t size) {
    const std::size_t which = class_of(size);
    if (which < classes && lists[which].first != nullptr) [[likely]]
        return lists[which].pop();
    return make(size);
}

void free_frame(void* block, std::size_t size) noexcept {
    const std::size_t which = class_of(size);
    if (!pooled || which >= classes) return ::operator delete(block, alignment);
    if (thread_has_ended) [[unlikely]]
        return free_at_the_end(block, which);
    free_list& mine = lists[which];
    if (mine.first == nullptr) of_this_thread.is_there = true;
    mine.push(block);
    if (mine.count == chain_blocks) [[unlikely]]
        pass_on(which);
}

}  // namespace priz::io::detail
