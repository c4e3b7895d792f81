// Codings taken off: whatever the libraries' own encoders made, in pieces of any size; and nothing
// that is cut, changed, followed by something, or larger than it may be.
#include "priz/http/content_decoder.hpp"

#include <gtest/gtest.h>

#include <random>

#include "http/content_coders_fixture.hpp"

namespace priz::http {
namespace {

using codings = std::vector<content_coding>;
constexpr content_coding gzip = content_coding::gzip;
constexpr content_coding deflate = content_coding::deflate;
constexpr content_coding br = content_coding::br;
constexpr content_coding zstd = content_coding::zstd;
constexpr content_coding all_codings[] = {gzip, deflate, br, zstd};

struct decoding {
    std::string content;
    defect what = defect::none;
    std::size_t largest = 0;  // piece
};

decoding decode_all(const codings& how, std::string_view sent, std::size_t step = SIZE_MAX,
                    const decoding_limits& most = {}) {
    content_decoder by(how, most);
    decoding found;
    for (std::size_t at = 0; at < sent.size(); at += std::min(step, sent.size() - at)) {
        std::string_view input = sent.substr(at, step);
        for (;;) {
            const auto got = by.next(input);
            input.remove_prefix(got.consumed);
            if (got.how == decoded::failed) {
                found.what = by.error().what;
                return found;
            }
            if (got.how == decoded::more) break;
            found.content += got.content;
            found.largest = std::max(found.largest, got.content.size());
        }
        EXPECT_TRUE(input.empty()) << "more is asked for when all is consumed";
    }
    if (by.finish() == decoded::failed) found.what = by.error().what;
    return found;
}

std::string text_of(std::size_t size) {
    std::mt19937 choose(7);
    std::string out;
    while (out.size() < size) out += std::to_string(choose() % 5000) + " words, ";
    out.resize(size);
    return out;
}

TEST(content_decoder, gives_what_the_encoders_were_given) {
    for (const content_coding each : all_codings)
        for (const std::size_t size : {0U, 1U, 5U, 1000U, 32U * 1024, 200'000U}) {
            const std::string text = text_of(size);
            const std::string sent = encoded(each, text);
            for (const std::size_t step : {std::size_t{1}, std::size_t{7}, SIZE_MAX}) {
                const decoding found = decode_all({each}, sent, step);
                EXPECT_EQ(found.what, defect::none);
                EXPECT_TRUE(found.content == text) << size << " in steps of " << step;
            }
        }
}

TEST(content_decoder, takes_the_last_coding_off_first) {
    const std::string text = text_of(100'000);
    for (const content_coding inner : all_codings)
        for (const content_coding outer : all_codings) {
            const std::string sent = encoded(outer, encoded(inner, text));
            EXPECT_TRUE(decode_all({inner, outer}, sent).content == text);
            EXPECT_TRUE(decode_all({inner, outer}, sent, 3).content == text);
        }
    EXPECT_EQ(decode_all({br, gzip}, encoded(br, encoded(gzip, text))).what,
              defect::bad_content_coding);
}

TEST(content_decoder, tells_wherever_content_was_cut) {
    for (const content_coding each : all_codings) {
        const std::string sent = encoded(each, text_of(300));
        EXPECT_EQ(decode_all({each}, "").what, defect::none) << "nothing was sent at all";
        for (std::size_t size = 1; size < sent.size(); ++size)
            EXPECT_EQ(decode_all({each}, sent.substr(0, size)).what, defect::truncated_content)
                << size;
    }
}

TEST(content_decoder, tells_what_is_not_in_its_coding) {
    for (const content_coding each : all_codings) {
        const decoding found = decode_all({each}, "<!doctype html><title>not coded</title>");
        EXPECT_EQ(found.what, defect::bad_content_coding);
    }
    // Checksums are looked at: Brotli has none.
    for (const content_coding each : {gzip, deflate, zstd}) {
        std::string sent = encoded(each, text_of(300));
        sent[sent.size() - (each == gzip ? 6 : 2)] ^= 1;
        EXPECT_EQ(decode_all({each}, sent).what, defect::bad_content_coding);
    }
    // Bare DEFLATE is not what "deflate" names.
    EXPECT_EQ(decode_all({deflate}, zlib_encoded("text", -MAX_WBITS)).what,
              defect::bad_content_coding);
}

TEST(content_decoder, what_follows_is_a_member_a_frame_or_an_error) {
    for (const content_coding each : {gzip, zstd}) {
        const std::string both = encoded(each, "one, ") + encoded(each, "two");
        EXPECT_EQ(decode_all({each}, both).content, "one, two");
        EXPECT_EQ(decode_all({each}, both, 1).content, "one, two");
        EXPECT_EQ(decode_all({each}, both.substr(0, both.size() - 1)).what,
                  defect::truncated_content);
    }
    for (const content_coding each : all_codings)
        for (const std::size_t step : {std::size_t{1}, SIZE_MAX})
            EXPECT_EQ(decode_all({each}, encoded(each, "text") + "garbage", step).what,
                      defect::bad_content_coding);
}

TEST(content_decoder, a_bomb_is_defused_before_it_has_grown) {
    const std::string zeros(std::size_t{8} << 20, '\0');
    for (const content_coding each : all_codings) {
        const std::string bomb = encoded(each, zeros);
        const decoding found = decode_all({each}, bomb);
        EXPECT_EQ(found.what, defect::decompression_bomb);
        EXPECT_LE(found.content.size(), (1U << 20) + 100 * bomb.size());
        EXPECT_LE(found.largest, 32U * 1024);
        EXPECT_EQ(decode_all({each}, bomb, SIZE_MAX, {.free = zeros.size()}).content.size(),
                  zeros.size());
        EXPECT_EQ(decode_all({each}, bomb, SIZE_MAX, {.ratio = UINT32_MAX}).content.size(),
                  zeros.size());
    }
}

// The outer coding grows a thousandfold into members of nothing: nothing comes out, for long.
TEST(content_decoder, a_bomb_that_gives_nothing_is_one) {
    const std::string nothing = encoded(gzip, "");
    std::string members;
    while (members.size() < (4U << 20)) members += nothing;
    const std::string bomb = encoded(br, members);
    ASSERT_LT(bomb.size(), 10'000U);
    EXPECT_EQ(decode_all({gzip, br}, bomb).what, defect::decompression_bomb);
}

TEST(content_decoder, little_content_may_grow_as_it_likes) {
    const std::string zeros(std::size_t{1} << 20, '\0');
    for (const content_coding each : all_codings)
        EXPECT_EQ(decode_all({each}, encoded(each, zeros)).content.size(), zeros.size());
}

TEST(content_decoder, a_window_beyond_that_of_http_is_refused) {
    // A frame with a window of 2^(10 + n / 8) bytes, of one block that is not compressed.
    const auto frame = [](int n) {
        return std::string("\x28\xb5\x2f\xfd\0", 5) + static_cast<char>(n) +
               std::string("\x21\0\0", 3) + "text";
    };
    EXPECT_EQ(decode_all({zstd}, frame(13 * 8)).content, "text");
    EXPECT_EQ(decode_all({zstd}, frame(14 * 8)).what, defect::bad_content_coding);
}

// The library reads them: version 0.5's magic number is one of the seven.
TEST(content_decoder, zstd_is_the_format_of_the_standard_and_none_of_its_drafts) {
    for (int c = 0x22; c <= 0x28; ++c) {
        const std::string sent = static_cast<char>(c) + std::string("\xb5\x2f\xfd");
        const defect expected = c == 0x28 ? defect::truncated_content : defect::bad_content_coding;
        EXPECT_EQ(decode_all({zstd}, sent).what, expected) << c;
        EXPECT_EQ(decode_all({zstd}, sent, 1).what, expected) << c;
        EXPECT_EQ(decode_all({zstd}, encoded(zstd, "x") + sent).what, expected) << c;
    }
    const std::string skipped("\x5f\x2a\x4d\x18\4\0\0\0abcd", 12);
    EXPECT_EQ(decode_all({zstd}, skipped + encoded(zstd, "x") + skipped, 1).content, "x");
    EXPECT_EQ(decode_all({zstd}, skipped + encoded(zstd, "x") + skipped).what, defect::none);
}

TEST(content_decoder, more_codings_than_the_limit_are_refused) {
    EXPECT_THROW(content_decoder({gzip, gzip, gzip}), error);
    EXPECT_NO_THROW(content_decoder({gzip, gzip, gzip}, {.codings = 3}));
    content_decoder none({});
    EXPECT_EQ(none.next("as it is").content, "as it is");
    EXPECT_EQ(none.finish(), decoded::complete);
}

TEST(content_decoder, reads_content_encoding) {
    EXPECT_EQ(parse_content_encoding("gzip"), codings{gzip});
    EXPECT_EQ(parse_content_encoding(" GZip ,\tbr, deflate,zstd"),
              (codings{gzip, br, deflate, zstd}));
    EXPECT_EQ(parse_content_encoding("x-gzip, identity"), codings{gzip});
    EXPECT_EQ(parse_content_encoding(""), codings{});
    EXPECT_EQ(parse_content_encoding(",, gzip,"), codings{gzip});
    for (const char* unknown : {"compress", "gzip, aes128gcm", "gzip br", "gzip;q=1", "\"gzip\""})
        EXPECT_EQ(try_parse_content_encoding(unknown).error().code(),
                  defect::unsupported_content_coding);
}

}  // namespace
}  // namespace priz::http
