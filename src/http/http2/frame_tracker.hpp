// frame_tracker.hpp: where in its frames a peer is.
//
// nghttp2 tells what is whole. What is not, such as a head whose second half does not come, it does
// not tell, and a driver that wants to limit how long that takes has to know.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace priz::http::http2 {

class frame_tracker {
public:
    // `skipped`: bytes before the first frame, a client's preface.
    explicit constexpr frame_tracker(std::size_t skipped) noexcept : left_(skipped) {}

    constexpr void pass(std::span<const std::byte> bytes) noexcept {
        while (!bytes.empty()) {
            if (left_ > 0) {
                const std::size_t count = std::min(left_, bytes.size());
                left_ -= count;
                bytes = bytes.subspan(count);
                if (left_ == 0) end();
                continue;
            }
            head_[have_++] = bytes.front();
            bytes = bytes.subspan(1);
            if (have_ == head_.size()) begin();
        }
    }

    // Between the first byte of HEADERS and the last of a frame with END_HEADERS.
    constexpr bool is_in_head() const noexcept { return is_in_head_; }
    // How many HEADERS have begun.
    constexpr std::uint64_t heads_begun() const noexcept { return heads_; }

private:
    static constexpr std::size_t head_size = 9;
    static constexpr auto headers = std::byte{1};
    static constexpr auto continuation = std::byte{9};
    static constexpr auto end_headers = std::byte{4};

    constexpr void begin() noexcept {
        have_ = 0;
        left_ = std::to_integer<std::size_t>(head_[0]) << 16 |
                std::to_integer<std::size_t>(head_[1]) << 8 |
                std::to_integer<std::size_t>(head_[2]);
        // Any other frame ends it: that is an error, which nghttp2 sees to.
        if (head_[3] == headers) ++heads_;
        is_in_head_ = head_[3] == headers || (is_in_head_ && head_[3] == continuation);
        if (left_ == 0) end();
    }
    constexpr void end() noexcept {
        if ((head_[4] & end_headers) != std::byte{}) is_in_head_ = false;
    }

    std::array<std::byte, head_size> head_{};
    std::size_t have_ = 0;
    std::size_t left_;
    std::uint64_t heads_ = 0;
    bool is_in_head_ = false;
};

}  // namespace priz::http::http2
