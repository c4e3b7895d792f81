#include "nearest.hpp"

#include <gtest/gtest.h>

namespace priz::cli {

namespace {

const std::vector<std::string> verbs = {"listen", "connect", "lookup", "tour", "doctor"};

TEST(nearest, a_slip_of_the_finger_finds_the_word) {
    EXPECT_EQ(nearest("lisen", verbs), "listen");
    EXPECT_EQ(nearest("lsiten", verbs), "listen");
    EXPECT_EQ(nearest("conenct", verbs), "connect");
    EXPECT_EQ(nearest("docter", verbs), "doctor");
}

TEST(nearest, the_beginning_of_a_word_finds_it) {
    EXPECT_EQ(nearest("con", verbs), "connect");
    EXPECT_EQ(nearest("lo", verbs), "lookup");
}

TEST(nearest, what_is_far_from_all_finds_none) {
    EXPECT_EQ(nearest("xyzzy", verbs), "");
    EXPECT_EQ(nearest("", verbs), "");
}

}  // namespace

}  // namespace priz::cli
