// What a peer may send, and what ends the connection: the families of the Autobahn test suite
// (1 framing, 2 pings, 3 reserved bits, 4 opcodes, 5 fragments, 6 UTF-8, 7 closing, 9 limits,
// 12 and 13 compression), in both roles, however the bytes come.
#include "http/websocket/frames.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

namespace priz::http::detail {
namespace {

constexpr mask_key key{0x11, 0x82, 0x33, 0xc4};

// One frame, as the peer of `to_server` writes it.
std::string frame(bool to_server, unsigned first, std::string_view payload) {
    std::string out;
    append_frame(out, static_cast<opcode>(first & 0x0fU), (first & 0x80U) != 0,
                 (first & 0x40U) != 0, payload, to_server ? &key : nullptr);
    out[0] = static_cast<char>(first);
    return out;
}

constexpr unsigned fin = 0x80;
constexpr unsigned text = 1, binary = 2, more = 0, closing = 8, ping = 9, pong = 10;

struct part {
    unsigned first;  // the first byte: fin, reserved bits, opcode
    std::string payload;
};

// What a reader tells, as text: "text(abc) ping(x) close(1000,bye) failed(1002)".
std::string told(bool is_server, const std::string& bytes, std::size_t step,
                 const websocket_limits& most = {}, message_inflater* inflater = nullptr) {
    frame_reader reader(is_server, most, inflater);
    std::string all;
    const auto say = [&](const std::string& what) { all += (all.empty() ? "" : " ") + what; };
    for (std::size_t at = 0; at < bytes.size(); at += step) {
        std::string_view input = std::string_view(bytes).substr(at, step);
        for (;;) {
            const auto event = reader.next(input);
            if (event == frame_reader::event::more) break;
            switch (event) {
                case frame_reader::event::message:
                    say((reader.is_text() ? "text(" : "binary(") + reader.message() + ")");
                    break;
                case frame_reader::event::ping:
                    say("ping(" + reader.control() + ")");
                    break;
                case frame_reader::event::pong:
                    say("pong(" + reader.control() + ")");
                    break;
                case frame_reader::event::close:
                    say("close(" + std::to_string(reader.close_code()) + "," + reader.control() +
                        ")");
                    break;
                default:
                    say("failed(" + std::to_string(reader.close_code()) + ")");
                    return all;
            }
        }
    }
    return all;
}

struct claim {
    const char* what;
    std::vector<part> parts;
    std::string told;
};

const std::string kappa = "\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5";  // Autobahn's word
const std::string close_of(int code, const std::string& reason = {}) {
    return std::string{static_cast<char>(code >> 8), static_cast<char>(code & 0xff)} + reason;
}

std::vector<claim> claims() {
    std::vector<claim> all{
        // 1: framing.
        {"1.1.1 an empty text", {{fin | text, ""}}, "text()"},
        {"1.1.2 125 bytes",
         {{fin | text, std::string(125, '*')}},
         "text(" + std::string(125, '*') + ")"},
        {"1.1.3 126 bytes",
         {{fin | text, std::string(126, '*')}},
         "text(" + std::string(126, '*') + ")"},
        {"1.1.5 128 bytes",
         {{fin | text, std::string(128, '*')}},
         "text(" + std::string(128, '*') + ")"},
        {"1.1.6 65535 bytes",
         {{fin | text, std::string(65535, '*')}},
         "text(" + std::string(65535, '*') + ")"},
        {"1.1.7 65536 bytes",
         {{fin | text, std::string(65536, '*')}},
         "text(" + std::string(65536, '*') + ")"},
        {"1.2.1 an empty binary message", {{fin | binary, ""}}, "binary()"},
        {"1.2.3 126 bytes",
         {{fin | binary, std::string(126, '\xfe')}},
         "binary(" + std::string(126, '\xfe') + ")"},
        {"1.2.7 65536 bytes",
         {{fin | binary, std::string(65536, '\xfe')}},
         "binary(" + std::string(65536, '\xfe') + ")"},
        // 2: pings and pongs.
        {"2.1 an empty ping", {{fin | ping, ""}}, "ping()"},
        {"2.2 a ping with text", {{fin | ping, "Hello"}}, "ping(Hello)"},
        {"2.3 a ping that is binary", {{fin | ping, "\x01\xff\xfe"}}, "ping(\x01\xff\xfe)"},
        {"2.4 125 bytes",
         {{fin | ping, std::string(125, '\xfe')}},
         "ping(" + std::string(125, '\xfe') + ")"},
        {"2.5 126 bytes", {{fin | ping, std::string(126, '\xfe')}}, "failed(1002)"},
        {"2.7 a pong that nobody asked for", {{fin | pong, ""}}, "pong()"},
        {"2.8 one with text", {{fin | pong, "unsolicited"}}, "pong(unsolicited)"},
        {"2.9 a pong, then a ping", {{fin | pong, "p"}, {fin | ping, "q"}}, "pong(p) ping(q)"},
        // 3: reserved bits.
        {"3.1 bit 3", {{fin | 0x10 | text, "Hello"}}, "failed(1002)"},
        {"3.2 a good message before",
         {{fin | text, "a"}, {fin | 0x20 | text, "b"}},
         "text(a) failed(1002)"},
        {"3.4 bit 1 without an extension", {{fin | 0x40 | text, "Hello"}}, "failed(1002)"},
        {"3.5 in a binary message", {{fin | 0x50 | binary, "x"}}, "failed(1002)"},
        {"3.6 in a ping", {{fin | 0x60 | ping, "x"}}, "failed(1002)"},
        {"3.7 in a close", {{fin | 0x70 | closing, ""}}, "failed(1002)"},
        // 5: fragments.
        {"5.1 a ping in fragments", {{ping, "a"}, {fin | more, "b"}}, "failed(1002)"},
        {"5.2 a pong in fragments", {{pong, "a"}, {fin | more, "b"}}, "failed(1002)"},
        {"5.3 a text in two", {{text, "frag"}, {fin | more, "ment"}}, "text(fragment)"},
        {"5.6 a ping between",
         {{text, "a"}, {fin | ping, "p"}, {fin | more, "b"}},
         "ping(p) text(ab)"},
        {"5.9 a continuation of nothing", {{fin | more, "x"}}, "failed(1002)"},
        {"5.10 before a good message", {{fin | more, "x"}, {fin | text, "y"}}, "failed(1002)"},
        {"5.12 that goes on", {{more, "x"}}, "failed(1002)"},
        {"5.15 after a whole message",
         {{text, "a"}, {fin | more, "b"}, {more, "c"}, {fin | text, "d"}},
         "text(ab) failed(1002)"},
        {"5.18 a text within a text", {{text, "a"}, {fin | text, "b"}}, "failed(1002)"},
        {"5.19 pings between five",
         {{text, "1"},
          {more, "2"},
          {fin | ping, "p"},
          {more, "3"},
          {more, "4"},
          {fin | ping, "q"},
          {fin | more, "5"}},
         "ping(p) ping(q) text(12345)"},
        {"5.x empty fragments", {{text, ""}, {more, ""}, {fin | more, ""}}, "text()"},
        {"5.x a close between", {{text, "a"}, {fin | closing, close_of(1000)}}, "close(1000,)"},
        // 6: UTF-8.
        {"6.1.1 nothing", {{fin | text, ""}}, "text()"},
        {"6.2.1 good", {{fin | text, kappa}}, "text(" + kappa + ")"},
        {"6.2.2 cut between characters",
         {{text, kappa.substr(0, 2)}, {fin | more, kappa.substr(2)}},
         "text(" + kappa + ")"},
        {"6.2.3 cut within one",
         {{text, kappa.substr(0, 3)}, {fin | more, kappa.substr(3)}},
         "text(" + kappa + ")"},
        {"6.3.1 bad",
         {{fin | text, kappa + "\xed\xa0\x80"
                               "edited"}},
         "failed(1007)"},
        {"6.4.1 bad in the second of three fragments",
         {{text, kappa}, {more, "\xf4\x90\x80\x80"}},
         "failed(1007)"},
        {"6.4.2 as soon as it is seen", {{text, kappa + "\xf4\x90"}}, "failed(1007)"},
        {"6.6 an unfinished character", {{fin | text, "\xce"}}, "failed(1007)"},
        {"6.7 the ends of each length",
         {{fin | text, std::string("\x00", 1)},
          {fin | text, "\xc2\x80"},
          {fin | text, "\xe0\xa0\x80"},
          {fin | text, "\xf0\x90\x80\x80"}},
         "text(" + std::string(1, '\0') +
             ") text(\xc2\x80) text(\xe0\xa0\x80) text(\xf0\x90\x80\x80)"},
        {"6.9 the last of each length",
         {{fin | text, "\x7f"},
          {fin | text, "\xdf\xbf"},
          {fin | text, "\xef\xbf\xbf"},
          {fin | text, "\xf4\x8f\xbf\xbf"}},
         "text(\x7f) text(\xdf\xbf) text(\xef\xbf\xbf) text(\xf4\x8f\xbf\xbf)"},
        {"6.10 beyond the last", {{fin | text, "\xf4\x90\x80\x80"}}, "failed(1007)"},
        {"6.11 around the surrogates",
         {{fin | text, "\xed\x9f\xbf"}, {fin | text, "\xee\x80\x80"}, {fin | text, "\xef\xbf\xbd"}},
         "text(\xed\x9f\xbf) text(\xee\x80\x80) text(\xef\xbf\xbd)"},
        {"6.12 a lonely continuation", {{fin | text, "\x80"}}, "failed(1007)"},
        {"6.13 a lonely start", {{fin | text, "\xc3 "}}, "failed(1007)"},
        {"6.14 cut short", {{fin | text, "\xf0\x80\x80"}}, "failed(1007)"},
        {"6.16 bytes that never are", {{fin | text, "\xfe"}}, "failed(1007)"},
        {"6.17 longer than it has to be", {{fin | text, "\xc0\xaf"}}, "failed(1007)"},
        {"6.18 of three", {{fin | text, "\xe0\x80\xaf"}}, "failed(1007)"},
        {"6.20 a surrogate", {{fin | text, "\xed\xa0\x80"}}, "failed(1007)"},
        {"6.21 a pair of them", {{fin | text, "\xed\xa0\x80\xed\xb0\x80"}}, "failed(1007)"},
        {"6.x binary is not looked at", {{fin | binary, "\xff\xfe"}}, "binary(\xff\xfe)"},
        {"6.x bad behind eight good", {{fin | text, "12345678\xff"}}, "failed(1007)"},
        // 7: closing.
        {"7.1.1 after a message",
         {{fin | text, "Hello"}, {fin | closing, close_of(1000)}},
         "text(Hello) close(1000,)"},
        {"7.3.1 without a code", {{fin | closing, ""}}, "close(1005,)"},
        {"7.3.2 of one byte", {{fin | closing, "a"}}, "failed(1002)"},
        {"7.3.4 with a reason",
         {{fin | closing, close_of(1000, "Hello World!")}},
         "close(1000,Hello World!)"},
        {"7.3.5 the longest",
         {{fin | closing, close_of(1000, std::string(123, '*'))}},
         "close(1000," + std::string(123, '*') + ")"},
        {"7.3.6 longer", {{fin | closing, close_of(1000, std::string(124, '*'))}}, "failed(1002)"},
        {"7.5.1 a reason that is not UTF-8",
         {{fin | closing, close_of(1000, "\xce\xba\xe1")}},
         "failed(1007)"},
    };
    for (const unsigned reserved : {3U, 4U, 5U, 6U, 7U, 11U, 12U, 13U, 14U, 15U})  // 4: opcodes
        for (const char* payload : {"", "x"})
            all.push_back(
                {"4 an opcode that is reserved", {{fin | reserved, payload}}, "failed(1002)"});
    for (const int code :
         {1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999})
        all.push_back({"7.7 a code that may be sent",
                       {{fin | closing, close_of(code)}},
                       "close(" + std::to_string(code) + ",)"});
    for (const int code : {0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535})
        all.push_back(
            {"7.9 a code that nobody may send", {{fin | closing, close_of(code)}}, "failed(1002)"});
    return all;
}

TEST(websocket_frames, every_family_is_read_as_the_standard_has_it_in_both_roles) {
    const auto all = claims();
    for (const claim& c : all)
        for (const bool is_server : {true, false}) {
            std::string bytes;
            for (const part& p : c.parts) bytes += frame(is_server, p.first, p.payload);
            for (const std::size_t step : {bytes.size(), std::size_t{1}, std::size_t{7}})
                ASSERT_EQ(told(is_server, bytes, step), c.told)
                    << c.what << (is_server ? ", at a server" : ", at a client") << ", " << step;
        }
    RecordProperty("claims", static_cast<int>(2 * all.size()));
    std::cout << 2 * all.size() << " claims about frames hold\n";
}

TEST(websocket_frames, a_mask_is_the_clients_and_nobody_elses) {
    EXPECT_EQ(told(true, frame(false, fin | text, "x"), 100), "failed(1002)");
    EXPECT_EQ(told(false, frame(true, fin | text, "x"), 100), "failed(1002)");
    // Before the length has come.
    EXPECT_EQ(told(true, std::string("\x81\x7f", 2), 100), "failed(1002)");
}

TEST(websocket_frames, a_length_is_written_as_short_as_can_be) {
    EXPECT_EQ(told(false, std::string("\x82\x7e\x00\x7d", 4), 100), "failed(1002)");
    EXPECT_EQ(told(false, std::string("\x82\x7f\x00\x00\x00\x00\x00\x00\xff\xff", 10), 100),
              "failed(1002)");
    EXPECT_EQ(told(false, std::string("\x82\x7f\x80\x00\x00\x00\x00\x00\x00\x00", 10), 100),
              "failed(1002)");
}

TEST(websocket_frames, what_is_too_long_is_refused_by_its_head) {
    const websocket_limits most{.message = 1000, .fragments = 3};
    EXPECT_EQ(
        told(false, frame(false, fin | binary, std::string(1001, 'x')).substr(0, 4), 100, most),
        "failed(1009)");
    EXPECT_EQ(told(false,
                   frame(false, binary, std::string(600, 'x')) +
                       frame(false, fin | more, std::string(401, 'x')).substr(0, 4),
                   100, most),
              "failed(1009)");
    std::string fragments = frame(false, text, "a");
    for (int i = 0; i < 3; ++i) fragments += frame(false, more, "a");
    EXPECT_EQ(told(false, fragments, 100, most), "failed(1009)");
    EXPECT_EQ(told(false, frame(false, fin | binary, std::string(1000, 'x')), 100, most),
              "binary(" + std::string(1000, 'x') + ")");
}

TEST(websocket_frames, what_is_compressed_is_what_it_was) {
    for (const bool keeps : {true, false})
        for (const int bits : {9, 12, 15}) {
            message_deflater deflater(bits, keeps);
            message_inflater inflater(bits, keeps);
            std::string bytes;
            std::string wanted;
            std::uint32_t random = 1;
            std::string noise;
            for (int i = 0; i < 70'000; ++i) {
                random = random * 1664525 + 1013904223;
                noise += static_cast<char>('a' + (random >> 24U) % 26);
            }
            for (const std::string& one :
                 {std::string(), std::string("Hello"), std::string("Hello"),
                  std::string(100'000, 'x'), noise, std::string()}) {
                bytes += frame(true, fin | 0x40 | text, deflater.compress(one));
                wanted += (wanted.empty() ? "" : " ") + ("text(" + one + ")");
            }
            EXPECT_EQ(told(true, bytes, 1000, {}, &inflater), wanted) << keeps << bits;
        }
}

TEST(websocket_frames, a_compressed_message_may_be_in_fragments_and_others_plain) {
    message_deflater deflater(15, true);
    message_inflater inflater(15, true);
    const std::string whole = deflater.compress("a message that is compressed");
    const std::string bytes =
        frame(false, 0x40 | text, whole.substr(0, 5)) + frame(false, fin | ping, "p") +
        frame(false, fin | more, whole.substr(5)) + frame(false, fin | text, "plain");
    EXPECT_EQ(told(false, bytes, 1, {}, &inflater),
              "ping(p) text(a message that is compressed) text(plain)");
    EXPECT_EQ(told(false, frame(false, 0x40 | text, "") + frame(false, fin | 0x40 | more, ""), 100,
                   {}, &inflater),
              "failed(1002)");
}

TEST(websocket_frames, a_compressed_message_is_held_to_the_limit_it_has_unpacked) {
    message_deflater deflater(15, true);
    message_inflater inflater(15, true);
    const std::string bomb = deflater.compress(std::string(10'000'000, 'x'));
    ASSERT_LT(bomb.size(), 20'000U);
    EXPECT_EQ(told(true, frame(true, fin | 0x40 | binary, bomb), bomb.size() + 100,
                   {.message = 1'000'000, .fragments = 10}, &inflater),
              "failed(1009)");
    // Two bytes a block, each an end, and each nothing.
    std::string ends;
    for (int i = 0; i < 1000; ++i) ends += std::string("\x03\x00", 2);
    message_inflater patient(15, true);
    EXPECT_EQ(told(true, frame(true, fin | 0x40 | binary, ends), ends.size() + 100, {}, &patient),
              "failed(1007)");
    const websocket_limits none{.message = UINT64_MAX, .fragments = UINT64_MAX};
    message_inflater endless(15, true);
    message_deflater plain(15, true);
    EXPECT_EQ(
        told(true, frame(true, fin | 0x40 | text, plain.compress("hello")), 100, none, &endless),
        "text(hello)");
    message_inflater other(15, true);
    EXPECT_EQ(told(true, frame(true, fin | 0x40 | binary, "\xff\xff\xff\xff"), 100, {}, &other),
              "failed(1007)");
    message_inflater third(15, true);
    message_deflater fourth(15, true);
    EXPECT_EQ(told(true, frame(true, fin | 0x40 | text, fourth.compress("\xff")), 100, {}, &third),
              "failed(1007)");
}

}  // namespace
}  // namespace priz::http::detail
