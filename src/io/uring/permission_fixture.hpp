// permission_fixture.hpp: whether the kernel lets this process have an io_uring, asked without
// priz: where it does, that priz cannot make one is a failure and no reason to skip a test.
#pragma once

#include <gtest/gtest.h>
#include <linux/io_uring.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace priz::io::uring::test {

inline ::testing::AssertionResult kernel_has_io_uring() {
    ::io_uring_params asked = {};
    const long ring = ::syscall(SYS_io_uring_setup, 1, &asked);
    if (ring >= 0)
        ::close(static_cast<int>(ring));
    else if (errno == ENOSYS || errno == EPERM || errno == EACCES)
        return ::testing::AssertionFailure() << std::strerror(errno);
    return ::testing::AssertionSuccess();
}

}  // namespace priz::io::uring::test
