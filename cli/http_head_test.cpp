#include "http_head.hpp"

#include <gtest/gtest.h>

namespace priz::cli {

namespace {

using state = http_head::state;

struct head_case {
    std::string text;
    state expected;
    const char* why;
};

void expect_all(const std::vector<head_case>& cases) {
    for (const auto& one : cases)
        EXPECT_EQ(parse_http_head(one.text).what, one.expected) << one.why << ": " << one.text;
}

TEST(http_head, a_request_is_read_with_its_headers) {
    const auto head = parse_http_head("GET /a?b HTTP/1.1\r\nHost: x\r\nAccept:\t */* \r\n\r\nbody");
    ASSERT_EQ(head.what, state::complete);
    EXPECT_EQ(head.request.method, "GET");
    EXPECT_EQ(head.request.target, "/a?b");
    EXPECT_EQ(head.request.version, "HTTP/1.1");
    ASSERT_EQ(head.request.headers.size(), 2U);
    EXPECT_EQ(head.request.headers[1], std::make_pair(std::string("Accept"), std::string("*/*")));
}

TEST(http_head, every_beginning_of_a_request_is_incomplete) {
    const std::string whole = "\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n";
    for (std::size_t size = 0; size < whole.size(); ++size)
        EXPECT_EQ(parse_http_head(whole.substr(0, size)).what, state::incomplete) << size;
    EXPECT_EQ(parse_http_head(whole).what, state::complete);
}

TEST(http_head, what_is_no_request_is_malformed) {
    expect_all({
        {"GET /\r\n", state::malformed, "no version"},
        {"GET  / HTTP/1.1\r\n", state::malformed, "two spaces"},
        {"GET /a b HTTP/1.1\r\n", state::malformed, "a space in the target"},
        {"G(T / HTTP/1.1\r\n", state::malformed, "a method that is no token"},
        {"GET / HTTP/1.\r\n", state::malformed, "half a version"},
        {"GET / HTTP/1.1\r\nHost: x\r\n folded\r\n\r\n", state::malformed, "a folded line"},
        {"GET / HTTP/1.1\r\nHost : x\r\n\r\n", state::malformed, "a space before the colon"},
        {"GET / HTTP/1.1\r\nHost: x\ry\r\n\r\n", state::malformed, "a bare return"},
        {"GET / HTTP/1.1\r\nnothing\r\n\r\n", state::malformed, "no colon"},
        {"GET / HTTP/1.1\r\n\r\n", state::malformed, "no Host"},
        {"GET / HTTP/1.1\r\nHost: x\r\nhost: y\r\n\r\n", state::malformed, "two of them"},
        {"\r\n\r\nGET / HTTP/1.1\r\n", state::malformed, "more than one empty line before"},
        {"GET / HTTP/2.0\r\n", state::unsupported_version, "another major version"},
        {"GET / HTTP/1.0\n\n", state::complete, "HTTP/1.0 needs no Host; bare LF"},
    });
}

TEST(http_head, whatever_can_grow_has_a_limit) {
    const std::string begin = "GET / HTTP/1.1\r\n";
    std::string many = begin;
    for (std::size_t i = 0; i <= http_headers_max; ++i) many += "a: b\r\n";
    expect_all({
        {std::string(http_line_max + 1, 'x'), state::too_large, "a line without end"},
        {begin + "a: " + std::string(http_line_max, 'x') + "\r\n", state::too_large, "a line"},
        {many, state::too_large, "many headers"},
    });
}

}  // namespace

}  // namespace priz::cli
