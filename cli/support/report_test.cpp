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
