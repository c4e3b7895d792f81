// Every message of messages.txt has the one reading that stands there, however its bytes come.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <set>

#include "reading.hpp"

namespace http1 {

namespace {

struct message {
    int line;
    side what;
    std::string bytes;
    std::string reading;
};

side side_named(const std::string& name) {
    if (name == "request") return side::request;
    if (name == "response") return side::response;
    if (name == "response-to-head") return side::response_to_head;
    EXPECT_EQ(name, "response-to-connect");
    return side::response_to_connect;
}

std::vector<message> read_table() {
    std::ifstream file(PRIZ_TEST_DIR "/messages.txt");
    std::vector<message> all;
    std::string text;
    for (int line = 1; std::getline(file, text); ++line) {
        if (text.empty() || text[0] == '#' || text.starts_with("        ")) continue;
        if (text.starts_with("    ")) {
            all.back().reading = text.substr(4);
            continue;
        }
        const std::size_t space = text.find(' ');
        all.push_back(
            {line, side_named(text.substr(0, space)), unescaped(text.substr(space + 1)), ""});
    }
    return all;
}

std::string at_line(const message& m) { return "messages.txt:" + std::to_string(m.line); }

class table : public testing::Test {
protected:
    const std::vector<message> messages_ = read_table();
};

TEST_F(table, has_at_least_300_messages_none_of_them_twice) {
    std::set<std::pair<side, std::string>> seen;
    for (const auto& m : messages_) {
        EXPECT_TRUE(seen.emplace(m.what, m.bytes).second) << at_line(m);
        EXPECT_FALSE(m.reading.empty()) << at_line(m);
    }
    EXPECT_GE(seen.size(), 300U);
}

TEST_F(table, each_message_at_once_is_read_as_it_says) {
    for (const auto& m : messages_)
        EXPECT_EQ(reading_of(m.what, {m.bytes}), m.reading) << at_line(m);
}

TEST_F(table, each_message_byte_by_byte_is_read_as_it_says) {
    for (const auto& m : messages_) {
        if (m.bytes.size() > 2000) continue;  // takes the square of it
        std::vector<std::string_view> slices;
        for (const char& c : m.bytes) slices.emplace_back(&c, 1);
        EXPECT_EQ(reading_of(m.what, slices), m.reading) << at_line(m);
    }
}

TEST_F(table, each_message_cut_in_two_anywhere_is_read_as_it_says) {
    for (const auto& m : messages_) {
        const std::string_view bytes = m.bytes;
        const std::size_t step = bytes.size() > 2000 ? 97 : 1;
        for (std::size_t cut = 0; cut <= bytes.size(); cut += step)
            ASSERT_EQ(reading_of(m.what, {bytes.substr(0, cut), bytes.substr(cut)}), m.reading)
                << at_line(m) << ", cut at " << cut;
    }
}

}  // namespace

}  // namespace http1
