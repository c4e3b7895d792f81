#include "priz/bytes.hpp"

#include <gtest/gtest.h>

#include <array>
#include <type_traits>
#include <vector>

namespace priz {
namespace {

using std::literals::operator""sv;

bytes seen(bytes_view view) { return bytes(view.text()); }

TEST(bytes, a_literal_is_its_text_without_the_final_nul) { EXPECT_EQ(seen("abc"), "abc"); }

TEST(bytes, containers_of_bytes_convert_whole) {
    EXPECT_EQ(seen("a\0b"sv), "a\0b"sv);
    EXPECT_EQ(seen(std::string("xyz")), "xyz");
    EXPECT_EQ(seen(std::vector<unsigned char>{'1', '2'}), "12");
    EXPECT_EQ(seen(std::array<std::byte, 1>{std::byte{'q'}}), "q");
    const unsigned char raw[] = {'o', 'k'};
    EXPECT_EQ(seen(raw), "ok");
}

TEST(bytes, a_writable_character_array_has_no_length_that_could_be_guessed) {
    static_assert(!std::is_convertible_v<char(&)[8], bytes_view>);
    static_assert(std::is_convertible_v<char(&)[8], bytes_span>);
    static_assert(std::is_convertible_v<const char(&)[8], bytes_view>);
}

TEST(bytes, what_is_read_only_cannot_be_filled) {
    static_assert(!std::is_convertible_v<const std::string&, bytes_span>);
    static_assert(!std::is_convertible_v<std::string_view, bytes_span>);
    static_assert(std::is_convertible_v<std::string&, bytes_span>);
}

TEST(bytes, parts_begin_where_asked) {
    EXPECT_EQ(seen(bytes_view("abcdef").subview(4)), "ef");
    char buffer[4];
    EXPECT_EQ(bytes_span(buffer).subspan(3).size(), 1U);
}

}  // namespace
}  // namespace priz
