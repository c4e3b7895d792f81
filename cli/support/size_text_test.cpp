#include "size_text.hpp"

#include <gtest/gtest.h>

namespace priz::cli {

namespace {

TEST(size_text, a_number_alone_is_bytes_and_k_and_m_multiply_it) {
    EXPECT_EQ(parse_size("64"), 64);
    EXPECT_EQ(parse_size("16k"), 16'384);
    EXPECT_EQ(parse_size("16K"), 16'384);
    EXPECT_EQ(parse_size("1m"), 1'048'576);
}

TEST(size_text, anything_else_is_refused) {
    for (const char* wrong : {"", "0", "0k", "-1", "+1", "1.5k", "k", "1kb", "1 k", " 1", "1g",
                              "99999999999999999999", "99999999999999999m"})
        EXPECT_EQ(parse_size(wrong), std::nullopt) << wrong;
}

TEST(size_text, people_read_three_digits_and_a_unit) {
    EXPECT_EQ(size_text(0), "0 bytes");
    EXPECT_EQ(size_text(512), "512 bytes");
    EXPECT_EQ(size_text(1500), "1.5 kB");
    EXPECT_EQ(size_text(999'400), "999 kB");
    EXPECT_EQ(size_text(999'600), "1 MB");
    EXPECT_EQ(size_text(79'012'345), "79 MB");
    EXPECT_EQ(size_text(2.5e15), "2.5e+03 TB");
}

}  // namespace

}  // namespace priz::cli
