#include "injector.hpp"

#include <dlfcn.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdarg>
#include <cstdlib>

namespace faults {

namespace {

struct stretch {
    bool active = false;
    fault wanted;
    bool struck = false;
    std::vector<std::string> calls;
};

thread_local stretch current;

// What is to happen to the call of that name that is about to be made.
kind next(const char* name) {
    if (!current.active) return kind::none;
    current.active = false;  // recording allocates, which may call what is defined here
    const std::size_t index = current.calls.size();
    current.calls.emplace_back(name);
    current.active = true;
    if (current.wanted.what == kind::none || index != current.wanted.at) return kind::none;
    current.struck = true;
    return current.wanted.what;
}

template <class Function>
Function* original(const char* name) {
    void* found = ::dlsym(RTLD_NEXT, name);
    if (found == nullptr) std::abort();
    return reinterpret_cast<Function*>(found);
}

int failed() {
    errno = current.wanted.what == kind::interrupt ? EINTR : current.wanted.error;
    return -1;
}

bool fails(kind what) { return what == kind::fail || what == kind::interrupt; }

std::size_t cut(kind what, std::size_t size) {
    return what == kind::shorten && size > 1 ? 1 : size;
}

}  // namespace

std::string name_of(const fault& one) {
    const char* const names[] = {"nothing", "failure", "interruption", "shortness", "false wake"};
    std::string text = names[static_cast<int>(one.what)];
    if (one.error != 0) text += " " + std::to_string(one.error);
    return text + " at call " + std::to_string(one.at);
}

armed::armed(const fault& one) { current = stretch{true, one, false, {}}; }
armed::~armed() { current.active = false; }
const std::vector<std::string>& armed::calls() const { return current.calls; }
bool armed::has_struck() const { return current.struck; }

}  // namespace faults

using faults::cut;
using faults::failed;
using faults::fails;
using faults::kind;
using faults::next;
using faults::original;

