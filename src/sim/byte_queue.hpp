// byte_queue.hpp: bytes in, bytes out, in order.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace priz::sim::detail {

class byte_queue {
public:
    std::size_t size() const noexcept { return bytes_.size() - head_; }
    bool empty() const noexcept { return size() == 0; }
    std::string_view view() const noexcept { return std::string_view(bytes_).substr(head_); }

    void append(std::string_view more) { bytes_.append(more); }
    void drop(std::size_t count) noexcept {
        head_ += count;
        if (head_ < bytes_.size() / 2) return;
        bytes_.erase(0, head_);
        head_ = 0;
    }
    void clear() noexcept {
        bytes_.clear();
        head_ = 0;
    }

private:
    std::string bytes_;
    std::size_t head_ = 0;  // dropped already
};

}  // namespace priz::sim::detail
