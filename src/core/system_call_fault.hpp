// system_call_fault.hpp: a system call made to fail, as old kernels, sandboxes and full tables do,
// for tests. A seccomp filter answers the call with an errno before the kernel looks at it; filters
// last until the process ends, so what is to be seen happens in a child.
#pragma once

#include <gtest/gtest.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>

namespace priz::test {

// From here on `number` (SYS_…) fails with `cause` in this process. False where filters are
// forbidden.
inline bool fail_from_now_on(long number, int cause) {
    std::array<::sock_filter, 4> program{
        ::sock_filter{BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(::seccomp_data, nr)},
        ::sock_filter{BPF_JMP | BPF_JEQ | BPF_K, 0, 1, static_cast<unsigned>(number)},
        ::sock_filter{BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ERRNO | static_cast<unsigned>(cause)},
        ::sock_filter{BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW},
    };
    const ::sock_fprog filter{program.size(), program.data()};
    return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter, 0, 0) == 0;
}

// Whether `claim()` holds in a child process in which `number` fails with `cause`.
template <class Claim>
::testing::AssertionResult holds_when_failing(long number, int cause, Claim&& claim) {
    const ::pid_t child = ::fork();
    if (child == 0) {
        if (!fail_from_now_on(number, cause)) ::_exit(2);
        ::_exit(claim() ? 0 : 1);
    }
    int status = 0;
    while (::waitpid(child, &status, 0) != child) continue;
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return ::testing::AssertionSuccess();
    return ::testing::AssertionFailure()
           << (WIFEXITED(status) ? "exit status " : "wait status ")
           << (WIFEXITED(status) ? WEXITSTATUS(status) : status) << " (2: no filters here)";
}

}  // namespace priz::test
