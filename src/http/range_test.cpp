#include "priz/http/range.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "priz/http/defect.hpp"

namespace priz::http {

namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(range, the_examples_of_the_standard) {  // RFC 9110, 14.1.2
    EXPECT_THAT(parse_range("bytes=0-499", 10000), ElementsAre(byte_range{0, 499}));
    EXPECT_THAT(parse_range("bytes=500-999", 10000), ElementsAre(byte_range{500, 999}));
    EXPECT_THAT(parse_range("bytes=-500", 10000), ElementsAre(byte_range{9500, 9999}));
    EXPECT_THAT(parse_range("bytes=9500-", 10000), ElementsAre(byte_range{9500, 9999}));
    EXPECT_THAT(parse_range("bytes=0-0,-1", 10000),
                ElementsAre(byte_range{0, 0}, byte_range{9999, 9999}));
    EXPECT_THAT(parse_range("bytes= 0-999, 4500-5499, -1000", 10000),
                ElementsAre(byte_range{0, 999}, byte_range{4500, 5499}, byte_range{9000, 9999}));
}

TEST(range, ranges_are_cut_to_what_there_is) {
    EXPECT_THAT(parse_range("bytes=5-500", 10), ElementsAre(byte_range{5, 9}));
    EXPECT_THAT(parse_range("bytes=-500", 10), ElementsAre(byte_range{0, 9}));
    EXPECT_THAT(parse_range("bytes=0-18446744073709551615", 10), ElementsAre(byte_range{0, 9}));
    EXPECT_THAT(parse_range("bytes=10-", 10), IsEmpty());
    EXPECT_THAT(parse_range("bytes=-0", 10), IsEmpty());
    EXPECT_THAT(parse_range("bytes=0-", 0), IsEmpty());
    EXPECT_THAT(parse_range("bytes=-5", 0), IsEmpty());
    EXPECT_THAT(parse_range("bytes=20-30,1-2", 10), ElementsAre(byte_range{1, 2}));
}

TEST(range, what_is_no_range_of_bytes_is_refused) {
    for (const auto text : {"", "bytes", "bytes=", "bytes=,", "bytes=a-b", "bytes=5-4", "bytes=-",
                            "bytes=1", "bytes=1--2", "bytes=+1-2", "bytes=1-2-3", "bytes =1-2",
                            "lines=1-2", "bytes=0x1-2", "bytes=18446744073709551616-"})
        EXPECT_EQ(try_parse_range(text, 10).error().code(), defect::bad_syntax) << text;
}

// CVE-2011-3192: many overlapping ranges, which together are a multiple of the file.
TEST(range, a_small_request_cannot_ask_for_a_large_answer) {
    EXPECT_EQ(try_parse_range("bytes=0-,0-,0-,0-", 10).error().code(), defect::too_many_fields);
    EXPECT_EQ(parse_range("bytes=0-5,1-6,2-7", 10).size(), 3U);
    std::string many = "bytes=0-0";
    for (int i = 1; i < 17; ++i) many += ',' + std::to_string(2 * i) + '-' + std::to_string(2 * i);
    EXPECT_EQ(try_parse_range(many, 100).error().code(), defect::too_many_fields);
    EXPECT_EQ(parse_range(many, 100, 17).size(), 17U);
}

TEST(range, a_content_range_is_written_as_it_is_read) {
    for (const auto text : {"bytes 0-499/1234", "bytes 0-499/*", "bytes */1234", "bytes 0-0/1"})
        EXPECT_EQ(parse_content_range(text).str(), text);
    const auto part = parse_content_range("bytes 42-1233/1234");
    EXPECT_EQ(part.range, (byte_range{42, 1233}));
    EXPECT_EQ(part.range->size(), 1192U);
    EXPECT_EQ(part.size, 1234U);
}

TEST(range, a_content_range_beyond_its_size_is_refused) {
    for (const auto text : {"bytes 0-10/10", "bytes 5-4/10", "bytes -5/10", "bytes 5-/10",
                            "bytes 0-18446744073709551615/*", "bytes */*", "bytes 0-1",
                            "bytes=0-1/2", "lines 0-1/2", "bytes 0-1/x"})
        EXPECT_EQ(try_parse_content_range(text).error().code(), defect::bad_syntax) << text;
}

}  // namespace

}  // namespace priz::http
