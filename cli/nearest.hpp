// cli/nearest.hpp: what somebody probably meant to type.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace priz::cli {

// The one of `known` that is fewest changes, insertions, omissions and swaps away; empty where none
// is close.
std::string nearest(std::string_view typed, const std::vector<std::string>& known);

}  // namespace priz::cli
