// The loop of the look-ups that wait: one deadline, with the hook around every wait, so that it can
// be ended at any time and needs no thread.
#include <poll.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "core/around_call.hpp"
#include "core/resolve_dns.hpp"
#include "core/sys.hpp"
#include "core/timespec_of.hpp"

namespace priz::detail {

namespace {

// The watches of one turn, as poll(2) and as the query have them.
class turn {
public:
    explicit turn(std::span<const watched_fd> watches) noexcept : count_(watches.size()) {
        for (std::size_t i = 0; i < count_; ++i) {
            const int events = (watches[i].reads ? POLLIN : 0) | (watches[i].writes ? POLLOUT : 0);
            polled_[i] = {watches[i].fd, static_cast<short>(events), 0};
        }
    }

    // What ppoll(2) says; errno is its own.
    int wait(deadline until, blocking_hook* hook) noexcept {
        const auto left = until.remaining();
        const ::timespec limit = timespec_of(left.value_or(duration()));
        int ready = 0;
        int cause = 0;
        {
            const around_call hooked(hook);
            ready = sys::ppoll(polled_.data(), count_, left ? &limit : nullptr, nullptr);
            cause = errno;
        }
        errno = cause;
        return ready;
    }

    std::span<const watched_fd> ready() noexcept {
        for (std::size_t i = 0; i < count_; ++i) {
            const int came = polled_[i].revents;
            ready_[i] = {polled_[i].fd, (came & (POLLIN | POLLERR | POLLHUP)) != 0,
                         (came & (POLLOUT | POLLERR | POLLHUP)) != 0};
        }
        return std::span(ready_).first(count_);
    }

private:
    std::size_t count_;
    std::array<::pollfd, ARES_GETSOCK_MAXNUM> polled_{};
    std::array<watched_fd, ARES_GETSOCK_MAXNUM> ready_{};
};

std::error_code turn_once(dns_query& query, const lookup& how) noexcept {
    turn now(query.watches());
    if (now.wait(std::min(query.next(), how.until), how.hook) >= 0) {
        query.advance(now.ready());
        return {};
    }
    if (errno != EINTR) return {errno, std::system_category()};
    return how.hook != nullptr ? how.hook->interrupted() : std::error_code();
}

}  // namespace

std::error_code wait_for(dns_query& query, const lookup& how) noexcept {
    while (!query.is_done()) {
        if (const std::error_code stop = turn_once(query, how)) return stop;
        if (!query.is_done() && how.until.has_passed()) return errc::timed_out;
    }
    return {};
}

}  // namespace priz::detail
