// cli/support/text.hpp: lines.
#pragma once

#include <string_view>

namespace priz::cli {

// Without the white space (ASCII) at both ends.
std::string_view stripped(std::string_view text) noexcept;

// Takes the first line from the front, without its newline; all of it where there is none.
std::string_view take_line(std::string_view& text) noexcept;

}  // namespace priz::cli
