// priz/io/chunk.hpp: received bytes, lent.
//
// What recv() gives: a view of memory that belongs to the loop, held as long as the chunk lives and
// given back with it. Look at it, send it on, copy what is to stay; holding many chunks for long
// costs up to 256 KiB each. True while there is something in it, so that `while (auto data =
// co_await s.recv())` ends with the stream. Converts to bytes_view, as every verb that sends takes.
// Belongs to the thread of its loop, and must be gone before the loop is.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

#include "priz/bytes.hpp"
#include "priz/io/detail/buffers.hpp"

namespace priz::io {

class [[nodiscard]] chunk {
public:
    chunk() noexcept = default;
    // Takes over one reference to `holder`, which may be null.
    chunk(detail::block* holder, const char* data, std::size_t size) noexcept
        : holder_(holder), data_(data), size_(size) {}
    // The first `size` bytes of a block, with its one reference.
    chunk(detail::block& holder, std::size_t size) noexcept : chunk(&holder, holder.memory, size) {}
    chunk(chunk&& other) noexcept
        : holder_(std::exchange(other.holder_, nullptr)),
          data_(std::exchange(other.data_, nullptr)),
          size_(std::exchange(other.size_, 0)) {}
    chunk& operator=(chunk&& other) noexcept {
        if (this != &other) {
            release();
            holder_ = std::exchange(other.holder_, nullptr);
            data_ = std::exchange(other.data_, nullptr);
            size_ = std::exchange(other.size_, 0);
        }
        return *this;
    }
    ~chunk() { release(); }

    const char* data() const noexcept { return data_; }
    std::size_t size() const noexcept { return size_; }
    bool empty() const noexcept { return size_ == 0; }
    explicit operator bool() const noexcept { return size_ != 0; }

    std::string_view text() const noexcept { return {data(), size_}; }
    bytes copy() const { return bytes(text()); }

    // Drops the first `count` bytes, at most size().
    void remove_prefix(std::size_t count) noexcept {
        data_ += count;
        size_ -= count;
    }

private:
    void release() noexcept {
        if (holder_ != nullptr) holder_->release();
    }

    detail::block* holder_ = nullptr;
    const char* data_ = nullptr;
    std::size_t size_ = 0;
};

}  // namespace priz::io
