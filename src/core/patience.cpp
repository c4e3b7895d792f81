#include "core/socket_access.hpp"
#include "core/sys.hpp"

namespace priz::detail {

namespace {

// ppoll(2) waits in nanoseconds, so no timeout is rounded, and in 64 bits of seconds, so none
// overflows.
::timespec as_timespec(duration d) noexcept {
    ::timespec result{};
    result.tv_sec = d.nanoseconds() / 1'000'000'000;
    result.tv_nsec = d.nanoseconds() % 1'000'000'000;
    return result;
}

}  // namespace

std::error_code patience::wait(int fd, short events) noexcept {
    for (;;) {
        const auto left = until().remaining();
        if (left && left->nanoseconds() == 0) return errc::timed_out;
        const ::timespec limit = as_timespec(left.value_or(duration()));
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
