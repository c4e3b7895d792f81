#include "priz/http/entity_tag.hpp"

#include <gtest/gtest.h>

#include "priz/http/defect.hpp"

namespace priz::http {

namespace {

TEST(entity_tag, a_tag_is_written_as_it_is_read) {
    for (const auto text : {"\"\"", "\"xyzzy\"", "W/\"xyzzy\"", "\"a\\b,c\"", "\"\xff\""})
        EXPECT_EQ(parse_entity_tag(text).str(), text);
    EXPECT_TRUE(parse_entity_tag("W/\"x\"").weak);
    EXPECT_EQ(parse_entity_tag(" \"x\" ").opaque, "x");
}

TEST(entity_tag, what_is_no_tag_is_refused) {
    for (const auto text : {"", "x", "\"", "\"x", "x\"", "w/\"x\"", "W/ \"x\"", "W/x", "\"a b\"",
                            "\"a\tb\"", "\"a\"b", "\"a\", \"b\"", "*"})
        EXPECT_EQ(try_parse_entity_tag(text).error().code(), defect::bad_syntax) << text;
}

TEST(entity_tag, the_table_of_the_standard) {  // RFC 9110, 8.8.3.2
    const auto tag = [](const char* text) { return parse_entity_tag(text); };
    EXPECT_FALSE(strong_equal(tag("W/\"1\""), tag("W/\"1\"")));
    EXPECT_TRUE(weak_equal(tag("W/\"1\""), tag("W/\"1\"")));
    EXPECT_FALSE(strong_equal(tag("W/\"1\""), tag("W/\"2\"")));
    EXPECT_FALSE(weak_equal(tag("W/\"1\""), tag("W/\"2\"")));
    EXPECT_FALSE(strong_equal(tag("W/\"1\""), tag("\"1\"")));
    EXPECT_TRUE(weak_equal(tag("W/\"1\""), tag("\"1\"")));
    EXPECT_TRUE(strong_equal(tag("\"1\""), tag("\"1\"")));
    EXPECT_TRUE(weak_equal(tag("\"1\""), tag("\"1\"")));
}

TEST(entity_tag, a_list_has_a_tag_weakly_or_strongly) {
    const entity_tag current = {.opaque = "b"};
    EXPECT_TRUE(if_none_match("\"a\", W/\"b\"", current));
    EXPECT_FALSE(if_match("\"a\", W/\"b\"", current));
    EXPECT_TRUE(if_match("\"a\" ,\"b\"", current));
    EXPECT_FALSE(if_none_match("\"a\",\"c\"", current));
    EXPECT_TRUE(if_none_match(" * ", current));
    EXPECT_TRUE(if_match(",, \"b\",", current));
    EXPECT_TRUE(if_none_match("\"a,\", \"b\"", current));
    EXPECT_FALSE(if_none_match("", current));
}

TEST(entity_tag, a_list_that_is_none_has_no_tag) {
    const entity_tag current = {.opaque = "b"};
    for (const auto list : {"b", "\"b", "\"b\" \"c\"", "\"b\"; \"c\"", "\"b\", x", "*, \"b\""})
        EXPECT_FALSE(if_none_match(list, current)) << list;
}

}  // namespace

}  // namespace priz::http
