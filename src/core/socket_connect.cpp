#include "core/default_timeout.hpp"
#include "core/socket_access.hpp"
#include "core/sys.hpp"
#include "core/target.hpp"

namespace priz {

using detail::make_failure;
using detail::patience;
using detail::socket_access;
using detail::system_code;

namespace {

// Whether a connection that began has come about: what the kernel kept in SO_ERROR.
std::error_code outcome_of_connect(int fd) noexcept {
    int cause = 0;
    ::socklen_t size = sizeof cause;
    if (sys::getsockopt(fd, SOL_SOCKET, SO_ERROR, &cause, &size) != 0) return system_code(errno);
    return cause == 0 || cause == EISCONN ? std::error_code() : system_code(cause);
}

// connect(2) is never called a second time. A signal does not undo it: the connection goes on being
// made, and its end is awaited like that of a non-blocking one (writable, then SO_ERROR).
std::error_code connect_once(const socket& s, const address& remote, patience& patient) noexcept {
    const int fd = socket_access::fd(s);
    int cause = 0;
    patient.run([&] { return sys::connect(fd, remote.data(), remote.size()); }, cause);
    if (cause == 0) return {};
    if (cause == EINTR) {
        if (const std::error_code stop = patient.interrupted()) return stop;
    }
    const bool under_way = cause == EINTR || cause == EINPROGRESS;
    if (!under_way || patient.never_waits() ||
        (cause == EINPROGRESS && s.gettimeout() == std::nullopt))
        return system_code(cause);
    if (const std::error_code verdict = patient.wait(fd, POLLOUT)) return verdict;
    return outcome_of_connect(fd);
}

result<void> connect_to(socket& s, const address& remote, patience& patient) noexcept {
    const std::error_code cause = connect_once(s, remote, patient);
    if (!cause || cause == system_code(EINPROGRESS)) socket_access::remember_peer(s, remote);
    if (cause) return std::unexpected(make_failure(s, cause, "connect", &remote));
    return {};
}

}  // namespace

result<void> socket::try_connect(const address_like& remote) noexcept {
    patience patient(*this);
    patient.start();
    if (const address* ready = detail::ready_target(*this, remote))
        return connect_to(*this, *ready, patient);
    const auto exact = detail::target_of(*this, remote, "connect", patient.until());
    if (!exact) return std::unexpected(exact.error());
    return connect_to(*this, *exact, patient);
}

void socket::connect(const address_like& remote) { value_or_throw(try_connect(remote)); }

result<int> socket::try_connect_ex(const address_like& remote) noexcept {
    patience patient(*this);
    patient.start();
    const auto exact = detail::target_of(*this, remote, "connect_ex", patient.until());
    if (!exact) return std::unexpected(exact.error());
    const auto connected = connect_to(*this, *exact, patient);
    if (connected) return 0;
    const std::error_code cause = connected.error().code();
    if (cause.category() == std::system_category()) return cause.value();
    if (cause == errc::timed_out) return EAGAIN;
    return std::unexpected(connected.error());
}

int socket::connect_ex(const address_like& remote) {
    return value_or_throw(try_connect_ex(remote));
}

result<void> socket::try_listen(int backlog) noexcept {
    patience patient(*this);
    int cause = 0;
    patient.run([&] { return sys::listen(socket_access::fd(*this), backlog < 0 ? 0 : backlog); },
                cause);
    if (cause == 0) return {};
    return std::unexpected(make_failure(*this, system_code(cause), "listen"));
}

void socket::listen(int backlog) { value_or_throw(try_listen(backlog)); }

result<accepted> socket::try_accept() noexcept {
    ::sockaddr_storage name{};
    ::socklen_t size = 0;
    auto* raw = reinterpret_cast<::sockaddr*>(&name);
    const std::int64_t timeout = detail::default_timeout_ns();
    const int mode = detail::type_flags_for(timeout);
    const auto fd = socket_access::retry(*this, "accept", POLLIN, [&](int listener) {
        size = sizeof name;
        return sys::accept4(listener, raw, &size, mode);
    });
    if (!fd) return std::unexpected(fd.error());
    accepted next{socket_access::wrap(static_cast<int>(*fd), family_, type_, proto_, timeout),
                  address::from_sockaddr(raw, size)};
    socket_access::remember_peer(next.connection, next.remote);
    return next;
}

accepted socket::accept() { return value_or_throw(try_accept()); }

}  // namespace priz
