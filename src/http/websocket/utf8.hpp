// utf8.hpp: whether bytes that come in pieces are UTF-8 (RFC 3629, 4).
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

namespace priz::http::detail {

class utf8_check {
public:
    // False as soon as no continuation could make it right: nothing more is to be asked then.
    bool add(std::string_view piece) noexcept {
        const char* at = piece.data();
        const char* const end = at + piece.size();
        while (at != end) {
            if (left_ == 0 && end - at >= 8) {
                // Eight bytes of ASCII at once.
                std::uint64_t word;
                std::memcpy(&word, at, sizeof word);
                if ((word & 0x8080808080808080) == 0) {
                    at += 8;
                    continue;
                }
            }
            if (!take(static_cast<unsigned char>(*at++))) return false;
        }
        return true;
    }
    // Whether it may end here: amid no character.
    bool is_whole() const noexcept { return left_ == 0; }
    void reset() noexcept { left_ = 0; }

private:
    bool take(unsigned char c) noexcept {
        if (left_ > 0) {
            if (c < low_ || c > high_) return false;
            low_ = 0x80;
            high_ = 0xbf;
            --left_;
            return true;
        }
        if (c < 0x80) return true;
        if (c < 0xc2 || c > 0xf4) return false;
        left_ = c < 0xe0 ? 1 : c < 0xf0 ? 2 : 3;
        // No character has two spellings, none is a surrogate, and none lies beyond U+10FFFF.
        low_ = c == 0xe0 ? 0xa0 : c == 0xf0 ? 0x90 : 0x80;
        high_ = c == 0xed ? 0x9f : c == 0xf4 ? 0x8f : 0xbf;
        return true;
    }

    std::uint8_t left_ = 0;  // bytes of the character that is begun
    unsigned char low_ = 0x80;
    unsigned char high_ = 0xbf;
};

}  // namespace priz::http::detail
