#include "priz/iostream.hpp"

#include <string>

#include "core/socket_fixture.hpp"
#include "priz/select.hpp"

namespace priz {
namespace {

TEST(iostream, lines_and_numbers_go_both_ways) {
    auto [left, right] = socketpair();
    iostream stream(left.makefile("rw"));
    right.sendall("12 apples\nthe end");
    right.shutdown(SHUT_WR);
    int count = 0;
    std::string what, rest;
    stream >> count >> what;
    EXPECT_EQ(count, 12);
    EXPECT_EQ(what, "apples");
    std::getline(stream, rest);
    std::getline(stream, rest);
    EXPECT_EQ(rest, "the end");
    EXPECT_TRUE(stream.eof());
    EXPECT_FALSE(stream.bad());
    stream.clear();
    stream << "got " << count << std::endl;
    EXPECT_EQ(right.recv(100), "got 12\n");
}

TEST(iostream, a_read_first_flushes_what_was_written) {
    auto [left, right] = socketpair();
    iostream stream(left.makefile("rw"));
    stream << "question";
    EXPECT_TRUE(select({right}, {}, {}, 0).empty());
    right.sendall("answer\n");
    std::string answer;
    stream >> answer;
    EXPECT_EQ(answer, "answer");
    EXPECT_EQ(right.recv(100), "question");
}

TEST(iostream, a_failure_sets_badbit_says_why_and_loses_nothing) {
    auto [left, right] = socketpair();
    left.settimeout(0.001);
    iostream stream(left.makefile("rw"));
    right.sendall("hal");
    std::string line, more;
    EXPECT_FALSE(std::getline(stream, line));
    EXPECT_TRUE(stream.bad());
    ASSERT_TRUE(stream.why().has_value());
    EXPECT_EQ(stream.why()->code(), errc::timed_out);
    stream.clear();
    right.sendall("f\n");
    EXPECT_TRUE(std::getline(stream, more));
    EXPECT_EQ(line + more, "half");
}

TEST(iostream, throws_priz_s_error_where_exceptions_are_asked_for) {
    auto [left, right] = socketpair();
    left.settimeout(0.001);
    iostream stream(left.makefile("rw"));
    stream.exceptions(std::ios_base::badbit);
    EXPECT_THROW(stream.get(), timeout);
}

TEST(iostream, the_end_of_the_stream_is_not_an_error) {
    auto [left, right] = socketpair();
    right.close();
    iostream stream(left.makefile("r"));
    EXPECT_EQ(stream.get(), std::char_traits<char>::eof());
    EXPECT_TRUE(stream.eof());
    EXPECT_FALSE(stream.bad());
    EXPECT_FALSE(stream.why().has_value());
}

TEST(iostream, a_long_block_goes_through_whole) {
    auto [left, right] = socketpair();
    iostream out(left.makefile("w")), in(right.makefile("r"));
    std::string block;
    for (int i = 0; i < 50'000; ++i) block += static_cast<char>('a' + i % 26);
    out.write(block.data(), static_cast<std::streamsize>(block.size())).put('!').flush();
    std::string received(block.size() + 1, '\0');
    in.read(received.data(), static_cast<std::streamsize>(received.size()));
    EXPECT_TRUE(received == block + "!");
}

TEST(iostream, close_flushes_and_sets_failbit_when_it_cannot) {
    auto [left, right] = socketpair();
    iostream stream(left.makefile("w"));
    stream << "last words";
    stream.close();
    EXPECT_TRUE(stream.good());
    EXPECT_EQ(right.recv(100), "last words");
    stream << "too late";
    EXPECT_TRUE(stream.bad());
    iostream unheard(left.makefile("w"));
    right.close();
    unheard << "x";
    unheard.close();
    EXPECT_TRUE(unheard.fail());
    EXPECT_EQ(unheard.why()->code(), std::errc::broken_pipe);
}

TEST(iostream, seeking_fails) {
    auto [left, right] = socketpair();
    iostream stream(left.makefile("rw"));
    EXPECT_EQ(stream.tellg(), std::iostream::pos_type(-1));
}

}  // namespace
}  // namespace priz
