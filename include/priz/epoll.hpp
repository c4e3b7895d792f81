// priz/epoll.hpp: a set of descriptors to wait for, kept in the kernel. For many descriptors of
// which few are ready.
//
//     priz::epoll poller;
//     poller.register_(server, EPOLLIN);
//     for (auto [fd, events] : poller.poll(0.5)) …
//
// Owns its descriptor, which is not inheritable; moves, does not copy. One thread may wait while
// others register and unregister, as epoll(7) allows; closing takes one thread. A descriptor that
// is closed leaves the set by itself, unless a duplicate of it is open. The EPOLL… constants are
// epoll_ctl(2)'s, EPOLLET, EPOLLONESHOT and EPOLLEXCLUSIVE among them. `register` is a C++ keyword:
// register_. Elsewhere: data kept beside each descriptor (selectors.hpp). Python: select.epoll
#pragma once

#include <sys/epoll.h>

#include <cstdint>
#include <optional>
#include <vector>

#include "priz/duration.hpp"
#include "priz/error.hpp"
#include "priz/export.hpp"
#include "priz/selectable.hpp"
#include "priz/unique_fd.hpp"

namespace priz {

class blocking_hook;

class PRIZ_API epoll {
public:
    // Python's arguments are absent: the kernel ignores the size hint, and the one flag,
    // close-on-exec, is always set. Errors: EMFILE, ENFILE, ENOMEM. epoll_create1(2)
    epoll();
    static result<epoll> try_make() noexcept;

    // Takes over an epoll descriptor. Errors: value_error for a negative one.
    static epoll fromfd(int fd);
    static result<epoll> try_fromfd(int fd) noexcept;

    // -1 after close().
    int fileno() const noexcept { return fd_.get(); }
    bool closed() const noexcept { return !fd_; }

    // A second close does nothing. Every other verb of a closed epoll fails with value_error.
    void close();
    result<void> try_close() noexcept;

    // EPOLLERR and EPOLLHUP are reported whether asked for or not. Errors: file_exists when it is
    // registered already, permission_denied for what cannot be waited for (a regular file), EBADF,
    // ENOSPC, EINVAL; value_error for a negative descriptor. epoll_ctl(2)
    void register_(const selectable& what, std::uint32_t events = EPOLLIN | EPOLLPRI | EPOLLOUT);
    result<void> try_register_(const selectable& what,
                               std::uint32_t events = EPOLLIN | EPOLLPRI | EPOLLOUT) noexcept;

    // Also arms an EPOLLONESHOT again. Errors: file_not_found when it is not registered.
    void modify(const selectable& what, std::uint32_t events);
    result<void> try_modify(const selectable& what, std::uint32_t events) noexcept;

    // Errors: file_not_found when it is not registered; EBADF when it has been closed.
    void unregister(const selectable& what);
    result<void> try_unregister(const selectable& what) noexcept;

    // What is ready, at most `maxevents` (-1 means 1023, as in Python; the others come at the next
    // call); nothing when the time was over first. None or a negative timeout waits as long as it
    // takes. Errors: value_error for maxevents 0 or below -1. epoll_pwait2(2); on kernels
    // before 5.11 the timeout is rounded up to milliseconds and is at most 24 days.
    std::vector<fd_event> poll(std::optional<duration> timeout = std::nullopt, int maxevents = -1,
                               blocking_hook* hook = nullptr);
    result<std::vector<fd_event>> try_poll(std::optional<duration> timeout = std::nullopt,
                                           int maxevents = -1,
                                           blocking_hook* hook = nullptr) noexcept;

private:
    explicit epoll(unique_fd fd) noexcept : fd_(static_cast<unique_fd&&>(fd)) {}
    result<void> control(int command, const char* operation, const selectable& what,
                         std::uint32_t events) noexcept;

    unique_fd fd_;
};

}  // namespace priz
