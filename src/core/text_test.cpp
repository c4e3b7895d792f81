#include "text.hpp"

#include <gtest/gtest.h>

using namespace priz::detail;
using priz::errc;

TEST(text, percent_decoding_undoes_percent_encoding_for_every_byte) {
    std::string all;
    for (int i = 0; i < 256; ++i) all += static_cast<char>(i);
    const std::string text = percent_encoded(all);
    EXPECT_EQ(percent_decoded(text), all);
    for (const char c : text) EXPECT_TRUE(c >= ' ' && c <= '~');
}

TEST(text, a_percent_sign_needs_two_hexadecimal_digits) {
    for (const char* text : {"%", "%4", "%4g", "%g4", "a%", "%%41", "% 4", "%+4", "%-4", "%0x"})
        EXPECT_EQ(percent_decoded(text), std::nullopt) << text;
    EXPECT_EQ(percent_decoded("%41%4a%4A"), "AJJ");
}

TEST(text, hexadecimal_goes_by_twos) {
    EXPECT_EQ(hex_encoded(std::string_view("\0\xff", 2)), "00ff");
    EXPECT_EQ(hex_decoded("00Ff"), std::string("\0\xff", 2));
    EXPECT_EQ(hex_decoded(""), "");
    for (const char* text : {"0", "000", "0g", "-1", " 1"})
        EXPECT_EQ(hex_decoded(text), std::nullopt) << text;
}

TEST(text, numbers_are_digits_and_say_what_is_wrong_with_others) {
    struct row {
        const char* text;
        errc wrong;  // 0: nothing
    };
    for (const auto& [text, wrong] : {
             row{"0", errc{}}, row{"65535", errc{}},
             row{"000080", errc{}},                                 // leading zeros are decimal
             row{"65536", errc::overflow_error},                    // above the maximum
             row{"-1", errc::overflow_error},                       // below zero
             row{"99999999999999999999999", errc::overflow_error},  // above 64 bits
             row{"", errc::value_error},                            // nothing
             row{"-", errc::value_error},                           // a sign alone
             row{"+1", errc::value_error},                          // a sign
             row{"1 ", errc::value_error},                          // a space
             row{" 1", errc::value_error},                          // a space
             row{"0x10", errc::value_error},                        // hexadecimal was not asked for
             row{"--1", errc::value_error},                         // two signs
             row{"1e3", errc::value_error},                         // a float
         }) {
        const auto number = read_number(text, 65535);
        EXPECT_EQ(number.has_value(), wrong == errc{}) << text;
        EXPECT_TRUE(number || number.error() == wrong) << text;
    }
    EXPECT_EQ(read_number("0x10", 65535, digits::decimal_or_hexadecimal), 16u);
    EXPECT_FALSE(read_number("0x", 65535, digits::decimal_or_hexadecimal));
}

TEST(text, quoting_shows_every_byte_and_cuts_long_texts) {
    EXPECT_EQ(in_quotes("a b"), "'a b'");
    EXPECT_EQ(in_quotes(std::string_view("\0\x1b[31m\xc3", 7)), "'\\x00\\x1b[31m\\xc3'");
    EXPECT_LT(in_quotes(std::string(10'000, 'x')).size(), 200u);
}
