#include "io/socket_calls.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>

#include <new>
#include <utility>

#include "core/message_parts.hpp"
#include "core/names.hpp"
#include "io/backend.hpp"
#include "priz/error.hpp"
#include "priz/io/detail/loop_core.hpp"
#include "priz/io/detail/socket_waits.hpp"

namespace priz::io::detail {

std::ptrdiff_t recv_via(endpoint& e, void* target, std::size_t size, int flags) noexcept {
    ::iovec part{target, size};
    ::msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    return unless_interrupted([&] { return e.via->recvmsg(e, message, flags); });
}

std::ptrdiff_t send_via(endpoint& e, const void* source, std::size_t size, int flags) noexcept {
    ::iovec part{const_cast<void*>(source), size};
    ::msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    return unless_interrupted([&] { return e.via->sendmsg(e, message, flags); });
}

std::ptrdiff_t recvmsg_now(endpoint& e, ::msghdr& message, int flags) noexcept {
    const int all_flags = priz::detail::receive_flags(flags);
    return unless_interrupted([&] {
        if (e.via != nullptr) return e.via->recvmsg(e, message, all_flags);
        return or_error(sys::recvmsg(e.fd, &message, all_flags | MSG_DONTWAIT));
    });
}

std::ptrdiff_t sendmsg_now(endpoint& e, const ::msghdr& message, int flags) noexcept {
    return unless_interrupted([&] {
        if (e.via != nullptr) return e.via->sendmsg(e, message, flags);
        return or_error(sys::sendmsg(e.fd, &message, flags | MSG_DONTWAIT));
    });
}

int shutdown_now(endpoint& e, int how) noexcept {
    return e.via != nullptr ? e.via->shutdown(e, how) : or_error(sys::shutdown(e.fd, how));
}

int bind_now(endpoint& e, const address& local) noexcept {
    if (e.via != nullptr) return e.via->bind(e, local);
    return or_error(sys::bind(e.fd, local.data(), local.size()));
}

int listen_now(endpoint& e, int backlog) noexcept {
    return e.via != nullptr ? e.via->listen(e, backlog) : or_error(sys::listen(e.fd, backlog));
}

int connect_now(endpoint& e, const address& remote) noexcept {
    if (e.via != nullptr) return e.via->connect(e, remote);
    return or_error(sys::connect(e.fd, remote.data(), remote.size()));
}

int accept_now(endpoint& e, endpoint*& made) noexcept try {
    address remote;
    if (e.via != nullptr) {
        const int outcome = unless_interrupted([&] { return e.via->accept(e, made, remote); });
        if (outcome == 0) made->peer.remember(remote);
        return outcome;
    }
    ::sockaddr_storage name;
    ::socklen_t size = sizeof name;
    auto* const raw = reinterpret_cast<::sockaddr*>(&name);
    const int fd = unless_interrupted([&] {
        size = sizeof name;
        return or_error(sys::accept4(e.fd, raw, &size, 0));
    });
    if (fd < 0) return fd;
    try {
        made = &e.loop->new_endpoint(fd, nullptr);
    } catch (const std::bad_alloc&) {
        sys::close(fd);
        throw;
    }
    made->peer.remember(address::from_sockaddr(raw, size));
    note_kind(*made, name.ss_family, SOCK_STREAM);
    return 0;
} catch (const std::bad_alloc&) {
    return -ENOMEM;
}

int getname_now(endpoint& e, bool peer, address& name) noexcept {
    return e.via != nullptr ? e.via->getname(e, peer, name) : kernel_name(e, peer, name);
}

int kernel_name(endpoint& e, bool peer, address& name) noexcept {
    ::sockaddr_storage storage{};
    ::socklen_t size = sizeof storage;
    auto* const raw = reinterpret_cast<::sockaddr*>(&storage);
    const int outcome =
        or_error(peer ? sys::getpeername(e.fd, raw, &size) : sys::getsockname(e.fd, raw, &size));
    if (outcome == 0) name = address::from_sockaddr(raw, size);
    return outcome;
}

int getsockopt_now(endpoint& e, int level, int option, void* value, ::socklen_t& size) noexcept {
    if (e.via != nullptr) return e.via->getsockopt(e, level, option, value, size);
    return or_error(sys::getsockopt(e.fd, level, option, value, &size));
}

int setsockopt_now(endpoint& e, int level, int option, const void* value,
                   ::socklen_t size) noexcept {
    if (e.via != nullptr) return e.via->setsockopt(e, level, option, value, size);
    return or_error(sys::setsockopt(e.fd, level, option, value, size));
}

void set_nodelay(endpoint& e) noexcept {
    const int yes = 1;
    // Another socket than TCP's has no such option, and needs none.
    static_cast<void>(setsockopt_now(e, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes));
}

int open_now(loop_core& loop, int family, int type, int proto, endpoint*& made) noexcept try {
    opened fresh;
    if (const int error = loop.kernel->open(family, type, proto, fresh); error != 0) return error;
    made = &loop.new_endpoint(fresh.fd, fresh.via);
    note_kind(*made, family, type);
    return 0;
} catch (const std::bad_alloc&) {
    return -ENOMEM;
}

// A Unix socket's receive may end short where credentials or descriptors stand between bytes.
void note_kind(endpoint& e, int family, int type) noexcept {
    if (type == SOCK_STREAM && (family == AF_INET || family == AF_INET6))
        e.set(endpoint::short_is_empty);
}

namespace {

void tell_closed(waiter* who) noexcept {
    if (who == nullptr) return;
    auto& w = static_cast<socket_wait&>(*who);
    w.error = EBADF;
    std::exchange(w.where, nullptr)->loop->make_ready(w);
}

}  // namespace

void end_waits(endpoint& e) noexcept {
    tell_closed(e.reader);
    tell_closed(e.writer);
    e.reader = nullptr;
    e.drop_writer();
}

void close_endpoint(endpoint& e) noexcept {
    e.set(endpoint::closed);
    end_waits(e);
    e.loop->kernel->forget(e);
}

failure failure_of(endpoint* e, int error, const char* operation) noexcept {
    std::error_code cause(error, std::system_category());
    if (error == ECANCELED) cause = errc::cancelled;
    if (error == ENODATA) cause = errc::end_of_stream;
    failure why(cause, operation);
    if (e == nullptr || e->has(endpoint::closed)) return why;
    int type = SOCK_STREAM;
    ::socklen_t size = sizeof type;
    address local;
    address remote;
    // What cannot be found out is missing in the message.
    static_cast<void>(getsockopt_now(*e, SOL_SOCKET, SO_TYPE, &type, size));
    if (getname_now(*e, false, local) == 0) why.with(&local, nullptr);
    if (getname_now(*e, true, remote) != 0) remote = e->peer.recall();
    if (!remote.empty()) why.with(nullptr, &remote);
    const int family = local.empty() ? remote.family() : local.family();
    if (family != AF_UNSPEC) why.with_transport(priz::detail::transport_name(family, type, 0));
    if (error == EBUSY) why.with_hint("another task is waiting in it already");
    if (e->has(endpoint::has_transport)) e->via->explain(*e, why);
    return why;
}

}  // namespace priz::io::detail
