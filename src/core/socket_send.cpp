#include "core/socket_access.hpp"
#include "core/sys.hpp"
#include "core/target.hpp"

namespace priz {

using detail::make_failure;
using detail::patience;
using detail::socket_access;
using detail::system_code;

std::ptrdiff_t detail::send_now(int fd, const void* source, std::size_t size, int flags) noexcept {
    return sys::send(fd, source, size, flags);
}

namespace {

result<std::size_t> send_some(const socket& s, bytes_view source, int flags,
                              int first_error = 0) noexcept {
    return socket_access::retry(
        s, "send", POLLOUT,
        [&](int fd) { return sys::send(fd, source.data(), source.size(), flags); }, first_error);
}

}  // namespace

result<std::size_t> socket::try_send(bytes_view source, int flags) noexcept {
    return send_some(*this, source, flags);
}

std::size_t socket::send_slowly(bytes_view source, int flags, std::ptrdiff_t outcome) {
    return value_or_throw(send_some(*this, source, flags, outcome < 0 ? errno : 0));
}

result<void> socket::try_sendall(bytes_view source, int flags) noexcept {
    patience patient(*this);
    patient.start();
    std::size_t done = 0;
    do {
        const int fd = socket_access::fd(*this);
        const bytes_view rest = source.subview(done);
        int cause = 0;
        const auto count =
            patient.run([&] { return sys::send(fd, rest.data(), rest.size(), flags); }, cause);
        std::error_code verdict;
        if (count >= 0) {
            done += static_cast<std::size_t>(count);
            if (done < source.size()) verdict = patient.between_parts();
        } else {
            verdict = patient.after(cause, fd, POLLOUT);
        }
        if (!verdict) continue;
        failure why = make_failure(*this, verdict, "sendall");
        if (done > 0) why.with_transferred(done);
        return std::unexpected(std::move(why));
    } while (done < source.size());
    return {};
}

void socket::sendall(bytes_view source, int flags) { value_or_throw(try_sendall(source, flags)); }

result<std::size_t> socket::try_sendto(bytes_view source, const address_like& remote,
                                       int flags) noexcept {
    patience patient(*this);
    const auto send_to = [&](const address& to) {
        return socket_access::retry(
            *this, "sendto", POLLOUT,
            [&](int fd) {
                return sys::sendto(fd, source.data(), source.size(), flags, to.data(), to.size());
            },
            patient, 0, &to);
    };
    if (const address* ready = detail::ready_target(*this, remote)) return send_to(*ready);
    const bool looks_up = remote.what() != address_like::form::address;
    const auto to =
        detail::target_of(*this, remote, "sendto", looks_up ? patient.until() : deadline());
    if (!to) return std::unexpected(to.error());
    return send_to(*to);
}

std::size_t socket::sendto(bytes_view source, const address_like& remote, int flags) {
    return value_or_throw(try_sendto(source, remote, flags));
}

result<void> socket::try_shutdown(int how) noexcept {
    patience patient(*this);
    int cause = 0;
    patient.run([&] { return sys::shutdown(socket_access::fd(*this), how); }, cause);
    if (cause == 0) return {};
    return std::unexpected(make_failure(*this, system_code(cause), "shutdown"));
}

void socket::shutdown(int how) { value_or_throw(try_shutdown(how)); }

}  // namespace priz
