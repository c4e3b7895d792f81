// socket_calls.hpp: the system calls of an endpoint: the kernel's, or its transport's. None waits;
// each gives a negative errno where the call would give -1.
//
// No verb ends with EINTR. A call that a signal interrupted has done nothing, and is made again at
// once, as the blocking sockets and Python do it (PEP 475); what the signal means is told by
// signals.hpp. connect() is the exception: interrupted, it goes on being made.
#pragma once

#include <sys/socket.h>

#include <cerrno>
#include <cstddef>

#include "core/sys.hpp"
#include "core/sys_direct.hpp"
#include "priz/address.hpp"
#include "priz/export.hpp"
#include "priz/io/detail/endpoint.hpp"

namespace priz::io::detail {

inline std::ptrdiff_t or_error(std::ptrdiff_t outcome) noexcept {
    return outcome < 0 ? -errno : outcome;
}
inline int or_error(int outcome) noexcept { return outcome < 0 ? -errno : outcome; }

template <class Call>
inline auto unless_interrupted(Call call) noexcept {
    auto outcome = call();
    while (outcome == -EINTR) [[unlikely]] outcome = call();
    return outcome;
}

PRIZ_API std::ptrdiff_t recv_via(endpoint& e, void* target, std::size_t size, int flags) noexcept;
PRIZ_API std::ptrdiff_t send_via(endpoint& e, const void* source, std::size_t size,
                                 int flags) noexcept;

inline std::ptrdiff_t recv_now(endpoint& e, void* target, std::size_t size, int flags) noexcept {
    if (e.via != nullptr) [[unlikely]]
        return recv_via(e, target, size, flags);
    return unless_interrupted(
        [&] { return sys::direct_recv(e.fd, target, size, flags | MSG_DONTWAIT); });
}

inline std::ptrdiff_t send_now(endpoint& e, const void* source, std::size_t size,
                               int flags) noexcept {
    if (e.via != nullptr) [[unlikely]]
        return send_via(e, source, size, flags);
    return unless_interrupted(
        [&] { return sys::direct_send(e.fd, source, size, flags | MSG_DONTWAIT); });
}

std::ptrdiff_t recvmsg_now(endpoint& e, ::msghdr& message, int flags) noexcept;
std::ptrdiff_t sendmsg_now(endpoint& e, const ::msghdr& message, int flags) noexcept;
PRIZ_API int shutdown_now(endpoint& e, int how) noexcept;
int bind_now(endpoint& e, const address& local) noexcept;
int listen_now(endpoint& e, int backlog) noexcept;
int connect_now(endpoint& e, const address& remote) noexcept;
int accept_now(endpoint& e, endpoint*& made) noexcept;
PRIZ_API int getname_now(endpoint& e, bool peer, address& name) noexcept;
// As the kernel knows it.
int kernel_name(endpoint& e, bool peer, address& name) noexcept;
PRIZ_API int getsockopt_now(endpoint& e, int level, int option, void* value,
                            ::socklen_t& size) noexcept;
PRIZ_API int setsockopt_now(endpoint& e, int level, int option, const void* value,
                            ::socklen_t size) noexcept;

// TCP_NODELAY, where it is TCP's: of another socket or listener there is nothing to set.
void set_nodelay(endpoint& e) noexcept;

// An endpoint for a fresh socket of this loop's backend.
int open_now(loop_core& loop, int family, int type, int proto, endpoint*& made) noexcept;

// What is to be known of a socket of the kernel's: whether a short receive has emptied it.
void note_kind(endpoint& e, int family, int type) noexcept;

// Who waits is told EBADF.
void end_waits(endpoint& e) noexcept;
// Closes, and tells those who wait.
void close_endpoint(endpoint& e) noexcept;

// A failure of the endpoint's, with transport and addresses.
PRIZ_API failure failure_of(endpoint* e, int error, const char* operation) noexcept;

}  // namespace priz::io::detail
