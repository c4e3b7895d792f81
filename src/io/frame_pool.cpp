#include "priz/io/detail/frame_pool.hpp"

#include <array>
#include <mutex>
#include <new>
#include <utility>

// AddressSanitizer finds the use of a frame that is gone only if gone means freed.
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

struct free_block {
    free_block* next;
};

struct free_list {
    free_block* first = nullptr;

    void push(void* block) noexcept {
        auto* const kept = static_cast<free_block*>(block);
        kept->next = first;
        first = kept;
    }
    void* pop() noexcept { return std::exchange(first, first->next); }
};

using free_lists = std::array<free_list, classes>;

// What threads that have ended leave to the others. Blocks go on as long as the program does, since
// nobody knows where the others of their batch are.
struct legacy {
    std::mutex lock;
    free_lists lists;
};

legacy& left_behind() noexcept {
    static auto& all = *new legacy;
    return all;
}

// A plain array, so that the fast path reads it without asking whether it has been made; the
// thread's end is noticed by the keeper, which the slow path makes.
constinit thread_local free_lists lists{};
constinit thread_local bool thread_has_ended = false;

struct keeper {
    keeper() noexcept = default;
    keeper(const keeper&) = delete;
    keeper& operator=(const keeper&) = delete;
    ~keeper() {
        thread_has_ended = true;
        legacy& to = left_behind();
        const std::lock_guard hold(to.lock);
        for (std::size_t which = 0; which < classes; ++which)
            while (lists[which].first != nullptr) to.lists[which].push(lists[which].pop());
    }
    bool is_there = true;
};

thread_local keeper of_this_thread;

std::size_t class_of(std::size_t size) noexcept { return (size - 1) / step; }

// All that others have left of this size.
free_list inherit(std::size_t which) noexcept {
    legacy& from = left_behind();
    const std::lock_guard hold(from.lock);
    return std::exchange(from.lists[which], {});
}

// Blocks that lie in a row and are given in that order.
free_list cut_batch(std::size_t which) {
    const std::size_t size = (which + 1) * step;
    const std::size_t count = batch_bytes / size;
    char* const batch = static_cast<char*>(::operator new(count* size, alignment));
    free_list made;
    for (std::size_t i = count; i > 0; --i) made.push(batch + (i - 1) * size);
    return made;
}

void leave_behind(std::size_t which, free_list all) noexcept {
    legacy& to = left_behind();
    const std::lock_guard hold(to.lock);
    while (all.first != nullptr) to.lists[which].push(all.pop());
}

[[gnu::noinline]] void* make(std::size_t size) {
    const std::size_t which = class_of(size);
    if (!pooled || which >= classes)
        return ::operator new((size + step - 1) / step * step, alignment);
    free_list some = inherit(which);
    if (some.first == nullptr) some = cut_batch(which);
    void* const block = some.pop();
    if (thread_has_ended) {
        leave_behind(which, some);
    } else {
        of_this_thread.is_there = true;
        lists[which] = some;
    }
    return block;
}

[[gnu::noinline]] void free_at_the_end(void* block, std::size_t which) noexcept {
    free_list one;
    one.push(block);
    leave_behind(which, one);
}

}  // namespace

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
    if (lists[which].first == nullptr) of_this_thread.is_there = true;
    lists[which].push(block);
}

}  // namespace priz::io::detail