// A call that takes no size: it is made, or it fails.
#define PASS_OR_FAIL(result, name, parameters, arguments)                           \
    result name parameters {                                                        \
        static auto* const real = original<result parameters>(#name);               \
        return fails(next(#name)) ? static_cast<result>(failed()) : real arguments; \
    }

extern "C" {

#pragma GCC visibility push(default)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wredundant-decls"

PASS_OR_FAIL(int, socket, (int family, int type, int proto), (family, type, proto))
PASS_OR_FAIL(int, socketpair, (int family, int type, int proto, int* pair),
             (family, type, proto, pair))
PASS_OR_FAIL(int, bind, (int fd, const sockaddr* local, socklen_t size), (fd, local, size))
PASS_OR_FAIL(int, listen, (int fd, int backlog), (fd, backlog))
PASS_OR_FAIL(int, accept4, (int fd, sockaddr* from, socklen_t* size, int flags),
             (fd, from, size, flags))
PASS_OR_FAIL(int, getsockname, (int fd, sockaddr* name, socklen_t* size), (fd, name, size))
PASS_OR_FAIL(int, getpeername, (int fd, sockaddr* name, socklen_t* size), (fd, name, size))
PASS_OR_FAIL(int, getsockopt, (int fd, int level, int option, void* value, socklen_t* size),
             (fd, level, option, value, size))
PASS_OR_FAIL(int, setsockopt, (int fd, int level, int option, const void* value, socklen_t size),
             (fd, level, option, value, size))
PASS_OR_FAIL(int, shutdown, (int fd, int how), (fd, how))
PASS_OR_FAIL(int, epoll_create1, (int flags), (flags))
PASS_OR_FAIL(int, epoll_ctl, (int fd, int operation, int target, epoll_event* event),
             (fd, operation, target, event))
PASS_OR_FAIL(off_t, lseek, (int fd, off_t offset, int whence), (fd, offset, whence))
PASS_OR_FAIL(ssize_t, recvmsg, (int fd, msghdr* message, int flags), (fd, message, flags))
PASS_OR_FAIL(ssize_t, sendmsg, (int fd, const msghdr* message, int flags), (fd, message, flags))
PASS_OR_FAIL(int, recvmmsg,
             (int fd, mmsghdr* messages, unsigned count, int flags, timespec* timeout),
             (fd, messages, count, flags, timeout))
PASS_OR_FAIL(int, sendmmsg, (int fd, mmsghdr* messages, unsigned count, int flags),
             (fd, messages, count, flags))

// A connection that a signal interrupted goes on being made.
int connect(int fd, const sockaddr* remote, socklen_t size) {
    static auto* const real = original<int(int, const sockaddr*, socklen_t)>("connect");
    const kind what = next("connect");
    if (what == kind::fail) return failed();
    const int outcome = real(fd, remote, size);
    return what == kind::interrupt && outcome == 0 ? failed() : outcome;
}

// The descriptor is closed whatever close() says.
int close(int fd) {
    static auto* const real = original<int(int)>("close");
    const kind what = next("close");
    const int outcome = real(fd);
    return fails(what) ? failed() : outcome;
}

ssize_t recv(int fd, void* target, size_t size, int flags) {
    static auto* const real = original<ssize_t(int, void*, size_t, int)>("recv");
    const kind what = next("recv");
    return fails(what) ? failed() : real(fd, target, cut(what, size), flags);
}

ssize_t recvfrom(int fd, void* target, size_t size, int flags, sockaddr* from, socklen_t* length) {
    static auto* const real =
        original<ssize_t(int, void*, size_t, int, sockaddr*, socklen_t*)>("recvfrom");
    const kind what = next("recvfrom");
    return fails(what) ? failed() : real(fd, target, cut(what, size), flags, from, length);
}

ssize_t send(int fd, const void* source, size_t size, int flags) {
    static auto* const real = original<ssize_t(int, const void*, size_t, int)>("send");
    const kind what = next("send");
    return fails(what) ? failed() : real(fd, source, cut(what, size), flags);
}

ssize_t sendto(int fd, const void* source, size_t size, int flags, const sockaddr* to,
               socklen_t length) {
    static auto* const real =
        original<ssize_t(int, const void*, size_t, int, const sockaddr*, socklen_t)>("sendto");
    const kind what = next("sendto");
    return fails(what) ? failed() : real(fd, source, cut(what, size), flags, to, length);
}

ssize_t sendfile(int to, int from, off_t* offset, size_t count) {
    static auto* const real = original<ssize_t(int, int, off_t*, size_t)>("sendfile");
    const kind what = next("sendfile");
    return fails(what) ? failed() : real(to, from, offset, cut(what, count));
}

ssize_t read(int fd, void* target, size_t size) {
    static auto* const real = original<ssize_t(int, void*, size_t)>("read");
    const kind what = next("read");
    return fails(what) ? failed() : real(fd, target, cut(what, size));
}

ssize_t pread(int fd, void* target, size_t size, off_t offset) {
    static auto* const real = original<ssize_t(int, void*, size_t, off_t)>("pread");
    const kind what = next("pread");
    return fails(what) ? failed() : real(fd, target, cut(what, size), offset);
}

int ppoll(pollfd* fds, nfds_t count, const timespec* timeout, const sigset_t* mask) {
    static auto* const real =
        original<int(pollfd*, nfds_t, const timespec*, const sigset_t*)>("ppoll");
    const kind what = next("ppoll");
    if (fails(what)) return failed();
    if (what != kind::spurious || count == 0) return real(fds, count, timeout, mask);
    fds[0].revents = fds[0].events;
    return 1;
}

int fcntl(int fd, int command, ...) {
    static auto* const real = original<int(int, int, ...)>("fcntl");
    va_list rest;
    va_start(rest, command);
    void* argument = va_arg(rest, void*);
    va_end(rest);
    return fails(next("fcntl")) ? failed() : real(fd, command, argument);
}

int ioctl(int fd, unsigned long request, ...) {
    static auto* const real = original<int(int, unsigned long, ...)>("ioctl");
    va_list rest;
    va_start(rest, request);
    void* argument = va_arg(rest, void*);
    va_end(rest);
    return fails(next("ioctl")) ? failed() : real(fd, request, argument);
}

int fstat(int fd, struct stat* status) {
    static auto* const real = original<int(int, struct stat*)>("fstat");
    return fails(next("fstat")) ? failed() : real(fd, status);
}

#pragma GCC diagnostic pop
#pragma GCC visibility pop

}  // extern "C"
