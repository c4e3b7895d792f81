// sys_direct.hpp: the system calls that are made for each message, without the C library around
// them.
//
// The C library's recv() and send() are points where threads may be cancelled, and report their
// errors by a variable of the thread; that is more than half of the instructions that a message
// costs in user space. These give a negative errno instead. Where the processor is not one of those
// below, and under sanitizers, which have to see the calls, they are the C library's.
#pragma once

#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <cerrno>
#include <cstddef>

#include "core/sys.hpp"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define PRIZ_DIRECT_CALLS 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define PRIZ_DIRECT_CALLS 0
#endif
#endif
#ifndef PRIZ_DIRECT_CALLS
#if defined(__x86_64__) && defined(__LP64__)
#define PRIZ_DIRECT_CALLS 1
#else
#define PRIZ_DIRECT_CALLS 0
#endif
#endif

namespace priz::sys {

#if PRIZ_DIRECT_CALLS

// The kernel keeps every register but these two.
inline long direct_call(long number, long a, long b, long c, long d, long e, long f) noexcept {
    register long r10 asm("r10") = d;
    register long r8 asm("r8") = e;
    register long r9 asm("r9") = f;
    long outcome = number;
    asm volatile("syscall"
                 : "+a"(outcome)
                 : "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                 : "rcx", "r11", "memory");
    return outcome;
}

inline std::ptrdiff_t direct_recv(int fd, void* target, std::size_t size, int flags) noexcept {
    return direct_call(SYS_recvfrom, fd, reinterpret_cast<long>(target), static_cast<long>(size),
                       flags, 0, 0);
}
inline std::ptrdiff_t direct_send(int fd, const void* source, std::size_t size,
                                  int flags) noexcept {
    return direct_call(SYS_sendto, fd, reinterpret_cast<long>(source), static_cast<long>(size),
                       flags | MSG_NOSIGNAL, 0, 0);
}
inline int direct_epoll_wait(int epoll, ::epoll_event* events, int count, int timeout_ms) noexcept {
    return static_cast<int>(direct_call(SYS_epoll_wait, epoll, reinterpret_cast<long>(events),
                                        count, timeout_ms, 0, 0));
}

#else

inline std::ptrdiff_t direct_recv(int fd, void* target, std::size_t size, int flags) noexcept {
    const std::ptrdiff_t outcome = recv(fd, target, size, flags);
    return outcome < 0 ? -errno : outcome;
}
inline std::ptrdiff_t direct_send(int fd, const void* source, std::size_t size,
                                  int flags) noexcept {
    const std::ptrdiff_t outcome = send(fd, source, size, flags);
    return outcome < 0 ? -errno : outcome;
}
inline int direct_epoll_wait(int epoll, ::epoll_event* events, int count, int timeout_ms) noexcept {
    const int outcome = sys::epoll_wait(epoll, events, count, timeout_ms);
    return outcome < 0 ? -errno : outcome;
}

#endif

}  // namespace priz::sys
