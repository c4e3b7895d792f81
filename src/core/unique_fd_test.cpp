#include "priz/unique_fd.hpp"

#include <gtest/gtest.h>

#include "core/sys.hpp"

namespace priz {
namespace {

bool is_open(int fd) { return sys::fcntl(fd, F_GETFD, 0) >= 0; }

TEST(unique_fd, closes_what_it_holds_at_its_end) {
    int fd = -1;
    {
        unique_fd held(sys::dup(0));
        fd = held.get();
        ASSERT_TRUE(is_open(fd));
    }
    EXPECT_FALSE(is_open(fd));
}

TEST(unique_fd, a_move_leaves_nothing_behind) {
    unique_fd first(sys::dup(0));
    const int fd = first.get();
    unique_fd second(std::move(first));
    EXPECT_EQ(second.get(), fd);
    EXPECT_FALSE(first);  // NOLINT(bugprone-use-after-move)
}

TEST(unique_fd, assignment_closes_what_was_held_before) {
    unique_fd held(sys::dup(0));
    const int old = held.get();
    unique_fd other(sys::dup(0));
    held = std::move(other);
    EXPECT_FALSE(is_open(old));
    EXPECT_TRUE(is_open(held.get()));
}

TEST(unique_fd, what_is_released_stays_open) {
    unique_fd held(sys::dup(0));
    unique_fd again(held.release());
    EXPECT_FALSE(held);
    EXPECT_TRUE(is_open(again.get()));
}

}  // namespace
}  // namespace priz
