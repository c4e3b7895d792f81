#include <atomic>

#include "core/default_timeout.hpp"
#include "core/shared_fd.hpp"
#include "core/socket_access.hpp"
#include "core/sys.hpp"

namespace priz {

namespace detail {

namespace {

// Python's setdefaulttimeout() is process-wide by definition.
std::atomic<std::int64_t> default_ns{-1};

std::optional<duration> as_optional(std::int64_t ns) noexcept {
    if (ns < 0) return std::nullopt;
    return duration::from_nanoseconds(ns);
}

// The timeout as sockets keep it, or a failure for one that makes no sense.
result<std::int64_t> checked_ns(std::optional<duration> timeout, const char* operation) noexcept {
    if (!timeout) return -1;
    if (timeout->is_valid() && timeout->nanoseconds() >= 0) return timeout->nanoseconds();
    failure why(errc::value_error, operation);
    why.with_hint("Timeout value out of range: it has to be a number of 0 or more, or none");
    return std::unexpected(std::move(why));
}

// FIONBIO sets the mode in one system call, where fcntl would read the flags first.
int set_nonblocking(int fd, bool nonblocking) noexcept {
    int value = nonblocking ? 1 : 0;
    return sys::ioctl(fd, FIONBIO, &value);
}

}  // namespace

std::int64_t default_timeout_ns() noexcept { return default_ns.load(std::memory_order_relaxed); }

}  // namespace detail

using detail::socket_access;

result<void> socket::try_settimeout(std::optional<duration> timeout) noexcept {
    const auto ns = detail::checked_ns(timeout, "settimeout");
    if (!ns) return std::unexpected(ns.error());
    if (detail::set_nonblocking(socket_access::fd(*this), *ns >= 0) != 0)
        return std::unexpected(
            detail::make_failure(*this, detail::system_code(errno), "settimeout"));
    timeout_ns_ = *ns;
    if (shared_ != nullptr) detail::update_timeout(*shared_, *ns);
    return {};
}

void socket::settimeout(std::optional<duration> timeout) {
    value_or_throw(try_settimeout(timeout));
}

std::optional<duration> socket::gettimeout() const noexcept {
    return detail::as_optional(timeout_ns_);
}

result<void> socket::try_setblocking(bool blocking) noexcept {
    if (blocking) return try_settimeout(std::nullopt);
    return try_settimeout(duration());
}

void socket::set_blocking_hook(blocking_hook* hook) noexcept {
    hook_ = hook;
    if (shared_ != nullptr) detail::update_hook(*shared_, hook);
}

void socket::setblocking(bool blocking) { value_or_throw(try_setblocking(blocking)); }

std::optional<duration> getdefaulttimeout() noexcept {
    return detail::as_optional(detail::default_timeout_ns());
}

result<void> try_setdefaulttimeout(std::optional<duration> timeout) noexcept {
    const auto ns = detail::checked_ns(timeout, "setdefaulttimeout");
    if (!ns) return std::unexpected(ns.error());
    detail::default_ns.store(*ns, std::memory_order_relaxed);
    return {};
}

void setdefaulttimeout(std::optional<duration> timeout) {
    value_or_throw(try_setdefaulttimeout(timeout));
}

}  // namespace priz
