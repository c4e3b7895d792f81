#include "priz/http/head_writer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "priz/http/body_decoder.hpp"
#include "priz/http/defect.hpp"
#include "priz/http/head_parser.hpp"

namespace priz::http {

namespace {

using testing::HasSubstr;
using testing::Not;
using namespace std::string_view_literals;

constexpr field_view host = {"Host", "example.org"};

defect request_refusal(std::string_view method, std::string_view target,
                       std::initializer_list<field_view> fields, framing content = {}) {
    std::string out = "before";
    const auto written = try_append_request_head(out, method, target, fields, content);
    EXPECT_EQ(out == "before", !written);
    return written ? defect::none : static_cast<defect>(written.error().code().value());
}

TEST(head_writer, a_request_is_written_as_it_is_read) {
    std::string out;
    append_request_head(out, "POST", "/a?b", {host, {"X", ""}}, framing::sized(12));
    EXPECT_EQ(out, "POST /a?b HTTP/1.1\r\nHost: example.org\r\nX: \r\nContent-Length: 12\r\n\r\n");
}

TEST(head_writer, a_response_has_the_registered_phrase_unless_it_is_told_another) {
    std::string out;
    append_response_head(out, 404, {}, framing::sized(0));
    EXPECT_EQ(out, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
    out.clear();
    append_response_head(out, 599, {}, framing::chunked());
    EXPECT_EQ(out, "HTTP/1.1 599 \r\nTransfer-Encoding: chunked\r\n\r\n");
    out.clear();
    append_response_head(out, 200, {}, framing::until_close(), "fine", version::http_1_0);
    EXPECT_EQ(out, "HTTP/1.0 200 fine\r\n\r\n");
}

// CVE-2016-5699, CVE-2019-9740 and their like: whatever a caller passes on must not begin a line.
TEST(head_writer, no_input_can_begin_another_line_or_field) {
    for (const auto bad : {"a\r\nX: y"sv, "a\nb"sv, "a\rb"sv, "a\0b"sv}) {
        EXPECT_EQ(request_refusal(bad, "/", {host}), defect::bad_method);
        const std::string target = '/' + std::string(bad);
        EXPECT_EQ(request_refusal("GET", target, {host}), defect::bad_target);
        EXPECT_EQ(request_refusal("GET", "/", {host, {bad, "y"}}), defect::bad_field_name);
        EXPECT_EQ(request_refusal("GET", "/", {host, {"X", bad}}), defect::bad_field_value);
        EXPECT_EQ(request_refusal("GET", "/", {{"Host", bad}}), defect::bad_field_value);
        std::string out;
        EXPECT_EQ(try_append_response_head(out, 200, {}, {}, bad).error().code(),
                  defect::bad_reason);
        EXPECT_EQ(try_append_response_head(out, 200, {{"Location", bad}}).error().code(),
                  defect::bad_field_value);
        EXPECT_EQ(try_append_last_chunk(out, {{"X", bad}}).error().code(), defect::bad_field_value);
        EXPECT_EQ(out, "");
    }
    EXPECT_EQ(request_refusal("GET", "/ HTTP/1.1", {host}), defect::bad_target);
    EXPECT_EQ(request_refusal("GET", "/", {host, {"X: y", "z"}}), defect::bad_field_name);
    EXPECT_EQ(request_refusal("GET", "/", {host, {"", "z"}}), defect::bad_field_name);
}

TEST(head_writer, an_error_shows_no_control_characters) {
    std::string out;
    const auto written = try_append_request_head(out, "GET", "/\r\nX: y", {host});
    EXPECT_THAT(written.error().message(), Not(HasSubstr("\r")));
    EXPECT_THAT(written.error().message(), HasSubstr("/??X: y"));
    EXPECT_THROW(append_request_head(out, "GET", "/\r\nX: y", {host}), error);
}

TEST(head_writer, the_framing_is_said_once) {
    EXPECT_EQ(request_refusal("POST", "/", {host, {"content-length", "5"}}, framing::sized(5)),
              defect::framing_field);
    EXPECT_EQ(request_refusal("POST", "/", {host, {"Transfer-Encoding", "chunked"}}),
              defect::framing_field);
    EXPECT_EQ(request_refusal("POST", "/", {host}, framing::until_close()),
              defect::unexpected_content);
    EXPECT_EQ(request_refusal("CONNECT", "a:1", {{"Host", "a:1"}}, framing::sized(5)),
              defect::unexpected_content);
    std::string out;
    for (int status : {100, 101, 204})
        EXPECT_EQ(try_append_response_head(out, status, {}, framing::sized(0)).error().code(),
                  defect::unexpected_content);
    EXPECT_EQ(try_append_response_head(out, 200, {}, framing::chunked(), {}, version::http_1_0)
                  .error()
                  .code(),
              defect::transfer_coding_before_1_1);
    append_response_head(out, 304, {}, framing::sized(7));
    EXPECT_THAT(out, HasSubstr("Content-Length: 7"));
}

// What is written without content ends with its head, for every status and for whoever reads it.
TEST(head_writer, a_response_without_content_is_read_as_one) {
    for (int status = 100; status <= 599; ++status) {
        std::string out;
        append_response_head(out, status, {});
        const bool bare = status < 200 || status == 204 || status == 304;
        EXPECT_EQ(out.find("Content-Length: 0\r\n") == out.npos, bare) << status;
        field_places<> places;
        response_parser parser(places);
        ASSERT_EQ(parser.parse(out), progress::complete);
        EXPECT_EQ(parser.framing(), status == 101 ? framing::tunnel() : framing::none()) << status;
    }
}

TEST(head_writer, a_bare_head_is_written_where_it_is_asked_for) {
    std::string out;
    append_response_head(out, 200, {}, framing::tunnel());
    append_response_head(out, 101, {}, framing::tunnel());
    append_response_head(out, 404, {}, framing::until_close());
    EXPECT_EQ(out,
              "HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 101 Switching Protocols\r\n\r\n"
              "HTTP/1.1 404 Not Found\r\n\r\n");
}

TEST(head_writer, a_framing_that_the_status_does_not_have_is_refused) {
    const auto refusal = [](int status, framing content) {
        std::string out;
        const auto written = try_append_response_head(out, status, {}, content);
        EXPECT_EQ(out.empty(), !written);
        return written ? defect::none : static_cast<defect>(written.error().code().value());
    };
    for (int status : {100, 101, 103, 204, 205, 304})
        EXPECT_EQ(refusal(status, framing::until_close()), defect::unexpected_content) << status;
    for (int status : {100, 103, 301, 304, 400, 407, 599})
        EXPECT_EQ(refusal(status, framing::tunnel()), defect::unexpected_content) << status;
    for (int status : {101, 200, 204, 299})
        EXPECT_EQ(refusal(status, framing::tunnel()), defect::none) << status;
    EXPECT_EQ(refusal(205, framing::sized(1)), defect::unexpected_content);
    EXPECT_EQ(refusal(205, framing::chunked()), defect::unexpected_content);
    EXPECT_EQ(refusal(205, framing::sized(0)), defect::none);
}

TEST(head_writer, a_request_has_one_host_which_is_that_of_an_absolute_target) {
    EXPECT_EQ(request_refusal("GET", "/", {}), defect::no_host);
    EXPECT_EQ(request_refusal("GET", "/", {host, host}), defect::several_hosts);
    EXPECT_EQ(request_refusal("GET", "/", {{"Host", "a/b"}}), defect::bad_host);
    EXPECT_EQ(request_refusal("GET", "http://other/", {host}), defect::host_is_not_target);
    EXPECT_EQ(request_refusal("GET", "http://EXAMPLE.org/", {host}), defect::none);
    EXPECT_EQ(request_refusal("CONNECT", "example.org:1", {host}), defect::host_is_not_target);
    EXPECT_EQ(request_refusal("CONNECT", "a:1", {{"Host", "A:1"}}), defect::none);
    EXPECT_EQ(request_refusal("GET", "/", {{"Host", ":80"}}), defect::bad_host);
    EXPECT_EQ(request_refusal("GET", "/", {{"Host", ""}}), defect::none);
    EXPECT_EQ(request_refusal("GET", "*", {host}), defect::wrong_target_form);
    std::string out;
    append_request_head(out, "GET", "/", {}, {}, version::http_1_0);
    EXPECT_EQ(out, "GET / HTTP/1.0\r\n\r\n");
}

TEST(head_writer, statuses_outside_100_to_599_are_refused) {
    std::string out;
    for (int status : {-1, 0, 99, 600, 1000})
        EXPECT_EQ(try_append_response_head(out, status, {}).error().code(), defect::bad_status);
}

TEST(head_writer, chunks_are_decoded_as_they_were_written) {
    std::string out;
    append_chunk(out, "hello");
    append_chunk(out, "");
    append_chunk(out, std::string(0x1a2b, 'x'));
    append_last_chunk(out, {{"X", "y"}});
    EXPECT_THAT(out, testing::StartsWith("5\r\nhello\r\n1a2b\r\nx"));
    EXPECT_THAT(out, testing::EndsWith("x\r\n0\r\nX: y\r\n\r\n"));
    EXPECT_EQ(chunk_head(~std::size_t{0}).text(), "ffffffffffffffff\r\n");
}

TEST(head_writer, a_trailer_that_frames_or_routes_is_refused) {
    std::string out;
    for (const auto name : {"Content-Length", "transfer-encoding", "HOST", "Range", "If-Match",
                            "Cache-Control", "Authorization", "Set-Cookie", "Content-Encoding",
                            "content-type", "Connection", "Trailer", "Location"}) {
        const auto written = try_append_last_chunk(out, {{name, "1"}});
        ASSERT_FALSE(written) << name;
        EXPECT_EQ(written.error().code(), defect::forbidden_trailer) << name;
    }
    EXPECT_EQ(out, "");
    append_last_chunk(out, {{"ETag", "\"1\""}, {"Server-Timing", "a"}, {"Digest", "b"}});
    EXPECT_EQ(out, "0\r\nETag: \"1\"\r\nServer-Timing: a\r\nDigest: b\r\n\r\n");
}

}  // namespace

}  // namespace priz::http
