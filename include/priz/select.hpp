// priz/select.hpp: waiting until one of several descriptors is ready. Everything of Python's
// `import select`.
//
// select() takes everything at each call: right for a few descriptors. poll() (poll.hpp) and epoll
// (epoll.hpp) remember what they wait for: right for many. The selectors (selectors.hpp) keep the
// program's own data beside each descriptor and are what a new program wants.
//
// A wait that a signal interrupts goes on with the time that is left; a blocking_hook may end it.
// Timeouts keep their nanoseconds and are never rounded down.
//
// kqueue, kevent and devpoll are absent because Linux has none of them.
// Python: the module select
#pragma once

#include <limits.h>  // PIPE_BUF: select.PIPE_BUF

#include <optional>

#include "priz/duration.hpp"
#include "priz/epoll.hpp"
#include "priz/error.hpp"
#include "priz/export.hpp"
#include "priz/poll.hpp"
#include "priz/selectable.hpp"

namespace priz {

class blocking_hook;

// Those that are ready, each list in the order of the list it was asked in; all empty when the time
// was over first. `auto [readable, writable, exceptional] = priz::select(…);`
struct selection {
    selectables readable;
    selectables writable;
    selectables exceptional;

    bool empty() const noexcept {
        return readable.empty() && writable.empty() && exceptional.empty();
    }
};

// Waits until something of `rlist` can be read (data, end of stream, a connection to accept, or an
// error), something of `wlist` written (or fails at once), or something of `xlist` has out-of-band
// data; without a timeout as long as it takes, with zero not at all. Descriptors above FD_SETSIZE
// are fine. Errors: value_error for a closed socket, a negative descriptor or a negative timeout;
// EBADF when a descriptor is not open. select(2). Python: select.select()
PRIZ_API selection select(const selectables& rlist, const selectables& wlist,
                          const selectables& xlist, std::optional<duration> timeout = std::nullopt,
                          blocking_hook* hook = nullptr);
PRIZ_API result<selection> try_select(const selectables& rlist, const selectables& wlist,
                                      const selectables& xlist,
                                      std::optional<duration> timeout = std::nullopt,
                                      blocking_hook* hook = nullptr) noexcept;

}  // namespace priz
