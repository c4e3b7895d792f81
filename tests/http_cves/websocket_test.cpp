// Vulnerabilities of other WebSocket libraries, each by its number.
#include <gtest/gtest.h>

#include <string>

#include "http/websocket/frames.hpp"
#include "http/websocket/handshake.hpp"

namespace priz::http::detail {
namespace {

// What a server's reader says of one frame: its close code, or 0.
int code_of(const std::string& bytes, message_inflater* inflater = nullptr) {
    frame_reader reader(true, {.message = 100'000, .fragments = 10}, inflater);
    std::string_view input = bytes;
    return reader.next(input) == frame_reader::event::failed ? reader.close_code() : 0;
}

constexpr mask_key key{1, 2, 3, 4};

// Tomcat: a length was not checked, and the server read for ever.
TEST(websocket_flaws, CVE_2020_13935_a_length_with_its_highest_bit_set) {
    EXPECT_EQ(code_of(std::string("\x82\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x02\x03\x04", 14)),
              1002);
}

// ws, for Node: a message of any length was collected.
TEST(websocket_flaws, CVE_2016_10542_a_message_without_a_limit) {
    std::string frame;
    append_frame(frame, opcode::binary, true, false, std::string(100'001, 'x'), &key);
    EXPECT_EQ(code_of(frame.substr(0, 14)), 1009);
}

// websockets, for Python: a message was held to its limit before it was decompressed.
TEST(websocket_flaws, CVE_2018_1000518_a_message_that_grows_when_it_is_decompressed) {
    message_deflater deflater(15, true);
    message_inflater inflater(15, true);
    std::string frame;
    append_frame(frame, opcode::binary, true, true, deflater.compress(std::string(10'000'000, 'x')),
                 &key);
    EXPECT_EQ(code_of(frame, &inflater), 1009);
}

// websocket-extensions, for Node and for Ruby: a list of extensions took time that grew with the
// square of its length. Here the longest that a line may have is read, and none is found in it.
TEST(websocket_flaws, CVE_2020_7662_and_7663_a_list_of_extensions_that_takes_long_to_read) {
    std::string list = "a;b=\"";
    for (int i = 0; i < 4000; ++i) list += "\\a";
    EXPECT_FALSE(choose_terms(list));
    EXPECT_FALSE(choose_terms(std::string(8000, ',')));
    EXPECT_FALSE(choose_terms("permessage-deflate" + std::string(8000, ';')));
}

// ws, for Node: the spaces of a list of protocols took such a time.
TEST(websocket_flaws, CVE_2021_32640_a_list_of_protocols_of_spaces) {
    const std::string text = "a" + std::string(8000, ' ') + "x";
    const field_place place{0, 0, 0, static_cast<std::uint32_t>(text.size())};
    EXPECT_FALSE(has_listed(field_list({&place, 1}, text.data()), "", "b"));
}

}  // namespace
}  // namespace priz::http::detail
