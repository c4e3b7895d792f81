// The three selectors: EVENT_… bits to the kernel's and back.
//
// A descriptor in error or hung up is both readable and writable, as the next read or write tells
// what is wrong; that is Python's reading of the bits too. EPOLLIN, EPOLLOUT and their poll(2)
// namesakes have the same values.
#include <algorithm>

#include "core/wait_ready.hpp"
#include "priz/select.hpp"
#include "priz/selectors.hpp"

namespace priz {

static_assert(EPOLLIN == POLLIN && EPOLLOUT == POLLOUT);

namespace {

unsigned bits_of(unsigned events) noexcept {
    return ((events & EVENT_READ) != 0 ? POLLIN : 0U) |
           ((events & EVENT_WRITE) != 0 ? POLLOUT : 0U);
}

unsigned events_of(unsigned bits) noexcept {
    const unsigned in = POLLIN, out = POLLOUT;
    return ((bits & ~out) != 0 ? EVENT_READ : 0U) | ((bits & ~in) != 0 ? EVENT_WRITE : 0U);
}

result<std::vector<fd_event>> with_events(result<std::vector<fd_event>>&& found) noexcept {
    if (found)
        for (fd_event& one : *found) one.events = events_of(one.events);
    return std::move(found);
}

}  // namespace

epoll_selector::~epoll_selector() = default;
poll_selector::~poll_selector() = default;
select_selector::~select_selector() = default;

result<epoll_selector> epoll_selector::try_make() noexcept {
    auto poller = epoll::try_make();
    if (!poller) return std::unexpected(poller.error());
    return epoll_selector(std::move(*poller));
}

result<void> epoll_selector::add(int fd, unsigned events) noexcept {
    return epoll_.try_register_(fd, bits_of(events));
}

result<void> epoll_selector::change(int fd, unsigned events) noexcept {
    return epoll_.try_modify(fd, bits_of(events));
}

void epoll_selector::remove(int fd) noexcept {
    // Fails when the descriptor was closed and has left the set by itself.
    static_cast<void>(epoll_.try_unregister(fd));
}

result<std::vector<fd_event>> epoll_selector::wait(std::optional<duration> timeout,
                                                   blocking_hook* hook) noexcept {
    const int room = static_cast<int>(std::max<std::size_t>(get_map().size(), 1));
    return with_events(epoll_.try_poll(timeout, room, hook));
}

result<void> epoll_selector::shut() noexcept { return epoll_.try_close(); }

result<void> poll_selector::add(int fd, unsigned events) noexcept {
    return poll_.try_register_(fd, bits_of(events));
}

result<void> poll_selector::change(int fd, unsigned events) noexcept {
    return poll_.try_modify(fd, bits_of(events));
}

void poll_selector::remove(int fd) noexcept {
    // Cannot fail for what was added.
    static_cast<void>(poll_.try_unregister(fd));
}

result<std::vector<fd_event>> poll_selector::wait(std::optional<duration> timeout,
                                                  blocking_hook* hook) noexcept {
    return with_events(poll_.try_poll(timeout, hook));
}

result<void> poll_selector::shut() noexcept {
    poll_ = poll_object();
    return {};
}

// select() is told everything at each call; there is nothing to keep beside the map.
result<void> select_selector::add(int, unsigned) noexcept { return {}; }
result<void> select_selector::change(int, unsigned) noexcept { return {}; }
void select_selector::remove(int) noexcept {}
result<void> select_selector::shut() noexcept { return {}; }

result<std::vector<fd_event>> select_selector::wait(std::optional<duration> timeout,
                                                    blocking_hook* hook) noexcept try {
    selectables reading, writing;
    for (const auto& [fd, key] : get_map()) {
        if ((key.events & EVENT_READ) != 0) reading.push_back(fd);
        if ((key.events & EVENT_WRITE) != 0) writing.push_back(fd);
    }
    const auto found = priz::try_select(reading, writing, {}, timeout, hook);
    if (!found) return std::unexpected(found.error());
    std::map<int, unsigned> events;
    for (const selectable& one : found->readable) events[one.fileno()] |= EVENT_READ;
    for (const selectable& one : found->writable) events[one.fileno()] |= EVENT_WRITE;
    std::vector<fd_event> ready;
    for (const auto& [fd, come] : events) ready.push_back({fd, come});
    return ready;
} catch (const std::bad_alloc&) {
    return std::unexpected(failure(detail::system_code(ENOMEM), "select"));
}

}  // namespace priz
