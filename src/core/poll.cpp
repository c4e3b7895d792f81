#include "priz/poll.hpp"

#include <algorithm>
#include <new>

#include "core/sys.hpp"
#include "core/wait_ready.hpp"

namespace priz {

using detail::system_code;

namespace {

failure not_registered(std::error_code cause, const char* operation, int fd) noexcept {
    failure why(cause, operation);
    why.with_subject("fd " + std::to_string(fd)).with_hint("it is not registered");
    return why;
}

// Python takes the mask as an unsigned short too: pollfd has no more.
result<short> checked_events(const char* operation, unsigned events) noexcept {
    if (events <= 0xffff) return static_cast<short>(static_cast<unsigned short>(events));
    failure why(errc::overflow_error, operation);
    why.with_hint("poll(2) knows event bits up to 0xffff");
    return std::unexpected(std::move(why));
}

}  // namespace

std::vector<::pollfd>::iterator poll_object::place_of(int fd) noexcept {
    return std::ranges::lower_bound(entries_, fd, {}, &::pollfd::fd);
}

result<void> poll_object::try_register_(const selectable& what, unsigned events) noexcept try {
    const auto fd = detail::open_fd("register", what.fileno());
    if (!fd) return std::unexpected(fd.error());
    const auto bits = checked_events("register", events);
    if (!bits) return std::unexpected(bits.error());
    const auto place = place_of(*fd);
    if (place != entries_.end() && place->fd == *fd)
        place->events = *bits;
    else
        entries_.insert(place, {*fd, *bits, 0});
    return {};
} catch (const std::bad_alloc&) {
    return std::unexpected(failure(system_code(ENOMEM), "register"));
}

result<void> poll_object::try_modify(const selectable& what, unsigned events) noexcept {
    const auto fd = detail::open_fd("modify", what.fileno());
    if (!fd) return std::unexpected(fd.error());
    const auto bits = checked_events("modify", events);
    if (!bits) return std::unexpected(bits.error());
    const auto place = place_of(*fd);
    if (place == entries_.end() || place->fd != *fd)
        return std::unexpected(not_registered(system_code(ENOENT), "modify", *fd));
    place->events = *bits;
    return {};
}

result<void> poll_object::try_unregister(const selectable& what) noexcept {
    const auto fd = detail::open_fd("unregister", what.fileno());
    if (!fd) return std::unexpected(fd.error());
    const auto place = place_of(*fd);
    if (place == entries_.end() || place->fd != *fd)
        return std::unexpected(not_registered(errc::key_error, "unregister", *fd));
    entries_.erase(place);
    return {};
}

result<std::vector<fd_event>> poll_object::try_poll(std::optional<duration> timeout,
                                                    blocking_hook* hook) noexcept try {
    const auto until = detail::end_of_wait("poll", timeout);
    if (!until) return std::unexpected(until.error());
    const auto count = detail::wait_ready("poll", *until, hook, [&](const ::timespec* limit) {
        return sys::ppoll(entries_.data(), entries_.size(), limit, nullptr);
    });
    if (!count) return std::unexpected(count.error());
    std::vector<fd_event> ready;
    ready.reserve(static_cast<std::size_t>(*count));
    for (const ::pollfd& one : entries_)
        if (one.revents != 0) ready.push_back({one.fd, static_cast<unsigned short>(one.revents)});
    return ready;
} catch (const std::bad_alloc&) {
    return std::unexpected(failure(system_code(ENOMEM), "poll"));
}

void poll_object::register_(const selectable& what, unsigned events) {
    value_or_throw(try_register_(what, events));
}

void poll_object::modify(const selectable& what, unsigned events) {
    value_or_throw(try_modify(what, events));
}

void poll_object::unregister(const selectable& what) { value_or_throw(try_unregister(what)); }

std::vector<fd_event> poll_object::poll(std::optional<duration> timeout, blocking_hook* hook) {
    return value_or_throw(try_poll(timeout, hook));
}

}  // namespace priz
