// reading.hpp: a connection's bytes, as priz::http reads them, on one line of text.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace http1 {

// What the bytes are.
enum class side { request, response, response_to_head, response_to_connect };

// "reads …" for each message, or "begins …" where its content was refused or is not whole; and at
// the end "refuses …" where something was. `slices` are the bytes as they come, after which the
// stream ends.
std::string reading_of(side what, const std::vector<std::string_view>& slices);

// Bytes written for a table: \r \n \t \0 \\ \xNN, and \{TEXT*COUNT} for a text that is repeated.
std::string unescaped(std::string_view text);
std::string escaped(std::string_view bytes);

}  // namespace http1
