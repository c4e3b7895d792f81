// cli/support/size_text.hpp: numbers of bytes as people type and read them: `64`, `16k`, `1m`.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace priz::cli {

// A whole number of 1 or more, with `k` or `m` behind it for as many times 1024 or 1048576. None
// for anything else.
std::optional<std::size_t> parse_size(std::string_view text);

// For people, in powers of 1000: `512 bytes`, `1.5 kB`, `79 MB`.
std::string size_text(double bytes);

}  // namespace priz::cli
