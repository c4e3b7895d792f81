// cli/support/duration_text.hpp: lengths of time as people type them: `5`, `2.5s`, `250ms`, `2m`,
// `1h`.
#pragma once

#include <priz/duration.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace priz::cli {

// A decimal number and a unit: `ms`, `s` (also without), `m`, `h`. None for anything else, negative
// numbers included.
std::optional<duration> parse_duration(std::string_view text);

// For people: `81.2 µs`, `250 ms`, `2.5 s`.
std::string duration_text(duration d);

}  // namespace priz::cli
