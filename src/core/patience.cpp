#include "core/socket_access.hpp"
#include "core/sys.hpp"
#include "core/timespec_of.hpp"

namespace priz::detail {

std::error_code patience::wait(int fd, short events) noexcept {
    // poll(2) would wait for nothing at all: the socket was closed since its last call.
    if (fd < 0) return system_code(EBADF);
    for (;;) {
        const auto left = until().remaining();
        if (left && left->nanoseconds() == 0) return errc::timed_out;
        const ::timespec limit = timespec_of(left.value_or(duration()));
        ::pollfd waited{fd, events, 0};
        int cause = 0;
        const int ready =
            run([&] { return sys::ppoll(&waited, 1, left ? &limit : nullptr, nullptr); }, cause);
        if (ready > 0) return {};
        if (ready == 0) return errc::timed_out;
        if (cause != EINTR) return system_code(cause);
        if (const std::error_code stop = interrupted()) return stop;
    }
}

}  // namespace priz::detail
