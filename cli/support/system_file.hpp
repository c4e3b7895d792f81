// cli/support/system_file.hpp: reading the small texts of /proc and /etc.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace priz::cli {

// Without the white space at the end; none when it cannot be read.
std::optional<std::string> read_system_file(const std::string& path);

// The numbers in it; empty when it cannot be read.
std::vector<long long> numbers_in(const std::string& path);

// The words behind `key` in each line that begins with that word, comments left out:
// resolv.conf(5), nsswitch.conf(5).
std::vector<std::string> settings_in(const std::string& path, const std::string& key);

}  // namespace priz::cli
