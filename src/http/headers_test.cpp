#include "priz/http/headers.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "priz/http/defect.hpp"
#include "priz/http/head_parser.hpp"
#include "priz/http/head_writer.hpp"

namespace priz::http {

namespace {

using testing::ElementsAre;

TEST(headers, names_are_the_same_in_whichever_case_and_stay_as_they_were_given) {
    const headers h = {{"Content-TYPE", "text/html"}};
    EXPECT_EQ(h.get("content-type"), "text/html");
    EXPECT_EQ(h[0].name, "Content-TYPE");
    EXPECT_EQ(h.get("content-typ"), std::nullopt);
}

TEST(headers, fields_keep_their_order_and_a_name_its_values) {
    const headers h = {{"A", "1"}, {"B", "2"}, {"a", "3"}};
    EXPECT_THAT(h.get_all("A"), ElementsAre("1", "3"));
    EXPECT_EQ(h.joined("a"), "1, 3");
    EXPECT_EQ(h.joined("c"), std::nullopt);
    EXPECT_THAT(h.views(),
                ElementsAre(field_view{"A", "1"}, field_view{"B", "2"}, field_view{"a", "3"}));
}

TEST(headers, set_leaves_one_in_the_place_of_the_first) {
    headers h = {{"A", "1"}, {"B", "2"}, {"a", "3"}, {"C", "4"}};
    h.set("A", "5");
    EXPECT_EQ(h, (headers{{"A", "5"}, {"B", "2"}, {"C", "4"}}));
    h.set("D", "6");
    EXPECT_EQ(h[3], (field_view{"D", "6"}));
}

TEST(headers, remove_takes_out_all_of_a_name) {
    headers h = {{"A", "1"}, {"B", "2"}, {"a", "3"}};
    EXPECT_EQ(h.remove("a"), 2U);
    EXPECT_EQ(h.remove("a"), 0U);
    EXPECT_EQ(h, (headers{{"B", "2"}}));
}

TEST(headers, what_was_moved_from_is_empty_and_may_be_used_again) {
    const std::string value(1500, 'v');
    headers h = {{"A", value}};
    h.set("A", "1");  // leaves bytes that no field has
    h.add("B", value);
    headers taken = std::move(h);
    EXPECT_TRUE(h.empty());  // NOLINT(bugprone-use-after-move)
    for (int i = 0; i < 5; ++i) h.set("C", value);
    EXPECT_EQ(h, (headers{{"C", value}}));
    h = std::move(taken);
    EXPECT_EQ(h, (headers{{"A", "1"}, {"B", value}}));
    EXPECT_TRUE(taken.empty());  // NOLINT(bugprone-use-after-move)
    headers& same = h;
    h = std::move(same);
    EXPECT_EQ(h.size(), 2U);
}

// All values stand in one text: two views into it tell how large it is.
TEST(headers, fields_that_are_added_and_removed_leave_nothing_behind) {
    headers h = {{"A", "first"}};
    const std::string value(100, 'v');
    for (int i = 0; i < 10000; ++i) {
        h.add("B", value);
        EXPECT_LT(h.get("B")->data() - h.get("A")->data(), 4096);
        EXPECT_EQ(h.remove("b"), 1U);
    }
    EXPECT_EQ(h, (headers{{"A", "first"}}));
}

TEST(headers, a_field_may_be_set_from_a_view_of_another) {
    headers h = {{"A", "some value that is longer than a short string is"}};
    for (int i = 0; i < 10; ++i) h.add("B", *h.get("A"));
    for (int i = 0; i < 200; ++i) h.set("A", *h.get("B"));
    EXPECT_EQ(h.get("A"), "some value that is longer than a short string is");
    EXPECT_EQ(h.get_all("B").size(), 10U);
}

TEST(headers, what_would_begin_another_field_is_refused) {
    headers h;
    EXPECT_EQ(h.try_add("X", "a\r\nY: b").error().code(), defect::bad_field_value);
    EXPECT_EQ(h.try_add("X", std::string_view("a\0b", 3)).error().code(), defect::bad_field_value);
    EXPECT_EQ(h.try_set("X\r\n", "a").error().code(), defect::bad_field_name);
    EXPECT_EQ(h.try_add("", "a").error().code(), defect::bad_field_name);
    EXPECT_THROW(h.add("X y", "a"), error);
    EXPECT_TRUE(h.empty());
}

TEST(headers, white_space_around_a_value_is_no_part_of_it) {
    headers h;
    h.add("X", " \ta b\t ");
    EXPECT_EQ(h.get("x"), "a b");
}

TEST(headers, a_parsed_head_is_copied_and_written_again) {
    const std::string head = "GET / HTTP/1.1\r\nHost: a\r\nX: 1\r\nX: 2\r\n\r\n";
    field_places<> places;
    request_parser parser(places);
    ASSERT_EQ(parser.parse(head), progress::complete);
    const headers copy(parser.fields());
    EXPECT_EQ(copy.size(), 3U);
    std::string out;
    append_request_head(out, "GET", "/", copy.views());
    EXPECT_EQ(out, head);
}

}  // namespace

}  // namespace priz::http
