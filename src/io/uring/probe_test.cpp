#include "io/uring/probe.hpp"

#include <sys/syscall.h>

#include <cerrno>

#include "core/system_call_fault.hpp"
#include "io/uring/ring_fixture.hpp"

namespace priz::io::uring {
namespace {

using priz::test::holds_when_failing;

bool says(const result<abilities>& probed, const char* words) {
    return !probed && probed.error().message().find(words) != std::string::npos;
}

TEST(probe, finds_what_a_ring_finds) {
    if (!test::kernel_has_io_uring()) GTEST_SKIP() << "the kernel has no io_uring for us";
    const result<abilities> probed = probe();
    ASSERT_TRUE(probed) << probed.error().message();
    EXPECT_EQ(*probed, ring::make()->can());
}

TEST(probe, tells_of_a_sandbox) {
    if (!test::kernel_has_io_uring()) GTEST_SKIP() << "the kernel has no io_uring for us";
    EXPECT_TRUE(holds_when_failing(SYS_io_uring_setup, EPERM, [] {
        return says(probe(), "io_uring_setup: operation not permitted: a seccomp filter");
    }));
    EXPECT_TRUE(holds_when_failing(SYS_io_uring_setup, ENOSYS,
                                   [] { return says(probe(), "this kernel has no io_uring"); }));
}

TEST(probe, tells_of_a_kernel_that_is_too_old) {
    EXPECT_TRUE(holds_when_failing(SYS_io_uring_setup, EINVAL,
                                   [] { return says(probe(), "older than that of Linux 5.18"); }));
}

TEST(probe, tells_of_a_table_that_is_full) {
    EXPECT_TRUE(
        holds_when_failing(SYS_io_uring_setup, EMFILE, [] { return says(probe(), "ulimit -n"); }));
}

TEST(probe, tells_who_has_turned_io_uring_off) {
    EXPECT_NE(why_refused(EPERM, "2\n").find("is 2, which turns io_uring off for everybody"),
              std::string::npos);
    EXPECT_NE(why_refused(EPERM, "1\n").find("io_uring_group"), std::string::npos);
    EXPECT_NE(why_refused(EPERM, "0\n").find("seccomp"), std::string::npos);
    EXPECT_NE(why_refused(EPERM, "").find("seccomp"), std::string::npos);
    EXPECT_NE(why_refused(ENOMEM, "0\n").find("memory"), std::string::npos);
    EXPECT_EQ(why_refused(EFAULT, "0\n"), "");
}

}  // namespace
}  // namespace priz::io::uring
