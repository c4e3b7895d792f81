// select() on ppoll(2).
//
// select(2) takes bit sets of FD_SETSIZE (1024) descriptors and ignores, without a word, those
// beyond the process's table of descriptors; poll(2) has neither fault, and its cost does not
// depend on how high the numbers are. So each list becomes poll bits, by the kernel's own table
// (fs/select.c):
//
//     readable     POLLIN POLLRDNORM POLLRDBAND POLLHUP POLLERR
//     writable     POLLOUT POLLWRNORM POLLWRBAND POLLERR
//     exceptional  POLLPRI
//     EBADF        POLLNVAL
//
// A descriptor that stands in several lists is one entry, as poll(2) refuses more entries than the
// process may have descriptors.
//
// One thing poll(2) cannot do: it reports POLLHUP and POLLERR always. A descriptor that has hung up
// and is waited for in `wlist` or `xlist` alone is not ready by the table, and poll(2) would return
// at once, for ever. That is rare and cannot be waited out by leaving the descriptor out, since it
// may yet become writable (a Unix stream shut down in both directions with its buffer full). When
// it happens the wait goes on in pselect(2), whose sets the kernel takes at any size; every
// descriptor is known to be open by then, so that nothing is beyond the table.
#include "priz/select.hpp"

#include <algorithm>
#include <climits>
#include <new>

#include "core/sys.hpp"
#include "core/wait_ready.hpp"

namespace priz {

namespace {

constexpr short readable_bits = POLLIN | POLLRDNORM | POLLRDBAND | POLLHUP | POLLERR;
constexpr short writable_bits = POLLOUT | POLLWRNORM | POLLWRBAND | POLLERR;
constexpr short exceptional_bits = POLLPRI;

using entries = std::vector<::pollfd>;

struct lists {
    const selectables& readable;
    const selectables& writable;
    const selectables& exceptional;
};

result<void> append(entries& all, const selectables& list, short events) {
    for (const selectable& item : list) {
        const auto fd = detail::open_fd("select", item.fileno());
        if (!fd) return std::unexpected(fd.error());
        all.push_back({*fd, events, 0});
    }
    return {};
}

// One entry for each descriptor, by descriptor.
void merge(entries& all) {
    std::ranges::sort(all, {}, &::pollfd::fd);
    auto last = all.begin();
    for (const ::pollfd& one : all) {
        if (last->fd == one.fd)
            last->events = static_cast<short>(last->events | one.events);
        else
            *++last = one;
    }
    if (!all.empty()) all.erase(last + 1, all.end());
}

result<entries> entries_of(const lists& asked) {
    entries all;
    for (const auto& [list, events] :
         {std::pair(&asked.readable, short{POLLIN | POLLRDNORM | POLLRDBAND}),
          std::pair(&asked.writable, short{POLLOUT | POLLWRNORM | POLLWRBAND}),
          std::pair(&asked.exceptional, short{POLLPRI})}) {
        const auto appended = append(all, *list, events);
        if (!appended) return std::unexpected(appended.error());
    }
    merge(all);
    return all;
}

selectables ready_of(const selectables& list, const entries& all, short bits) {
    selectables ready;
    for (const selectable& item : list) {
        const auto entry = std::ranges::lower_bound(all, item.fileno(), {}, &::pollfd::fd);
        if ((entry->revents & bits) != 0) ready.push_back(item);
    }
    return ready;
}

selection selection_of(const lists& asked, const entries& all) {
    return {ready_of(asked.readable, all, readable_bits),
            ready_of(asked.writable, all, writable_bits),
            ready_of(asked.exceptional, all, exceptional_bits)};
}

result<void> refuse_closed(const entries& all) {
    const auto closed_one = std::ranges::find_if(
        all, [](const ::pollfd& one) { return (one.revents & POLLNVAL) != 0; });
    if (closed_one == all.end()) return {};
    failure why(detail::system_code(EBADF), "select");
    why.with_subject("fd " + std::to_string(closed_one->fd)).with_hint("it is not open");
    return std::unexpected(std::move(why));
}

// A bit set for select(2) of any size.
class wide_set {
public:
    explicit wide_set(int highest) : words_(static_cast<std::size_t>(highest) / bits + 1) {}
    void add(int fd) noexcept { word(fd) |= mask(fd); }
    bool has(int fd) noexcept { return (word(fd) & mask(fd)) != 0; }
    ::fd_set* data() noexcept { return reinterpret_cast<::fd_set*>(words_.data()); }

private:
    static constexpr std::size_t bits = sizeof(unsigned long) * CHAR_BIT;
    static unsigned long mask(int fd) noexcept {
        return 1UL << (static_cast<std::size_t>(fd) % bits);
    }
    unsigned long& word(int fd) noexcept { return words_[static_cast<std::size_t>(fd) / bits]; }

    std::vector<unsigned long> words_;
};

// Waits in pselect(2) and leaves in `all` what it found.
result<void> wait_by_sets(entries& all, deadline until, blocking_hook* hook) {
    const int highest = all.back().fd;
    const wide_set none(highest);
    wide_set reading = none, writing = none, excepting = none;
    const auto waited = detail::wait_ready("select", until, hook, [&](const ::timespec* limit) {
        reading = writing = excepting = none;
        for (const ::pollfd& one : all) {
            if ((one.events & POLLIN) != 0) reading.add(one.fd);
            if ((one.events & POLLOUT) != 0) writing.add(one.fd);
            if ((one.events & POLLPRI) != 0) excepting.add(one.fd);
        }
        return sys::pselect(highest + 1, reading.data(), writing.data(), excepting.data(), limit,
                            nullptr);
    });
    if (!waited) return std::unexpected(waited.error());
    for (::pollfd& one : all)
        one.revents = *waited == 0 ? short{0}
                                   : static_cast<short>((reading.has(one.fd) ? POLLIN : 0) |
                                                        (writing.has(one.fd) ? POLLOUT : 0) |
                                                        (excepting.has(one.fd) ? POLLPRI : 0));
    return {};
}

result<selection> wait_for(const lists& asked, deadline until, blocking_hook* hook) {
    auto all = entries_of(asked);
    if (!all) return std::unexpected(all.error());
    const auto waited = detail::wait_ready("select", until, hook, [&](const ::timespec* limit) {
        return sys::ppoll(all->data(), all->size(), limit, nullptr);
    });
    if (!waited) return std::unexpected(waited.error());
    if (const auto open = refuse_closed(*all); !open) return std::unexpected(open.error());
    selection found = selection_of(asked, *all);
    if (*waited == 0 || !found.empty()) return found;
    const auto waited_on = wait_by_sets(*all, until, hook);
    if (!waited_on) return std::unexpected(waited_on.error());
    return selection_of(asked, *all);
}

}  // namespace

result<selection> try_select(const selectables& rlist, const selectables& wlist,
                             const selectables& xlist, std::optional<duration> timeout,
                             blocking_hook* hook) noexcept try {
    const auto until = detail::end_of_wait("select", timeout);
    if (!until) return std::unexpected(until.error());
    if (timeout && timeout->nanoseconds() < 0)
        return std::unexpected(
            failure(errc::value_error, "select").with_hint("timeout must be non-negative"));
    return wait_for({rlist, wlist, xlist}, *until, hook);
} catch (const std::bad_alloc&) {
    return std::unexpected(failure(detail::system_code(ENOMEM), "select"));
}

selection select(const selectables& rlist, const selectables& wlist, const selectables& xlist,
                 std::optional<duration> timeout, blocking_hook* hook) {
    return value_or_throw(try_select(rlist, wlist, xlist, timeout, hook));
}

}  // namespace priz
