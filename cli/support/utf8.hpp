// cli/support/utf8.hpp: reading UTF-8 one character at a time.
#pragma once

#include <cstddef>
#include <string_view>

namespace priz::cli {

// The character at the beginning of a text. `size` is 0 where the bytes are not UTF-8 (overlong
// forms and surrogates are not), and `cut` says that they could become it with more bytes behind
// them.
struct utf8_character {
    char32_t code = 0;
    std::size_t size = 0;
    bool cut = false;
};

utf8_character first_character(std::string_view text) noexcept;
bool is_utf8(std::string_view text) noexcept;

}  // namespace priz::cli
