// open_descriptors.hpp: for tests: how many descriptors this process has.
#pragma once

#include <filesystem>
#include <iterator>

namespace priz::test {

// The one that it reads the folder with is counted each time.
inline std::size_t open_descriptors() {
    const std::filesystem::directory_iterator all("/proc/self/fd");
    return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

}  // namespace priz::test
