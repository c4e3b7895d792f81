#include "io/epoll/epoll_backend.hpp"

#include <algorithm>
#include <cerrno>
#include <limits>
#include <utility>

#include "core/sys.hpp"
#include "core/sys_direct.hpp"
#include "io/kernel_sockets.hpp"

namespace priz::io::detail {

namespace {

constexpr std::uint32_t endings = EPOLLRDHUP | EPOLLHUP | EPOLLERR | EPOLLPRI;
constexpr std::int64_t ns_per_s = 1'000'000'000;
constexpr std::int64_t ns_per_ms = 1'000'000;

static_assert(int{EPOLLIN} == int{endpoint::may_read} && int{EPOLLOUT} == int{endpoint::may_write});

inline int news_of(std::uint32_t events) noexcept {
    // Data for a connection that can take some, too.
    if (events == (EPOLLIN | EPOLLOUT)) [[likely]]
        return endpoint::may_read | endpoint::may_write;
    const int news = static_cast<int>(events & (EPOLLIN | EPOLLOUT));
    if ((events & endings) == 0) return news;
    const bool breaks = (events & (EPOLLHUP | EPOLLERR)) != 0;
    return news | endpoint::may_read | endpoint::has_ended | (breaks ? endpoint::may_write : 0);
}

failure failed(const char* what) {
    failure why(std::error_code(errno, std::system_category()), what);
    return why;
}

}  // namespace

result<std::unique_ptr<backend>> epoll_backend::make() {
    unique_fd set(sys::epoll_create1(0));
    if (!set) return std::unexpected(failed("epoll_create1"));
    unique_fd waker(sys::eventfd(0, EFD_NONBLOCK));
    if (!waker) return std::unexpected(failed("eventfd"));
    ::epoll_event event{};
    event.events = EPOLLIN | EPOLLET;
    std::unique_ptr<epoll_backend> made(new epoll_backend(std::move(set), std::move(waker)));
    made->wakes_.reader = &made->wakes_heard_;
    event.data.ptr = &made->wakes_;
    if (sys::epoll_ctl(made->set_.get(), EPOLL_CTL_ADD, made->waker_.get(), &event) != 0)
        return std::unexpected(failed("epoll_ctl"));
    return made;
}

int epoll_backend::open(int family, int type, int proto, opened& made) noexcept {
    return open_kernel_socket(family, type, proto, made);
}

int epoll_backend::watch(endpoint& e, bool) noexcept {
    if (e.has(endpoint::watched_in)) {
        e.set(endpoint::watched_out);
        return 0;
    }
    ::epoll_event event{};
    event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLPRI | EPOLLET;
    event.data.ptr = &e;
    if (sys::epoll_ctl(set_.get(), EPOLL_CTL_ADD, e.fd, &event) != 0) return -errno;
    e.set(endpoint::watched_in);
    e.set(endpoint::watched_out);
    return 0;
}

void epoll_backend::forget(endpoint& e) noexcept {
    if (e.via != nullptr) {
        e.via->close(e);
    } else {
        ::epoll_event unused{};
        if (e.has(endpoint::watched_in)) sys::epoll_ctl(set_.get(), EPOLL_CTL_DEL, e.fd, &unused);
        sys::close(e.fd);
    }
    gone_.push_back(&e);
}

void epoll_backend::wait(loop_core& loop, std::int64_t deadline) noexcept {
    const int count = deadline == never
                          ? sys::direct_epoll_wait(set_.get(), events_.data(), batch, -1)
                          : fetch(deadline);
    for (int i = 0; i < count; ++i) {
        const ::epoll_event& event = events_[static_cast<std::size_t>(i)];
        loop_core::report(*static_cast<endpoint*>(event.data.ptr), news_of(event.events));
    }
    if (!gone_.empty()) free_gone(loop);
}

void epoll_backend::free_gone(loop_core& loop) noexcept {
    for (endpoint* const e : gone_) loop.free_endpoint(*e);
    gone_.clear();
}

// How many events there are; an interrupted wait has none.
int epoll_backend::fetch(std::int64_t deadline) noexcept {
    if (deadline == 0) return sys::epoll_wait(set_.get(), events_.data(), batch, 0);
    const std::int64_t left = std::max<std::int64_t>(deadline - now(), 0);
    if (!has_pwait2_) return fetch_in_milliseconds(left);
    const ::timespec limit{left / ns_per_s, left % ns_per_s};
    const int count = sys::epoll_pwait2(set_.get(), events_.data(), batch, &limit, nullptr);
    if (count >= 0 || errno == EINTR) return count;
    // Linux before 5.11, or a sandbox of that time.
    has_pwait2_ = false;
    return fetch_in_milliseconds(left);
}

int epoll_backend::fetch_in_milliseconds(std::int64_t left) noexcept {
    const std::int64_t whole = left / ns_per_ms + (left % ns_per_ms != 0 ? 1 : 0);
    const auto limit =
        static_cast<int>(std::min<std::int64_t>(whole, std::numeric_limits<int>::max()));
    return sys::epoll_wait(set_.get(), events_.data(), batch, limit);
}

void epoll_backend::wake() noexcept {
    const std::uint64_t one = 1;
    // Edge-triggered, it wakes without being read. It fails only where 2^64 - 2 wake-ups are
    // waiting already.
    static_cast<void>(sys::write(waker_.get(), &one, sizeof one));
}

std::int64_t epoll_backend::now() noexcept { return monotonic_nanoseconds(); }

}  // namespace priz::io::detail
