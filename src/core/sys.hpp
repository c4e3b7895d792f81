// sys.hpp: the door to the kernel. System calls of the core room are made through these and nowhere
// else.
//
// Each has the C call's name, arguments and result: -1 and errno on error. They add two things
// only: every descriptor they make is close-on-exec from the first moment, and nothing they send
// raises SIGPIPE (save sendfile, which has no flag for that: see sigpipe.hpp). Keep them in
// alphabetical order.
#pragma once

#include <fcntl.h>
#include <linux/openat2.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/select.h>
#include <sys/sendfile.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <cstddef>
#include <cstdio>

namespace priz::sys {

inline int accept4(int fd, ::sockaddr* from, ::socklen_t* size, int flags) {
    return ::accept4(fd, from, size, flags | SOCK_CLOEXEC);
}
inline int bind(int fd, const ::sockaddr* local, ::socklen_t size) {
    return ::bind(fd, local, size);
}
inline int clock_gettime(::clockid_t clock, ::timespec* now) { return ::clock_gettime(clock, now); }
inline int close(int fd) { return ::close(fd); }
inline int connect(int fd, const ::sockaddr* remote, ::socklen_t size) {
    return ::connect(fd, remote, size);
}
// dup(2), but close-on-exec.
inline int dup(int fd) { return ::fcntl(fd, F_DUPFD_CLOEXEC, 0); }
inline int epoll_create1(int flags) { return ::epoll_create1(flags | EPOLL_CLOEXEC); }
inline int epoll_ctl(int epoll, int command, int fd, ::epoll_event* event) {
    return ::epoll_ctl(epoll, command, fd, event);
}
inline int epoll_pwait2(int epoll, ::epoll_event* events, int count, const ::timespec* timeout,
                        const ::sigset_t* mask) {
    return ::epoll_pwait2(epoll, events, count, timeout, mask);
}
inline int epoll_wait(int epoll, ::epoll_event* events, int count, int timeout_ms) {
    return ::epoll_wait(epoll, events, count, timeout_ms);
}
inline int eventfd(unsigned value, int flags) { return ::eventfd(value, flags | EFD_CLOEXEC); }
inline int fcntl(int fd, int command, int argument) { return ::fcntl(fd, command, argument); }
inline int fstat(int fd, struct ::stat* status) { return ::fstat(fd, status); }
inline int fstatat(int folder, const char* path, struct ::stat* status, int flags) {
    return ::fstatat(folder, path, status, flags);
}
inline int gethostname(char* name, std::size_t size) { return ::gethostname(name, size); }
inline int getpeername(int fd, ::sockaddr* remote, ::socklen_t* size) {
    return ::getpeername(fd, remote, size);
}
inline int getsockname(int fd, ::sockaddr* local, ::socklen_t* size) {
    return ::getsockname(fd, local, size);
}
inline int getsockopt(int fd, int level, int option, void* value, ::socklen_t* size) {
    return ::getsockopt(fd, level, option, value, size);
}
inline int ioctl(int fd, unsigned long request, void* argument) {
    return ::ioctl(fd, request, argument);
}
inline void if_freenameindex(struct ::if_nameindex* all) { ::if_freenameindex(all); }
inline char* if_indextoname(unsigned index, char* name) { return ::if_indextoname(index, name); }
inline struct ::if_nameindex* if_nameindex() { return ::if_nameindex(); }
inline unsigned if_nametoindex(const char* name) { return ::if_nametoindex(name); }
inline int listen(int fd, int backlog) { return ::listen(fd, backlog); }
inline ::off_t lseek(int fd, ::off_t offset, int whence) { return ::lseek(fd, offset, whence); }
inline int lstat(const char* path, struct ::stat* status) { return ::lstat(path, status); }
inline int open(const char* path, int flags) { return ::open(path, flags | O_CLOEXEC); }
inline int open(const char* path, int flags, ::mode_t mode) {
    return ::open(path, flags | O_CLOEXEC, mode);
}
// The C library has no function for it.
inline int openat2(int folder, const char* path, ::open_how how) {
    how.flags |= O_CLOEXEC;
    return static_cast<int>(::syscall(SYS_openat2, folder, path, &how, sizeof how));
}
inline int ppoll(::pollfd* fds, ::nfds_t count, const ::timespec* timeout, const ::sigset_t* mask) {
    return ::ppoll(fds, count, timeout, mask);
}
inline ::ssize_t pread(int fd, void* target, std::size_t size, ::off_t offset) {
    return ::pread(fd, target, size, offset);
}
inline int pselect(int count, ::fd_set* read, ::fd_set* write, ::fd_set* except,
                   const ::timespec* timeout, const ::sigset_t* mask) {
    return ::pselect(count, read, write, except, timeout, mask);
}
inline int pthread_sigmask(int how, const ::sigset_t* mask, ::sigset_t* before) {
    return ::pthread_sigmask(how, mask, before);
}
inline ::ssize_t read(int fd, void* target, std::size_t size) { return ::read(fd, target, size); }
inline ::ssize_t recv(int fd, void* target, std::size_t size, int flags) {
    return ::recv(fd, target, size, flags);
}
inline ::ssize_t recvfrom(int fd, void* target, std::size_t size, int flags, ::sockaddr* from,
                          ::socklen_t* from_size) {
    return ::recvfrom(fd, target, size, flags, from, from_size);
}
inline int recvmmsg(int fd, ::mmsghdr* messages, unsigned count, int flags) {
    return ::recvmmsg(fd, messages, count, flags, nullptr);
}
inline ::ssize_t recvmsg(int fd, ::msghdr* message, int flags) {
    return ::recvmsg(fd, message, flags);
}
inline int rename(const char* from, const char* to) { return ::rename(from, to); }
inline int sched_getaffinity(::pid_t process, std::size_t size, ::cpu_set_t* cpus) {
    return ::sched_getaffinity(process, size, cpus);
}
inline ::ssize_t send(int fd, const void* source, std::size_t size, int flags) {
    return ::send(fd, source, size, flags | MSG_NOSIGNAL);
}
inline ::ssize_t sendfile(int to, int from, ::off_t* offset, std::size_t count) {
    return ::sendfile(to, from, offset, count);
}
inline int sendmmsg(int fd, ::mmsghdr* messages, unsigned count, int flags) {
    return ::sendmmsg(fd, messages, count, flags | MSG_NOSIGNAL);
}
inline ::ssize_t sendmsg(int fd, const ::msghdr* message, int flags) {
    return ::sendmsg(fd, message, flags | MSG_NOSIGNAL);
}
inline ::ssize_t sendto(int fd, const void* source, std::size_t size, int flags,
                        const ::sockaddr* to, ::socklen_t to_size) {
    return ::sendto(fd, source, size, flags | MSG_NOSIGNAL, to, to_size);
}
inline int sethostname(const char* name, std::size_t size) { return ::sethostname(name, size); }
inline int setsockopt(int fd, int level, int option, const void* value, ::socklen_t size) {
    return ::setsockopt(fd, level, option, value, size);
}
inline int shutdown(int fd, int how) { return ::shutdown(fd, how); }
inline int sigpending(::sigset_t* pending) { return ::sigpending(pending); }
inline int signalfd(int fd, const ::sigset_t* mask, int flags) {
    return ::signalfd(fd, mask, flags | SFD_CLOEXEC);
}
inline int sigtimedwait(const ::sigset_t* mask, ::siginfo_t* info, const ::timespec* timeout) {
    return ::sigtimedwait(mask, info, timeout);
}
inline int socket(int family, int type, int proto) {
    return ::socket(family, type | SOCK_CLOEXEC, proto);
}
inline int socketpair(int family, int type, int proto, int* pair) {
    return ::socketpair(family, type | SOCK_CLOEXEC, proto, pair);
}
inline int unlink(const char* path) { return ::unlink(path); }
inline ::ssize_t write(int fd, const void* source, std::size_t size) {
    return ::write(fd, source, size);
}

}  // namespace priz::sys
