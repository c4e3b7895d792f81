#include "descriptor_limit.hpp"

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>

#include "exit_code.hpp"

namespace priz::cli {

namespace {

// Standard input and output, the loop, the signals, the resolver.
constexpr std::size_t own_descriptors = 16;
constexpr std::size_t most = std::numeric_limits<std::size_t>::max();

}  // namespace

void make_room_for(std::size_t connections) {
    ::rlimit limit = {};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0)
        throw stop_here(exit_code::failed, fmt::format("getrlimit: {}", std::strerror(errno)));
    const std::size_t needed = std::min(connections, most - own_descriptors) + own_descriptors;
    if (limit.rlim_cur >= needed) return;
    limit.rlim_cur = limit.rlim_max;
    if (limit.rlim_max < needed || ::setrlimit(RLIMIT_NOFILE, &limit) != 0)
        throw stop_here(exit_code::failed,
                        fmt::format("{} connections need {} descriptors, and this process may have "
                                    "{}; ask for fewer, or raise the limit (ulimit -Hn)",
                                    connections, needed, limit.rlim_max));
}

}  // namespace priz::cli
