#include "escape.hpp"

#include <gtest/gtest.h>

#include <string>

namespace priz::cli {

namespace {

TEST(escape, readable_text_stays_as_it_is) {
    EXPECT_EQ(escaped("Merhaba dünya!\n\tनमस्ते 👋 \\x\n"), "Merhaba dünya!\n\tनमस्ते 👋 \\x\n");
}

TEST(escape, what_commands_a_terminal_is_shown) {
    EXPECT_EQ(escaped("\x1b[2J"), "\\x1b[2J");
    EXPECT_EQ(escaped(std::string_view("\0\a\x7f", 3)), "\\x00\\x07\\x7f");
    EXPECT_EQ(escaped("\xc2\x9b"
                      "2J"),
              "\\u{9b}2J");  // the same sequence in the C1 set
}

TEST(escape, what_hides_or_turns_text_is_shown) {
    EXPECT_EQ(escaped("a\u202eb\u2066c\u200bd\ufeff"), "a\\u{202e}b\\u{2066}c\\u{200b}d\\u{feff}");
}

TEST(escape, a_networks_line_end_is_a_line_end_and_a_lone_return_is_not) {
    EXPECT_EQ(escaped("a\r\nb\rc\r"), "a\nb\\rc\\r");
}

TEST(escape, what_is_no_utf_8_is_shown_byte_by_byte) {
    EXPECT_EQ(escaped("\xff\xc0\xaf\xed\xa0\x80\xf4\x90\x80\x80"),
              "\\xff\\xc0\\xaf\\xed\\xa0\\x80\\xf4\\x90\\x80\\x80");
    EXPECT_EQ(escaped("\xe2\x82z"), "\\xe2\\x82z");
}

TEST(escape, it_matters_nothing_where_the_pieces_are_cut) {
    const std::string text = "ü\r\n€\x1b[m👋\r\xe2\x82\xff\u202e end\xe2";
    for (std::size_t cut = 0; cut <= text.size(); ++cut) {
        escaper stream;
        const auto first = stream.feed(std::string_view(text).substr(0, cut));
        const auto second = stream.feed(std::string_view(text).substr(cut));
        EXPECT_EQ(first + second + stream.finish(), escaped(text)) << cut;
    }
}

}  // namespace

}  // namespace priz::cli
