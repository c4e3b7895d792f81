// stream_failure.hpp: failures that are found above a stream, told with its addresses.
#pragma once

#include <sys/socket.h>

#include <system_error>

#include "core/names.hpp"
#include "priz/address.hpp"
#include "priz/error.hpp"
#include "priz/io/detail/loop_core.hpp"
#include "priz/io/stream.hpp"

namespace priz::io::detail {

inline failure failure_on(const stream& s, std::error_code cause, const char* operation) {
    failure why(cause, operation);
    const auto local = s.try_getsockname();
    const auto remote = s.try_getpeername();
    why.with(local ? &*local : nullptr, remote ? &*remote : nullptr);
    if (local) why.with_transport(priz::detail::transport_name(local->family(), SOCK_STREAM, 0));
    return why;
}

// One verb at a time, of what reads or writes a stream; and none in a scope that was cancelled.
// Success: the verb may begin, and sets `is_busy` for as long as it runs.
inline result<void> may_begin(const stream& s, bool is_busy, const char* operation) {
    if (this_loop_core().is_cancelled())
        return std::unexpected(failure_on(s, errc::cancelled, operation));
    if (!is_busy) return {};
    failure why = failure_on(s, std::error_code(EBUSY, std::system_category()), operation);
    why.with_hint("another task is using it");
    return std::unexpected(why);
}

}  // namespace priz::io::detail
