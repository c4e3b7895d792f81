#include "priz/socket_object.hpp"

#include <cstddef>

#include "core/default_timeout.hpp"
#include "core/names.hpp"
#include "core/shared_fd.hpp"
#include "core/socket_access.hpp"
#include "core/sys.hpp"
#include "core/worded.hpp"

namespace priz {

using detail::make_failure;
using detail::socket_access;
using detail::system_code;

namespace {

bool kernel_lacks(int cause) noexcept {
    return cause == EAFNOSUPPORT || cause == EPROTONOSUPPORT || cause == ESOCKTNOSUPPORT ||
           cause == EPROTOTYPE;
}

failure not_made(const char* operation, int cause, int family, int type) noexcept {
    failure why(system_code(cause), operation);
    detail::worded(why, [&](failure& told) {
        told.with_subject(detail::family_name(family) + " " +
                          detail::type_name(type & ~(SOCK_NONBLOCK | SOCK_CLOEXEC)));
    });
    if (kernel_lacks(cause))
        why.with_hint("this kernel has no such family, type and protocol together");
    else if (cause == EPERM || cause == EACCES)
        why.with_hint("raw and packet sockets need root or CAP_NET_RAW");
    else if (cause == EMFILE)
        why.with_hint("this process has as many descriptors as it may (see: ulimit -n)");
    return why;
}

// The timeout that a socket made with `type` begins with.
std::int64_t first_timeout(int type) noexcept {
    return (type & SOCK_NONBLOCK) != 0 ? 0 : detail::default_timeout_ns();
}

result<int> integer_option(int fd, int option) noexcept {
    int value = 0;
    ::socklen_t size = sizeof value;
    if (sys::getsockopt(fd, SOL_SOCKET, option, &value, &size) != 0)
        return std::unexpected(failure(system_code(errno), "adopt"));
    return value;
}

// Fills in family, type and protocol where they are -1.
result<void> detect(int fd, int& family, int& type, int& proto) noexcept {
    ::sockaddr_storage name{};
    ::socklen_t size = sizeof name;
    const bool named = sys::getsockname(fd, reinterpret_cast<::sockaddr*>(&name), &size) == 0;
    // Some families (AF_ALG) have no names to tell; what was given is then trusted.
    if (!named && (family == -1 || errno == EBADF || errno == ENOTSOCK))
        return std::unexpected(failure(system_code(errno), "adopt"));
    if (family == -1) family = name.ss_family;
    for (const auto& [value, option] :
         {std::pair(&type, SO_TYPE), std::pair(&proto, SO_PROTOCOL)}) {
        if (*value != -1) continue;
        const auto known = integer_option(fd, option);
        if (!known) return std::unexpected(known.error());
        *value = *known;
    }
    return {};
}

}  // namespace

socket::socket(closed_t) noexcept : fd_(-1), family_(-1), type_(-1), proto_(-1), timeout_ns_(-1) {
    static_assert(offsetof(socket, fd_) == 0 && offsetof(socket, proto_) == 12 &&
                  offsetof(socket, hook_) == 16 && offsetof(socket, timeout_ns_) == 24);
}

socket::socket(int family, int type, int proto) : socket(closed) {
    *this = value_or_throw(try_make(family, type, proto));
}

result<socket> socket::try_make(int family, int type, int proto) noexcept {
    const std::int64_t timeout = first_timeout(type);
    const int fd = sys::socket(family, type | detail::type_flags_for(timeout), proto);
    if (fd < 0) return std::unexpected(not_made("socket", errno, family, type));
    return socket_access::wrap(fd, family, type, proto, timeout);
}

result<socket> socket::try_adopt(int fd, int family, int type, int proto) noexcept {
    if (fd < 0)
        return std::unexpected(
            failure(errc::value_error, "adopt").with_hint("negative file descriptor"));
    if (const auto known = detect(fd, family, type, proto); !known)
        return std::unexpected(known.error());
    const std::int64_t timeout = first_timeout(type);
    socket adopted = socket_access::wrap(fd, family, type, proto, timeout);
    if (timeout >= 0) {
        const auto set = adopted.try_settimeout(duration::from_nanoseconds(timeout));
        if (!set) {
            adopted.detach();
            return std::unexpected(set.error());
        }
    }
    return adopted;
}

socket socket::adopt(int fd, int family, int type, int proto) {
    return value_or_throw(try_adopt(fd, family, type, proto));
}

socket::socket(socket&& other) noexcept : socket(closed) { take(other); }

socket& socket::operator=(socket&& other) noexcept {
    if (this == &other) return *this;
    // As in the destructor: an error of close(2) cannot be acted upon.
    static_cast<void>(try_close());
    take(other);
    return *this;
}

void socket::take(socket& other) noexcept {
    family_ = other.family_;
    type_ = other.type_;
    proto_ = other.proto_;
    hook_ = other.hook_;
    timeout_ns_ = other.timeout_ns_;
    shared_ = std::exchange(other.shared_, nullptr);
    std::memcpy(peer_, other.peer_, sizeof peer_);
    socket_access::set_fd(*this, other.fd_);
    socket_access::set_fd(other, -1);
}

socket::~socket() {
    // An error of close(2) cannot be acted upon here; the descriptor is gone in any case.
    if (fd_ >= 0) static_cast<void>(try_close());
}

result<void> socket::try_close() noexcept {
    const int fd = detach_for_close();
    if (fd < 0) return {};
    detail::patience patient(*this);
    int cause = 0;
    patient.run([&] { return sys::close(fd); }, cause);
    // The descriptor is closed whatever close(2) says, and a reset has nothing left to tell.
    if (cause == 0 || cause == ECONNRESET || cause == EINTR) return {};
    return std::unexpected(failure(system_code(cause), "close"));
}

void socket::close() { value_or_throw(try_close()); }

// Takes the descriptor out of the socket; -1 when there is none or files still hold it.
int socket::detach_for_close() noexcept {
    const int fd = fd_;
    socket_access::set_fd(*this, -1);
    if (shared_ == nullptr) return fd;
    return detail::release_socket_side(std::exchange(shared_, nullptr)) ? fd : -1;
}

int socket::detach() noexcept {
    const int fd = fd_;
    socket_access::set_fd(*this, -1);
    if (shared_ != nullptr) detail::abandon_fd(std::exchange(shared_, nullptr));
    return fd;
}

result<socket> socket::try_dup() const noexcept {
    const int fd = sys::dup(socket_access::fd(*this));
    if (fd < 0) return std::unexpected(make_failure(*this, system_code(errno), "dup"));
    socket copy = socket_access::wrap(fd, family_, type_, proto_, timeout_ns_);
    copy.hook_ = hook_;
    std::memcpy(copy.peer_, peer_, sizeof peer_);
    return copy;
}

socket socket::dup() const { return value_or_throw(try_dup()); }

result<bool> socket::try_get_inheritable() const noexcept {
    const int flags = sys::fcntl(socket_access::fd(*this), F_GETFD, 0);
    if (flags < 0)
        return std::unexpected(make_failure(*this, system_code(errno), "get_inheritable"));
    return (flags & FD_CLOEXEC) == 0;
}

bool socket::get_inheritable() const { return value_or_throw(try_get_inheritable()); }

// FIOCLEX and FIONCLEX change the flag in one system call.
result<void> socket::try_set_inheritable(bool inheritable) noexcept {
    const int outcome =
        sys::ioctl(socket_access::fd(*this), inheritable ? FIONCLEX : FIOCLEX, nullptr);
    if (outcome == 0) return {};
    return std::unexpected(make_failure(*this, system_code(errno), "set_inheritable"));
}

void socket::set_inheritable(bool inheritable) { value_or_throw(try_set_inheritable(inheritable)); }

std::string socket::repr() const {
    std::string text = fd_ < 0 ? "<priz.socket [closed] fd=" : "<priz.socket fd=";
    text += std::to_string(fd_) + ", family=" + detail::family_name(family_) +
            ", type=" + detail::type_name(type_) + ", proto=" + std::to_string(proto_);
    if (fd_ >= 0) {
        if (const auto local = try_getsockname(); local && !local->empty())
            text += ", laddr=" + local->str();
        if (const auto remote = try_getpeername(); remote && !remote->empty())
            text += ", raddr=" + remote->str();
    }
    return text + ">";
}

result<std::pair<socket, socket>> try_socketpair(int family, int type, int proto) noexcept {
    int pair[2] = {-1, -1};
    const std::int64_t timeout = first_timeout(type);
    if (sys::socketpair(family, type | detail::type_flags_for(timeout), proto, pair) != 0)
        return std::unexpected(not_made("socketpair", errno, family, type));
    return std::pair(socket_access::wrap(pair[0], family, type, proto, timeout),
                     socket_access::wrap(pair[1], family, type, proto, timeout));
}

std::pair<socket, socket> socketpair(int family, int type, int proto) {
    return value_or_throw(try_socketpair(family, type, proto));
}

result<socket> try_fromfd(int fd, int family, int type, int proto) noexcept {
    unique_fd copy(sys::dup(fd));
    if (!copy) return std::unexpected(failure(system_code(errno), "fromfd"));
    auto adopted = socket::try_adopt(copy.get(), family, type, proto);
    if (adopted) static_cast<void>(copy.release());
    return adopted;
}

socket fromfd(int fd, int family, int type, int proto) {
    return value_or_throw(try_fromfd(fd, family, type, proto));
}

result<int> try_dup(int fd) noexcept {
    const int copy = sys::dup(fd);
    if (copy < 0) return std::unexpected(failure(system_code(errno), "dup"));
    return copy;
}

int dup(int fd) { return value_or_throw(try_dup(fd)); }

result<void> try_close(int fd) noexcept {
    if (sys::close(fd) == 0 || errno == ECONNRESET || errno == EINTR) return {};
    return std::unexpected(failure(system_code(errno), "close"));
}

void close(int fd) { value_or_throw(try_close(fd)); }

}  // namespace priz
