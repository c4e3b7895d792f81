// priz/poll.hpp: a set of descriptors to wait for, kept in the program and handed to the kernel at
// each wait.
//
//     priz::poll_object poller = priz::poll();
//     poller.register_(server, POLLIN);
//     for (auto [fd, events] : poller.poll(500ms)) …
//
// The names are Python's. Where Python's is a C++ keyword, an underscore follows it, as PEP 8 does
// in the same need: register_. Python's poll() counts its timeout in milliseconds where every other
// timeout counts seconds, so here it takes no plain number at all: say 500ms or
// priz::duration(0.5). One thread at a time. The POLL… constants are poll(2)'s. Elsewhere: epoll
// (epoll.hpp), which scales better. Python: select.poll()
#pragma once

#include <poll.h>

#include <concepts>
#include <optional>
#include <vector>

#include "priz/duration.hpp"
#include "priz/error.hpp"
#include "priz/export.hpp"
#include "priz/selectable.hpp"

namespace priz {

class blocking_hook;

class PRIZ_API poll_object {
public:
    poll_object() noexcept = default;

    // Adds a descriptor, or changes what is waited for on one that is there already. POLLERR,
    // POLLHUP and POLLNVAL are reported whether asked for or not. Errors: value_error for a
    // negative descriptor; overflow_error for bits above 0xffff.
    void register_(const selectable& what, unsigned events = POLLIN | POLLPRI | POLLOUT);
    result<void> try_register_(const selectable& what,
                               unsigned events = POLLIN | POLLPRI | POLLOUT) noexcept;

    // Errors: ENOENT (file_not_found) when it is not registered; as register_().
    void modify(const selectable& what, unsigned events);
    result<void> try_modify(const selectable& what, unsigned events) noexcept;

    // Errors: key_error when it is not registered; value_error.
    void unregister(const selectable& what);
    result<void> try_unregister(const selectable& what) noexcept;

    // What is ready, in no order that means anything; nothing when the time was over first. None or
    // a negative timeout waits as long as it takes. A descriptor that has been closed is reported
    // with POLLNVAL. poll(2)
    std::vector<fd_event> poll(std::optional<duration> timeout = std::nullopt,
                               blocking_hook* hook = nullptr);
    result<std::vector<fd_event>> try_poll(std::optional<duration> timeout = std::nullopt,
                                           blocking_hook* hook = nullptr) noexcept;

    // A plain number: seconds or milliseconds?
    template <class Number>
    requires std::integral<Number> || std::floating_point<Number> std::vector<fd_event> poll(
        Number timeout, blocking_hook* hook = nullptr)
    = delete;
    template <class Number>
    requires std::integral<Number> || std::floating_point<Number> result<std::vector<fd_event>>
    try_poll(Number timeout, blocking_hook* hook = nullptr)
    = delete;

private:
    std::vector<::pollfd>::iterator place_of(int fd) noexcept;

    std::vector<::pollfd> entries_;  // by descriptor
};

// Python: select.poll()
inline poll_object poll() noexcept { return {}; }

}  // namespace priz
