#include "io/uring/abilities.hpp"

#include <sys/syscall.h>

#include <cerrno>
#include <cstdio>

#include "core/system_call_fault.hpp"
#include "io/uring/ring_fixture.hpp"

namespace priz::io::uring {
namespace {

class abilities_on : public test::on_kernel {};
INSTANTIATE_TEST_SUITE_P(kernels, abilities_on, ::testing::ValuesIn(test::kernels), test::name_of);

TEST_P(abilities_on, are_found_again_by_asking_again) {
    result<abilities> again = find_abilities(r());
    ASSERT_TRUE(again.has_value());
    abilities expected = r().can();
    // What this ring was not to use, the kernel has all the same.
    expected.abs_timer = again->abs_timer;
    expected.no_iowait = again->no_iowait;
    EXPECT_EQ(*again, expected);
    EXPECT_EQ(r().ready(), 0U);
    EXPECT_EQ(r().to_submit(), 0U);
}

TEST_P(abilities_on, grow_with_the_kernel) {
    const abilities can = r().can();
    EXPECT_LE(can.recv_credit, can.multishot_recv);
    EXPECT_LE(can.multishot_recv, can.buf_ring);
    EXPECT_LE(can.buf_ring_incremental, can.buf_ring);
    EXPECT_LE(can.multishot_recv, can.multishot_accept);
    EXPECT_LE(can.abs_timer, can.min_wait);
}

// The smallest queues answer the questions as well: one at a time.
TEST(abilities, are_found_through_the_smallest_ring) {
    result<ring> large = ring::make(), small = ring::make({.sq_entries = 1, .cq_entries = 1});
    if (!test::kernel_has_io_uring()) GTEST_SKIP() << "the kernel has no io_uring for us";
    ASSERT_TRUE(large) << large.error().message();
    EXPECT_EQ(small->can(), large->can());
}

TEST(abilities, without_io_uring_register_are_fewer_and_the_ring_works) {
    if (!test::kernel_has_io_uring()) GTEST_SKIP() << "the kernel has no io_uring for us";
    EXPECT_TRUE(priz::test::holds_when_failing(SYS_io_uring_register, EPERM, [] {
        result<ring> made = ring::make();
        if (!made || made->can().buf_ring || made->can().sync_cancel) return false;
        prep::nop(made->next_sqe(), 1);
        return test::turn_until(*made, 1).size() == 1;
    }));
}

TEST(abilities, without_io_uring_enter_are_a_failure) {
    if (!test::kernel_has_io_uring()) GTEST_SKIP() << "the kernel has no io_uring for us";
    EXPECT_TRUE(priz::test::holds_when_failing(SYS_io_uring_enter, EPERM, [] {
        const result<ring> made = ring::make();
        return !made && made.error().message() == "io_uring_enter: operation not permitted";
    }));
}

}  // namespace
}  // namespace priz::io::uring
