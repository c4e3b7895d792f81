#include "priz/io/detail/buffers.hpp"

#include <new>

namespace priz::io::detail {

namespace {

constexpr std::align_val_t page{4096};

}  // namespace

block_pool::~block_pool() {
    while (free_.first != nullptr) destroy_first();
}

void block_pool::trim() noexcept {
    while (count_ > kept && free_.first != nullptr) destroy_first();
}

block* block_pool::add() noexcept {
    auto* const made = new (std::nothrow) block;
    if (made == nullptr) return nullptr;
    made->memory = static_cast<char*>(::operator new(block_size, page, std::nothrow));
    if (made->memory == nullptr) {
        delete made;
        return nullptr;
    }
    made->home = &free_;
    made->size = block_size;
    ++count_;
    return made;
}

void block_pool::destroy_first() noexcept {
    block* const unused = free_.first;
    free_.first = unused->next;
    ::operator delete(unused->memory, page);
    delete unused;
    --count_;
}

}  // namespace priz::io::detail
