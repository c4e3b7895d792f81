#include "report.hpp"

#include <gtest/gtest.h>

namespace priz::cli {

namespace {

TEST(report, base64_is_that_of_rfc_4648) {
    EXPECT_EQ(base64(""), "");
    EXPECT_EQ(base64("f"), "Zg==");
    EXPECT_EQ(base64("fo"), "Zm8=");
    EXPECT_EQ(base64("foo"), "Zm9v");
    EXPECT_EQ(base64("foobar"), "Zm9vYmFy");
    EXPECT_EQ(base64("\xff\xfe\xfd"), "//79");
}

TEST(report, a_live_line_stays_clear_of_the_last_column) {
    EXPECT_EQ(cut_to("abcd", 6), "abcd");
    EXPECT_EQ(cut_to("abcd", 5), "abcd");
    EXPECT_EQ(cut_to("abcd", 4), "abc");
    EXPECT_EQ(cut_to("abcd", 1), "");
    EXPECT_EQ(cut_to("abcd", 0), "");
    EXPECT_EQ(cut_to("3 µs, 5 µs", 5), "3 µs") << "columns, not bytes";
    EXPECT_EQ(cut_to("\xff\xff\xff", 3), "\xff\xff") << "what is no character takes a column";
}

TEST(report, bytes_are_text_only_where_they_are_utf_8) {
    json fields;
    put_bytes(fields, "dünya");
    EXPECT_EQ(fields["text"], "dünya");
    json others;
    put_bytes(others, "\xc0\xaf");  // an overlong slash
    EXPECT_EQ(others["base64"], "wK8=");
    EXPECT_FALSE(others.contains("text"));
}

}  // namespace

}  // namespace priz::cli
