// mapping.hpp: memory from mmap(2) with one owner.
#pragma once

#include <cstddef>
#include <utility>

#include "io/uring/sys_uring.hpp"

namespace priz::io::uring {

class mapping {
public:
    mapping() noexcept = default;
    mapping(mapping&& other) noexcept
        : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}
    mapping& operator=(mapping other) noexcept {
        std::swap(data_, other.data_);
        std::swap(size_, other.size_);
        return *this;
    }
    ~mapping() {
        // It fails for what was never mapped alone.
        if (data_ != nullptr) static_cast<void>(sys::munmap(data_, size_));
    }

    // Memory shared with the kernel: the part of ring `fd` at `offset`. Null, with errno, on error.
    static mapping of_ring(int fd, std::size_t size, ::off_t offset) noexcept {
        return mapping(size, MAP_SHARED | MAP_POPULATE, fd, offset);
    }
    // Memory of our own, zero. Null, with errno, on error.
    static mapping of_memory(std::size_t size) noexcept {
        return mapping(size, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    }

    explicit operator bool() const noexcept { return data_ != nullptr; }

    // What stands `offset` bytes from the beginning.
    template <class T>
    T* at(std::size_t offset) const noexcept {
        return reinterpret_cast<T*>(static_cast<std::byte*>(data_) + offset);
    }

private:
    mapping(std::size_t size, int flags, int fd, ::off_t offset) noexcept : size_(size) {
        void* mapped = sys::mmap(nullptr, size, PROT_READ | PROT_WRITE, flags, fd, offset);
        if (mapped != MAP_FAILED) data_ = mapped;
    }

    void* data_ = nullptr;
    std::size_t size_ = 0;
};

}  // namespace priz::io::uring
