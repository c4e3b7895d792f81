// wait_ready.hpp: the loop that select, poll and epoll wait in: one deadline, kept through signals.
#pragma once

#include <optional>

#include "core/socket_access.hpp"
#include "core/timespec_of.hpp"
#include "core/worded.hpp"
#include "priz/deadline.hpp"
#include "priz/duration.hpp"
#include "priz/error.hpp"

namespace priz::detail {

// Runs `call(timeout)`, a system call that waits until something is ready (a null timeout: without
// end), until it says something else than EINTR or the hook ends it; what it returned.
template <class Call>
result<int> wait_ready(const char* operation, deadline until, blocking_hook* hook,
                       Call&& call) noexcept {
    patience patient(hook);
    for (;;) {
        const auto left = until.remaining();
        const ::timespec limit = timespec_of(left.value_or(duration()));
        int cause = 0;
        const int ready = patient.run([&] { return call(left ? &limit : nullptr); }, cause);
        if (ready >= 0) return ready;
        const std::error_code verdict = cause == EINTR ? patient.interrupted() : system_code(cause);
        if (verdict) return std::unexpected(failure(verdict, operation));
    }
}

// When a wait with this timeout ends; a negative one means never, as in poll(2). Errors:
// value_error for not-a-number.
inline result<deadline> end_of_wait(const char* operation,
                                    std::optional<duration> timeout) noexcept {
    if (!timeout) return deadline();
    if (!timeout->is_valid())
        return std::unexpected(
            failure(errc::value_error, operation).with_hint("the timeout is not a number"));
    return timeout->nanoseconds() < 0 ? deadline() : deadline::after(timeout);
}

// The descriptor of what is to be waited for. Errors: value_error for a closed socket.
inline result<int> open_fd(const char* operation, int fd) noexcept {
    if (fd >= 0) return fd;
    failure why(errc::value_error, operation);
    return std::unexpected(worded(why, [&](failure& told) {
        told.with_hint("file descriptor cannot be a negative integer (" + std::to_string(fd) +
                       "), which is what a closed socket has");
    }));
}

}  // namespace priz::detail
