// sys_uring.hpp: the doors to io_uring. The system calls of rings are made through these and
// nowhere else.
//
// The three of io_uring have the kernel's names and arguments and, since glibc has no functions for
// them, the kernel's result as well: -errno on error. io_uring_enter is made by the instruction
// itself where we know it: it is called once for every turn of a loop, and glibc's syscall() would
// shift its arguments and set errno each time. mmap and munmap are the C calls: errno on error.
#pragma once

#include <linux/io_uring.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>

namespace priz::sys {

#if defined(__x86_64__) && defined(__LP64__)
inline int io_uring_enter(int ring, unsigned submit, unsigned min_complete, unsigned flags,
                          const void* argument, std::size_t size) {
    long result = SYS_io_uring_enter;
    register const long r10 asm("r10") = flags;
    register const void* r8 asm("r8") = argument;
    register const std::size_t r9 asm("r9") = size;
    asm volatile("syscall"
                 : "+a"(result)
                 : "D"(static_cast<long>(ring)), "S"(static_cast<long>(submit)),
                   "d"(static_cast<long>(min_complete)), "r"(r10), "r"(r8), "r"(r9)
                 : "rcx", "r11", "memory");
    return static_cast<int>(result);
}
#elif defined(__aarch64__) && defined(__LP64__)
inline int io_uring_enter(int ring, unsigned submit, unsigned min_complete, unsigned flags,
                          const void* argument, std::size_t size) {
    register const long x8 asm("x8") = SYS_io_uring_enter;
    register long x0 asm("x0") = ring;
    register const long x1 asm("x1") = submit;
    register const long x2 asm("x2") = min_complete;
    register const long x3 asm("x3") = flags;
    register const void* x4 asm("x4") = argument;
    register const std::size_t x5 asm("x5") = size;
    asm volatile("svc #0"
                 : "+r"(x0)
                 : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
                 : "memory", "cc");
    return static_cast<int>(x0);
}
#else
inline int io_uring_enter(int ring, unsigned submit, unsigned min_complete, unsigned flags,
                          const void* argument, std::size_t size) {
    const long result =
        ::syscall(SYS_io_uring_enter, ring, submit, min_complete, flags, argument, size);
    return result < 0 ? -errno : static_cast<int>(result);
}
#endif

inline int io_uring_register(int ring, unsigned operation, const void* argument, unsigned count) {
    const long result = ::syscall(SYS_io_uring_register, ring, operation, argument, count);
    return result < 0 ? -errno : static_cast<int>(result);
}
// The descriptor, which the kernel makes close-on-exec.
inline int io_uring_setup(unsigned entries, ::io_uring_params* parameters) {
    const long result = ::syscall(SYS_io_uring_setup, entries, parameters);
    return result < 0 ? -errno : static_cast<int>(result);
}
inline void* mmap(void* where, std::size_t size, int protection, int flags, int fd,
                  ::off_t offset) {
    return ::mmap(where, size, protection, flags, fd, offset);
}
inline int munmap(void* where, std::size_t size) { return ::munmap(where, size); }

}  // namespace priz::sys
