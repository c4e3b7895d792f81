// kernel_sockets.hpp: what the two backends on the kernel share.
#pragma once

#include <cerrno>
#include <cstdint>

#include "core/sys.hpp"
#include "io/backend.hpp"

namespace priz::io::detail {

// Sockets are non-blocking for connect(), accept() and sendfile(), which cannot be told per call.
inline int open_kernel_socket(int family, int type, int proto, opened& made) noexcept {
    made.fd = sys::socket(family, type | SOCK_NONBLOCK, proto);
    return made.fd < 0 ? -errno : 0;
}

inline std::int64_t monotonic_nanoseconds() noexcept {
    ::timespec now{};
    sys::clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1'000'000'000LL + now.tv_nsec;
}

}  // namespace priz::io::detail
