// What Python reads alike is in tests/http_values; here is what it does not, or reads otherwise.
#include <gtest/gtest.h>

#include "priz/http/date.hpp"
#include "priz/http/defect.hpp"
#include "priz/http/media_type.hpp"
#include "priz/http/query.hpp"

namespace priz::http {

namespace {

TEST(date, the_three_forms_of_the_standard_are_one_moment) {  // RFC 9110, 5.6.7
    EXPECT_EQ(parse_date("Sun, 06 Nov 1994 08:49:37 GMT"), 784111777);
    EXPECT_EQ(parse_date("Sunday, 06-Nov-94 08:49:37 GMT"), 784111777);
    EXPECT_EQ(parse_date("Sun Nov  6 08:49:37 1994"), 784111777);
    EXPECT_EQ(date_text(784111777).text(), "Sun, 06 Nov 1994 08:49:37 GMT");
}

TEST(date, what_is_none_of_them_exactly_is_refused) {
    for (const auto text : {"",
                            "Sun",
                            "Sun, 06 Nov 1994 08:49:37",
                            "Sun, 06 Nov 1994 08:49:37 UTC",
                            "Sun, 06 Nov 1994 08:49:37 GMT ",
                            " Sun, 06 Nov 1994 08:49:37 GMT",
                            "Sun, 6 Nov 1994 08:49:37 GMT",
                            "Sun, 06 nov 1994 08:49:37 GMT",
                            "sun, 06 Nov 1994 08:49:37 GMT",
                            "Xxx, 06 Nov 1994 08:49:37 GMT",
                            "Sun, 06 Nov 1994 24:00:00 GMT",
                            "Sun, 06 Nov 1994 08:60:37 GMT",
                            "Sun, 06 Nov 1994 08:49:61 GMT",
                            "Sun, 00 Nov 1994 08:49:37 GMT",
                            "Sun, 31 Nov 1994 08:49:37 GMT",
                            "Sun, 29 Feb 1900 08:49:37 GMT",
                            "Sun, +6 Nov 1994 08:49:37 GMT",
                            "Sun, 06 Nov 994 08:49:37 GMT",
                            "784111777",
                            "Sunday, 06-Nov-1994 08:49:37 GMT",
                            "Sun, 06-Nov-94 08:49:37 GMT",
                            "Sun Nov 6 08:49:37 1994",
                            "Sun Nov 06 08:49:37 94",
                            "SunNov"})
        EXPECT_EQ(try_parse_date(text).error().code(), defect::bad_syntax) << text;
}

TEST(date, a_leap_day_and_a_leap_second_are_read) {
    EXPECT_EQ(parse_date("Tue, 29 Feb 2000 00:00:00 GMT"), 951782400);
    EXPECT_EQ(parse_date("Sat, 31 Dec 2016 23:59:60 GMT"), 1483228800);
}

TEST(date, a_year_of_two_digits_is_at_most_50_years_ahead) {
    const std::int64_t now = parse_date("Sat, 15 Jun 2024 12:00:00 GMT");
    const auto read = [&](const char* text) {
        return std::string(date_text(parse_date(text, now)).text().substr(12, 4));
    };
    EXPECT_EQ(read("Friday, 15-Jun-74 12:00:00 GMT"), "2074");
    EXPECT_EQ(read("Friday, 15-Jun-74 12:00:01 GMT"), "1974");
    EXPECT_EQ(read("Friday, 15-Jun-75 00:00:00 GMT"), "1975");
    EXPECT_EQ(read("Friday, 15-Jun-99 00:00:00 GMT"), "1999");
    EXPECT_EQ(read("Friday, 15-Jun-00 00:00:00 GMT"), "2000");
    EXPECT_EQ(read("Friday, 15-Jun-24 00:00:00 GMT"), "2024");
    const std::int64_t later = parse_date("Sat, 15 Jun 2099 12:00:00 GMT");
    EXPECT_EQ(parse_date("Friday, 01-Jan-01 00:00:00 GMT", later),
              parse_date("Sat, 01 Jan 2101 00:00:00 GMT"));
    const char* const any = "Friday, 01-Jan-01 00:00:00 GMT";
    EXPECT_EQ(date_text(parse_date(any, INT64_MIN)).text(), "Sat, 01 Jan 0101 00:00:00 GMT");
    EXPECT_TRUE(try_parse_date(any, INT64_MAX).has_value());
}

TEST(date, what_lies_outside_four_digits_is_written_as_the_nearest) {
    EXPECT_EQ(date_text(INT64_MAX).text(), "Fri, 31 Dec 9999 23:59:59 GMT");
    EXPECT_EQ(date_text(INT64_MIN).text(), "Sat, 01 Jan 0000 00:00:00 GMT");
}

TEST(media_type, a_value_is_written_as_it_is_read) {
    const auto type = parse_media_type("Multipart/Form-Data ; Boundary=\"a \\\"b\" ; x=y;");
    EXPECT_EQ(type.essence(), "multipart/form-data");
    EXPECT_EQ(type.type(), "multipart");
    EXPECT_EQ(type.subtype(), "form-data");
    EXPECT_TRUE(type.is("multipart/FORM-data"));
    EXPECT_FALSE(type.is("multipart/mixed"));
    EXPECT_EQ(type.parameter("BOUNDARY"), "a \"b");
    EXPECT_EQ(type.parameter("z"), std::nullopt);
    EXPECT_EQ(type.str(), "multipart/form-data; boundary=\"a \\\"b\"; x=y");
    EXPECT_EQ(parse_media_type(type.str()), type);
}

TEST(media_type, what_is_none_is_refused) {
    for (const auto text : {"", "text", "text/", "/html", "text /html", "text/html; a",
                            "a/b; c=", "a/b; c=\"d", "a/b; c=\"d\"e", "a/b; c =d", "a/b; c= d",
                            "a/b c=d", "a/b; c=d; C=e", "a/b, c/d", "a/b; c=\"\n\""})
        EXPECT_EQ(try_parse_media_type(text).error().code(), defect::bad_syntax) << text;
}

TEST(query, pairs_beyond_the_limit_are_refused) {
    EXPECT_EQ(parse_qsl("a&b&c", 3).size(), 3U);
    EXPECT_EQ(try_parse_qsl("a&b&c&d", 3).error().code(), defect::too_many_fields);
    EXPECT_EQ(parse_qsl("&&a&&", 1).size(), 1U);
}

TEST(query, an_error_says_where_the_code_is) {
    EXPECT_EQ(try_parse_qsl("a=b&c=%4").error().hint(), "offset 6; RFC 3986, 2.1");
    EXPECT_EQ(try_unquote("ab%").error().hint(), "offset 2; RFC 3986, 2.1");
}

TEST(query, what_is_quoted_is_unquoted_whatever_its_bytes) {
    std::string every_byte;
    for (int c = 0; c < 256; ++c) every_byte += static_cast<char>(c);
    EXPECT_EQ(unquote(quote(every_byte)), every_byte);
    EXPECT_EQ(unquote_plus(quote_plus(every_byte)), every_byte);
    EXPECT_EQ(parse_qsl(urlencode({{every_byte, every_byte}})), (pairs{{every_byte, every_byte}}));
}

}  // namespace

}  // namespace priz::http
