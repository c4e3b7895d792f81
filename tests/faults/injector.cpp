#include "injector.hpp"

#include <dlfcn.h>
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/select.h>
#include <sys/sendfile.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>

namespace faults {

namespace {

struct stretch {
    bool active = false;
    fault wanted;
    std::string lacking;
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
    if (current.lacking == name) return kind::lack;
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

int failed(kind what) {
    errno = what == kind::lack ? ENOSYS : what == kind::interrupt ? EINTR : current.wanted.error;
    return -1;
}

bool fails(kind what) {
    return what == kind::fail || what == kind::interrupt || what == kind::lack;
}

std::size_t cut(kind what, std::size_t size) {
    return what == kind::shorten && size > 1 ? 1 : size;
}

// A message with one byte of its data, and the memory that it needs.
struct cut_message {
    cut_message(kind what, const msghdr& whole) : header(whole) {
        if (what != kind::shorten || whole.msg_iovlen == 0) return;
        part = {whole.msg_iov[0].iov_base, cut(what, whole.msg_iov[0].iov_len)};
        header.msg_iov = &part;
        header.msg_iovlen = 1;
    }
    cut_message(const cut_message&) = delete;
    cut_message& operator=(const cut_message&) = delete;

    msghdr header;
    iovec part{};
};

}  // namespace

std::string name_of(const fault& one) {
    const char* const names[] = {"nothing",   "failure",    "interruption",
                                 "shortness", "false wake", "lack"};
    std::string text = names[static_cast<int>(one.what)];
    if (one.error != 0) text += " " + std::to_string(one.error);
    return text + " at call " + std::to_string(one.at);
}

armed::armed(const fault& one, const std::string& lacking) {
    current = stretch{true, one, lacking, false, {}};
}
armed::~armed() { current.active = false; }
const std::vector<std::string>& armed::calls() const { return current.calls; }
bool armed::has_struck() const { return current.struck; }

}  // namespace faults

using faults::cut;
using faults::cut_message;
using faults::failed;
using faults::fails;
using faults::kind;
using faults::next;
using faults::original;

// A call that takes no size: it is made, or it fails.
#define PASS_OR_FAIL(result, name, parameters, arguments)                        \
    result name parameters {                                                     \
        static auto* const real = original<result parameters>(#name);            \
        const kind what = next(#name);                                           \
        return fails(what) ? static_cast<result>(failed(what)) : real arguments; \
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
PASS_OR_FAIL(int, eventfd, (unsigned count, int flags), (count, flags))
PASS_OR_FAIL(int, signalfd, (int fd, const sigset_t* which, int flags), (fd, which, flags))
PASS_OR_FAIL(int, sched_getaffinity, (pid_t process, size_t size, cpu_set_t* cores),
             (process, size, cores))
PASS_OR_FAIL(int, lstat, (const char* path, struct stat* status), (path, status))
PASS_OR_FAIL(int, rename, (const char* from, const char* to), (from, to))
PASS_OR_FAIL(int, unlink, (const char* path), (path))
PASS_OR_FAIL(ssize_t, write, (int fd, const void* source, size_t size), (fd, source, size))
PASS_OR_FAIL(off_t, lseek, (int fd, off_t offset, int whence), (fd, offset, whence))
PASS_OR_FAIL(int, epoll_wait, (int fd, epoll_event* events, int count, int timeout),
             (fd, events, count, timeout))
PASS_OR_FAIL(int, epoll_pwait2,
             (int fd, epoll_event* events, int count, const timespec* timeout,
              const sigset_t* mask),
             (fd, events, count, timeout, mask))
PASS_OR_FAIL(int, pselect,
             (int count, fd_set* read, fd_set* write, fd_set* except, const timespec* timeout,
              const sigset_t* mask),
             (count, read, write, except, timeout, mask))
PASS_OR_FAIL(int, gethostname, (char* name, size_t size), (name, size))

// The test's machine keeps its name.
int sethostname(const char*, size_t) {
    const kind what = next("sethostname");
    return fails(what) ? failed(what) : 0;
}

struct if_nameindex* if_nameindex() {
    static auto* const real = original<struct if_nameindex*()>("if_nameindex");
    const kind what = next("if_nameindex");
    if (!fails(what)) return real();
    failed(what);
    return nullptr;
}

unsigned if_nametoindex(const char* name) {
    static auto* const real = original<unsigned(const char*)>("if_nametoindex");
    const kind what = next("if_nametoindex");
    if (!fails(what)) return real(name);
    failed(what);
    return 0;
}

char* if_indextoname(unsigned index, char* name) {
    static auto* const real = original<char*(unsigned, char*)>("if_indextoname");
    const kind what = next("if_indextoname");
    if (!fails(what)) return real(index, name);
    failed(what);
    return nullptr;
}

ssize_t recvmsg(int fd, msghdr* message, int flags) {
    static auto* const real = original<ssize_t(int, msghdr*, int)>("recvmsg");
    const kind what = next("recvmsg");
    if (fails(what)) return failed(what);
    cut_message one(what, *message);
    const ssize_t count = real(fd, &one.header, flags);
    one.header.msg_iov = message->msg_iov;
    one.header.msg_iovlen = message->msg_iovlen;
    *message = one.header;
    return count;
}

ssize_t sendmsg(int fd, const msghdr* message, int flags) {
    static auto* const real = original<ssize_t(int, const msghdr*, int)>("sendmsg");
    const kind what = next("sendmsg");
    if (fails(what)) return failed(what);
    const cut_message one(what, *message);
    return real(fd, &one.header, flags);
}

int recvmmsg(int fd, mmsghdr* messages, unsigned count, int flags, timespec* timeout) {
    static auto* const real = original<int(int, mmsghdr*, unsigned, int, timespec*)>("recvmmsg");
    const kind what = next("recvmmsg");
    if (fails(what)) return failed(what);
    return real(fd, messages, static_cast<unsigned>(cut(what, count)), flags, timeout);
}

int sendmmsg(int fd, mmsghdr* messages, unsigned count, int flags) {
    static auto* const real = original<int(int, mmsghdr*, unsigned, int)>("sendmmsg");
    const kind what = next("sendmmsg");
    if (fails(what)) return failed(what);
    return real(fd, messages, static_cast<unsigned>(cut(what, count)), flags);
}

int open(const char* path, int flags, ...) {
    static auto* const real = original<int(const char*, int, ...)>("open");
    va_list rest;
    va_start(rest, flags);
    const mode_t mode = (flags & O_CREAT) != 0 ? va_arg(rest, mode_t) : 0;
    va_end(rest);
    const kind what = next("open");
    return fails(what) ? failed(what) : real(path, flags, mode);
}

// Of the calls that the C library has no function for, the library makes one.
long syscall(long number, ...) noexcept {
    static auto* const real = original<long(long, ...)>("syscall");
    va_list rest;
    va_start(rest, number);
    long given[6];
    for (long& each : given) each = va_arg(rest, long);
    va_end(rest);
    const kind what = number == SYS_openat2 ? next("syscall") : kind::none;
    if (fails(what)) return failed(what);
    return real(number, given[0], given[1], given[2], given[3], given[4], given[5]);
}

// A connection that a signal interrupted goes on being made.
int connect(int fd, const sockaddr* remote, socklen_t size) {
    static auto* const real = original<int(int, const sockaddr*, socklen_t)>("connect");
    const kind what = next("connect");
    if (what == kind::fail) return failed(what);
    const int outcome = real(fd, remote, size);
    return what == kind::interrupt && outcome == 0 ? failed(what) : outcome;
}

// The descriptor is closed whatever close() says.
int close(int fd) {
    static auto* const real = original<int(int)>("close");
    const kind what = next("close");
    const int outcome = real(fd);
    return fails(what) ? failed(what) : outcome;
}

ssize_t recv(int fd, void* target, size_t size, int flags) {
    static auto* const real = original<ssize_t(int, void*, size_t, int)>("recv");
    const kind what = next("recv");
    return fails(what) ? failed(what) : real(fd, target, cut(what, size), flags);
}

ssize_t recvfrom(int fd, void* target, size_t size, int flags, sockaddr* from, socklen_t* length) {
    static auto* const real =
        original<ssize_t(int, void*, size_t, int, sockaddr*, socklen_t*)>("recvfrom");
    const kind what = next("recvfrom");
    return fails(what) ? failed(what) : real(fd, target, cut(what, size), flags, from, length);
}

ssize_t send(int fd, const void* source, size_t size, int flags) {
    static auto* const real = original<ssize_t(int, const void*, size_t, int)>("send");
    const kind what = next("send");
    return fails(what) ? failed(what) : real(fd, source, cut(what, size), flags);
}

ssize_t sendto(int fd, const void* source, size_t size, int flags, const sockaddr* to,
               socklen_t length) {
    static auto* const real =
        original<ssize_t(int, const void*, size_t, int, const sockaddr*, socklen_t)>("sendto");
    const kind what = next("sendto");
    return fails(what) ? failed(what) : real(fd, source, cut(what, size), flags, to, length);
}

ssize_t sendfile(int to, int from, off_t* offset, size_t count) {
    static auto* const real = original<ssize_t(int, int, off_t*, size_t)>("sendfile");
    const kind what = next("sendfile");
    return fails(what) ? failed(what) : real(to, from, offset, cut(what, count));
}

ssize_t read(int fd, void* target, size_t size) {
    static auto* const real = original<ssize_t(int, void*, size_t)>("read");
    const kind what = next("read");
    return fails(what) ? failed(what) : real(fd, target, cut(what, size));
}

ssize_t pread(int fd, void* target, size_t size, off_t offset) {
    static auto* const real = original<ssize_t(int, void*, size_t, off_t)>("pread");
    const kind what = next("pread");
    return fails(what) ? failed(what) : real(fd, target, cut(what, size), offset);
}

int ppoll(pollfd* fds, nfds_t count, const timespec* timeout, const sigset_t* mask) {
    static auto* const real =
        original<int(pollfd*, nfds_t, const timespec*, const sigset_t*)>("ppoll");
    const kind what = next("ppoll");
    if (fails(what)) return failed(what);
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
    const kind what = next("fcntl");
    return fails(what) ? failed(what) : real(fd, command, argument);
}

int ioctl(int fd, unsigned long request, ...) {
    static auto* const real = original<int(int, unsigned long, ...)>("ioctl");
    va_list rest;
    va_start(rest, request);
    void* argument = va_arg(rest, void*);
    va_end(rest);
    const kind what = next("ioctl");
    return fails(what) ? failed(what) : real(fd, request, argument);
}

int fstat(int fd, struct stat* status) {
    static auto* const real = original<int(int, struct stat*)>("fstat");
    const kind what = next("fstat");
    return fails(what) ? failed(what) : real(fd, status);
}

int fstatat(int folder, const char* path, struct stat* status, int flags) {
    static auto* const real = original<int(int, const char*, struct stat*, int)>("fstatat");
    const kind what = next("fstatat");
    return fails(what) ? failed(what) : real(folder, path, status, flags);
}

#pragma GCC diagnostic pop
#pragma GCC visibility pop

}  // extern "C"
