// budget.hpp: what a peer may ask for without doing anything useful.
//
// The floods of HTTP/2 are frames that cost the receiver more than the sender. A codec knows no
// clock, so it counts no frames a second: it counts frames against useful work. Each useless frame
// takes from the budget, each piece of work (an exchange that was carried to its end, content that
// was moved) gives back, never beyond what the budget was at the beginning. A connection that works
// may go on for ever; one that does not comes to its end after a fixed number of frames, at
// whatever pace they come.
#pragma once

#include <algorithm>
#include <cstdint>

namespace priz::http::http2 {

class budget {
public:
    explicit constexpr budget(std::uint32_t most) noexcept : most_(most), left_(most) {}

    // False where it is used up.
    [[nodiscard]] constexpr bool take() noexcept {
        if (left_ == 0) return false;
        --left_;
        return true;
    }
    constexpr void give(std::uint32_t count) noexcept { left_ += std::min(count, most_ - left_); }
    constexpr std::uint32_t left() const noexcept { return left_; }

private:
    std::uint32_t most_;
    std::uint32_t left_;
};

}  // namespace priz::http::http2
