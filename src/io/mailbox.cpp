#include "io/mailbox.hpp"

namespace priz::io::detail {

namespace {

// In the order in which they were sent.
letter* reversed(letter* newest) noexcept {
    letter* oldest = nullptr;
    while (newest != nullptr) {
        letter* const next = newest->next;
        newest->next = oldest;
        oldest = newest;
        newest = next;
    }
    return oldest;
}

void open_each(letter* first, bool is_alive) noexcept {
    while (first != nullptr) {
        letter* const next = first->next;
        first->open(*first, is_alive);
        first = next;
    }
}

}  // namespace

bool mailbox::send(letter& given) noexcept {
    if (is_closed_.load(std::memory_order_acquire)) {
        given.open(given, false);
        return false;
    }
    letter* newest = newest_.load(std::memory_order_relaxed);
    do given.next = newest;
    while (!newest_.compare_exchange_weak(newest, &given, std::memory_order_seq_cst));
    if (is_awake_.exchange(true, std::memory_order_seq_cst)) return true;
    const std::lock_guard held(ending_);
    if (kernel_ != nullptr) kernel_->wake();
    return true;
}

bool mailbox::open_all() noexcept {
    if (newest_.load(std::memory_order_relaxed) == nullptr) return false;
    open_each(reversed(newest_.exchange(nullptr, std::memory_order_acquire)), true);
    return true;
}

bool mailbox::may_sleep() noexcept {
    is_awake_.store(false, std::memory_order_seq_cst);
    if (newest_.load(std::memory_order_seq_cst) == nullptr) return true;
    has_woken();
    return false;
}

void mailbox::close() noexcept {
    is_closed_.store(true, std::memory_order_release);
    {
        const std::lock_guard held(ending_);
        kernel_ = nullptr;
    }
    drop_all();
}

void mailbox::drop_all() noexcept {
    open_each(reversed(newest_.exchange(nullptr, std::memory_order_acquire)), false);
}

}  // namespace priz::io::detail
