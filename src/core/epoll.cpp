// epoll.
//
// Facts of the kernel that show. epoll_wait(2) counts in milliseconds of a 32-bit int;
// epoll_pwait2(2), from Linux 5.11 on, takes a timespec. Where it is missing (ENOSYS; EPERM in
// sandboxes whose filter is older than it) each wait falls back to epoll_wait with the timeout
// rounded up and clamped. The answer is not remembered: one failing call costs little beside a
// wait, and memory of it would be shared state. Events come at most `maxevents` at a call, the
// others at the next: the kernel takes turns, nothing starves.
#include "priz/epoll.hpp"

#include <climits>
#include <memory>
#include <new>
#include <span>

#include "core/sys.hpp"
#include "core/wait_ready.hpp"

namespace priz {

using detail::system_code;

namespace {

failure without_number(const char* operation) noexcept {
    failure why(errc::value_error, operation);
    why.with_hint("I/O operation on closed epoll object");
    return why;
}

const char* advice_for(int cause) noexcept {
    switch (cause) {
        case EEXIST:
            return "it is registered already; modify() changes what is waited for";
        case ENOENT:
            return "it is not registered";
        case EPERM:
            return "this kind of file cannot be waited for: it is always ready";
        case ENOSPC:
            return "the limit is in /proc/sys/fs/epoll/max_user_watches";
        case EMFILE:
            return "this process has as many descriptors as it may (see: ulimit -n)";
        default:
            return "";
    }
}

failure refused(int cause, const char* operation, std::string subject) noexcept {
    failure why(system_code(cause), operation);
    if (!subject.empty()) why.with_subject(std::move(subject));
    return why.with_hint(advice_for(cause));
}

// In milliseconds, rounded up, clamped to what an int holds; -1 for no timeout.
int milliseconds_of(const ::timespec* limit) noexcept {
    if (limit == nullptr) return -1;
    if (limit->tv_sec >= INT_MAX / 1000) return INT_MAX;
    return static_cast<int>(limit->tv_sec * 1000 + (limit->tv_nsec + 999'999) / 1'000'000);
}

int wait_once(int fd, ::epoll_event* events, int room, const ::timespec* limit) noexcept {
    const int ready = sys::epoll_pwait2(fd, events, room, limit, nullptr);
    if (ready >= 0 || (errno != ENOSYS && errno != EPERM)) return ready;
    return sys::epoll_wait(fd, events, room, milliseconds_of(limit));
}

result<int> checked_room(int maxevents) noexcept {
    if (maxevents == -1) return FD_SETSIZE - 1;
    if (maxevents > 0) return maxevents;
    failure why(errc::value_error, "poll");
    return std::unexpected(detail::worded(why, [&](failure& told) {
        told.with_hint("maxevents must be greater than 0, got " + std::to_string(maxevents));
    }));
}

}  // namespace

result<epoll> epoll::try_make() noexcept {
    unique_fd fd(sys::epoll_create1(0));
    if (!fd) return std::unexpected(refused(errno, "epoll", {}));
    return epoll(std::move(fd));
}

epoll::epoll() : epoll(value_or_throw(try_make())) {}

result<epoll> epoll::try_fromfd(int fd) noexcept {
    const auto known = detail::open_fd("fromfd", fd);
    if (!known) return std::unexpected(known.error());
    return epoll(unique_fd(*known));
}

epoll epoll::fromfd(int fd) { return value_or_throw(try_fromfd(fd)); }

result<void> epoll::try_close() noexcept {
    if (!fd_ || sys::close(fd_.release()) == 0 || errno == EINTR) return {};
    return std::unexpected(failure(system_code(errno), "close"));
}

void epoll::close() { value_or_throw(try_close()); }

result<void> epoll::control(int command, const char* operation, const selectable& what,
                            std::uint32_t events) noexcept {
    if (closed()) return std::unexpected(without_number(operation));
    const auto fd = detail::open_fd(operation, what.fileno());
    if (!fd) return std::unexpected(fd.error());
    ::epoll_event event{};
    event.events = events;
    event.data.fd = *fd;
    if (sys::epoll_ctl(fd_.get(), command, *fd, &event) == 0) return {};
    return std::unexpected(refused(errno, operation, "fd " + std::to_string(*fd)));
}

result<void> epoll::try_register_(const selectable& what, std::uint32_t events) noexcept {
    return control(EPOLL_CTL_ADD, "register", what, events);
}

result<void> epoll::try_modify(const selectable& what, std::uint32_t events) noexcept {
    return control(EPOLL_CTL_MOD, "modify", what, events);
}

result<void> epoll::try_unregister(const selectable& what) noexcept {
    return control(EPOLL_CTL_DEL, "unregister", what, 0);
}

result<std::vector<fd_event>> epoll::try_poll(std::optional<duration> timeout, int maxevents,
                                              blocking_hook* hook) noexcept try {
    if (closed()) return std::unexpected(without_number("poll"));
    const auto room = checked_room(maxevents);
    if (!room) return std::unexpected(room.error());
    const auto until = detail::end_of_wait("poll", timeout);
    if (!until) return std::unexpected(until.error());
    const auto events =
        std::make_unique_for_overwrite<::epoll_event[]>(static_cast<std::size_t>(*room));
    const auto count = detail::wait_ready("poll", *until, hook, [&](const ::timespec* limit) {
        return wait_once(fd_.get(), events.get(), *room, limit);
    });
    if (!count) return std::unexpected(count.error());
    std::vector<fd_event> ready;
    ready.reserve(static_cast<std::size_t>(*count));
    for (const ::epoll_event& one : std::span(events.get(), static_cast<std::size_t>(*count)))
        ready.push_back({one.data.fd, one.events});
    return ready;
} catch (const std::exception&) {
    return std::unexpected(failure(system_code(ENOMEM), "poll"));
}

void epoll::register_(const selectable& what, std::uint32_t events) {
    value_or_throw(try_register_(what, events));
}

void epoll::modify(const selectable& what, std::uint32_t events) {
    value_or_throw(try_modify(what, events));
}

void epoll::unregister(const selectable& what) { value_or_throw(try_unregister(what)); }

std::vector<fd_event> epoll::poll(std::optional<duration> timeout, int maxevents,
                                  blocking_hook* hook) {
    return value_or_throw(try_poll(timeout, maxevents, hook));
}

}  // namespace priz
