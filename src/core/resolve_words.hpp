// resolve_words.hpp: the tables in /etc that name look-up reads, as lines of words.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace priz::detail {

// Takes the first line off `text`; without its end and without its comment, which `#` begins.
std::string_view next_line(std::string_view& text) noexcept;

// The words between spaces and tabs.
std::vector<std::string_view> split_words(std::string_view line);

// A file's whole text; empty where there is none or it is not for this program to read, as the C
// library has it. Errors: the system's, when reading fails.
std::expected<std::string, std::error_code> read_table(const std::string& path);

// Host names and database words are ASCII, and their case does not count.
bool same_name(std::string_view a, std::string_view b) noexcept;

}  // namespace priz::detail
