#include "core/socket_access.hpp"

#include <netinet/in.h>

#include <algorithm>
#include <string_view>

#include "core/advice.hpp"
#include "core/names.hpp"
#include "core/sys.hpp"
#include "core/worded.hpp"

namespace priz::detail {

namespace {

address name_of(int fd, int (*ask)(int, ::sockaddr*, ::socklen_t*)) noexcept {
    ::sockaddr_storage storage{};
    ::socklen_t size = sizeof storage;
    auto* raw = reinterpret_cast<::sockaddr*>(&storage);
    if (fd < 0 || ask(fd, raw, &size) != 0) return {};
    return address::from_sockaddr(raw, size);
}

address peer_of(const socket& s) noexcept {
    const address kept = socket_access::remembered_peer(s);
    return kept.empty() ? name_of(socket_access::fd(s), sys::getpeername) : kept;
}

// The kernel takes the local address of a connection that failed back: 0.0.0.0 would be no news.
address local_of(int fd, std::string_view operation) noexcept {
    address local = name_of(fd, sys::getsockname);
    return operation == "connect" && local.is_unspecified() ? address() : local;
}

bool is_ordinary(std::error_code cause) noexcept {
    return cause.category() == std::system_category() &&
           (cause.value() == EAGAIN || cause.value() == EINPROGRESS || cause.value() == EALREADY);
}

}  // namespace

void socket_access::remember_peer(socket& s, const address& peer) noexcept {
    std::fill(std::begin(s.peer_), std::end(s.peer_), static_cast<unsigned char>(0));
    if (peer.family() != AF_INET && peer.family() != AF_INET6) return;
    std::memcpy(s.peer_, peer.data(), std::min<std::size_t>(peer.size(), sizeof s.peer_));
}

address socket_access::remembered_peer(const socket& s) noexcept {
    ::sockaddr_storage storage{};
    std::memcpy(&storage, s.peer_, sizeof s.peer_);
    const auto* raw = reinterpret_cast<const ::sockaddr*>(&storage);
    if (storage.ss_family == AF_INET) return address::from_sockaddr(raw, sizeof(::sockaddr_in));
    if (storage.ss_family == AF_INET6) return address::from_sockaddr(raw, sizeof(::sockaddr_in6));
    return {};
}

failure make_failure(const socket& s, std::error_code cause, const char* operation,
                     const address* remote) noexcept {
    failure why(cause, operation);
    if (is_ordinary(cause)) return why;
    const int fd = socket_access::fd(s);
    const char* transport = transport_name(s.family(), s.type(), s.proto());
    const address local = local_of(fd, operation);
    const address peer = remote != nullptr ? *remote : peer_of(s);
    why.with_transport(transport).with(&local, &peer);
    if (cause.category() != std::system_category()) return why;
    return worded(why, [&](failure& told) {
        told.with_hint(advice(operation, cause.value(), fd, transport, &local, &peer));
    });
}

failure make_bind_failure(const socket& s, std::error_code cause, const address& local) noexcept {
    const int fd = socket_access::fd(s);
    const char* transport = transport_name(s.family(), s.type(), s.proto());
    failure why(cause, "bind");
    why.with_transport(transport).with(&local, nullptr);
    const address bound = name_of(fd, sys::getsockname);
    const bool bound_already = cause.value() == EINVAL && bound.port() != 0;
    return worded(why, [&](failure& told) {
        told.with_hint(bound_already
                           ? "the socket is bound already, to " + bound.str() +
                                 "; a socket is bound once"
                           : advice("bind", cause.value(), fd, transport, &local, nullptr));
    });
}

}  // namespace priz::detail
