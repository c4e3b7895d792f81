// cli/support/byte_pattern.hpp: bytes among which none that is missing, doubled or out of place
// goes unseen.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace priz::cli {

// An endless stream, the same in every run. Its period is a prime number, so that no message size
// hides a shift.
class byte_pattern {
public:
    // How long a piece of it may be that is asked for at once.
    static constexpr std::size_t piece_max = 256 * 1024;

    byte_pattern() : bytes_(period + piece_max) {
        std::uint32_t state = 0x9e3779b9;
        for (std::size_t i = 0; i < period; ++i) {
            state ^= state << 13U;
            state ^= state >> 17U;
            state ^= state << 5U;
            bytes_[i] = static_cast<char>(state);
        }
        for (std::size_t i = period; i < bytes_.size(); ++i) bytes_[i] = bytes_[i - period];
    }

    // What lies from `offset` on, at most piece_max of it.
    std::string_view at(std::uint64_t offset, std::size_t size) const noexcept {
        return {bytes_.data() + offset % period, std::min(size, piece_max)};
    }

private:
    static constexpr std::size_t period = 65'521;

    std::vector<char> bytes_;
};

}  // namespace priz::cli
