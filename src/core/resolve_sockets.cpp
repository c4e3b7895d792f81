#include "core/resolve_sockets.hpp"

#include <cerrno>

#include "core/sys.hpp"

namespace priz {

lookup_sockets::~lookup_sockets() = default;
address lookup_sockets::source_towards(const address&) noexcept { return {}; }
std::optional<deadline> lookup_sockets::clock() noexcept { return std::nullopt; }

namespace detail {

namespace {

template <class Verdict>
Verdict or_negative_errno(Verdict verdict) noexcept {
    return verdict < 0 ? static_cast<Verdict>(-errno) : verdict;
}

}  // namespace

int kernel_sockets::open(int family, int type, int proto) noexcept {
    return or_negative_errno(sys::socket(family, type | SOCK_NONBLOCK, proto));
}

int kernel_sockets::connect(int socket, const address& to) noexcept {
    return or_negative_errno(sys::connect(socket, to.data(), to.size()));
}

::ssize_t kernel_sockets::recvfrom(int socket, bytes_span target, address* from) noexcept {
    if (from == nullptr)
        return or_negative_errno(
            sys::recvfrom(socket, target.data(), target.size(), 0, nullptr, nullptr));
    ::sockaddr_storage sender{};
    auto* const generic = reinterpret_cast<::sockaddr*>(&sender);
    ::socklen_t size = sizeof sender;
    const auto count =
        or_negative_errno(sys::recvfrom(socket, target.data(), target.size(), 0, generic, &size));
    if (count >= 0) *from = address::from_sockaddr(generic, size);
    return count;
}

::ssize_t kernel_sockets::sendv(int socket, std::span<const ::iovec> pieces) noexcept {
    ::msghdr message{};
    message.msg_iov = const_cast<::iovec*>(pieces.data());
    message.msg_iovlen = pieces.size();
    return or_negative_errno(sys::sendmsg(socket, &message, 0));
}

void kernel_sockets::close(int socket) noexcept {
    // The descriptor is gone in any case, and nothing that was sent depends on it.
    static_cast<void>(sys::close(socket));
}

}  // namespace detail

}  // namespace priz
