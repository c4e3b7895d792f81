#include "priz/http/head_parser.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "priz/http/body_decoder.hpp"

namespace priz::http {

namespace {

using testing::HasSubstr;

constexpr std::string_view get = "GET /a?b HTTP/1.1\r\nHost: example.org\r\nX: y\r\n\r\n";

parse_error refusal_of(std::string_view message, const limits& most = {}) {
    field_places<> places;
    request_parser parser(places, most);
    EXPECT_EQ(parser.parse(message), progress::failed);
    return parser.error();
}

TEST(head_parser, what_it_found_are_views_into_the_callers_buffer) {
    field_places<> places;
    request_parser parser(places);
    ASSERT_EQ(parser.parse(get), progress::complete);
    EXPECT_EQ(parser.method().data(), get.data());
    EXPECT_EQ(parser.target().data(), get.data() + 4);
    EXPECT_EQ(parser.fields()[1].name.data(), get.data() + get.find("X:"));
    EXPECT_EQ(parser.size(), get.size());
}

TEST(head_parser, a_buffer_that_moved_is_gone_on_with) {
    field_places<> places;
    request_parser parser(places);
    {
        const std::string first(get.substr(0, 30));
        ASSERT_EQ(parser.parse(first), progress::more);
    }
    const std::string all(get);
    ASSERT_EQ(parser.parse(all), progress::complete);
    EXPECT_EQ(parser.host(), "example.org");
    EXPECT_EQ(parser.fields().find("x"), "y");
}

TEST(head_parser, fields_are_found_in_any_case_and_kept_in_their_order) {
    field_places<> places;
    request_parser parser(places);
    ASSERT_EQ(parser.parse("GET / HTTP/1.1\r\nhOST: a\r\nX: 1\r\nY: 2\r\nx: 3\r\n\r\n"),
              progress::complete);
    EXPECT_EQ(parser.fields().find("HOST"), "a");
    EXPECT_EQ(parser.fields().find("X"), "1");
    EXPECT_EQ(parser.fields().count("X"), 2U);
    EXPECT_EQ(parser.fields().find("Z"), std::nullopt);
    std::string order;
    for (const auto field : parser.fields()) order += field.value;
    EXPECT_EQ(order, "a123");
}

TEST(head_parser, a_parser_that_was_reset_knows_nothing_of_the_message_before) {
    field_places<> places;
    request_parser parser(places);
    ASSERT_EQ(
        parser.parse("POST http://a/ HTTP/1.0\r\nHost: a\r\nContent-Length: 3\r\n"
                     "Expect: 100-continue\r\nConnection: close, upgrade\r\nUpgrade: x\r\n\r\n"),
        progress::complete);
    parser.reset();
    ASSERT_EQ(parser.parse(get), progress::complete);
    EXPECT_EQ(parser.framing(), framing::none());
    EXPECT_EQ(parser.form(), target_form::origin);
    EXPECT_TRUE(parser.keep_alive());
    EXPECT_FALSE(parser.expects_continue());
    EXPECT_FALSE(parser.upgrade());
}

TEST(head_parser, a_failed_parser_stays_failed) {
    field_places<> places;
    request_parser parser(places);
    EXPECT_EQ(parser.parse("GET\n"), progress::failed);
    EXPECT_EQ(parser.parse(get), progress::failed);
    EXPECT_EQ(parser.finish(), progress::failed);
    EXPECT_EQ(parser.error().what, defect::bare_lf);
}

TEST(head_parser, an_error_says_what_where_and_by_which_section) {
    const parse_error error = refusal_of("GET / HTTP/1.1\r\nHost: a\r\nX : y\r\n\r\n");
    EXPECT_EQ(error.offset, 26U);
    EXPECT_EQ(error.message(),
              "white space between field name and colon (offset 26; RFC 9112, 5.1)");
    EXPECT_THAT(error.as_failure("parse_request").message(),
                testing::AllOf(HasSubstr("parse_request"), HasSubstr("offset 26; RFC 9112, 5.1")));
    EXPECT_EQ(error.as_failure("parse_request").code(), defect::space_before_colon);
    EXPECT_EQ(error.as_failure("parse_request").code(), std::errc::protocol_error);
}

TEST(head_parser, a_limit_on_a_line_ends_at_its_last_allowed_byte) {
    limits most;
    most.line = 24;  // the request line has 19, the first field line 19
    EXPECT_EQ(
        refusal_of("GET /a?b HTTP/1.1\r\nHost: example.org\r\nX: 34567890123456789012\r\n\r\n",
                   most),
        (parse_error{defect::line_too_long, 38 + 24}));
    field_places<> places;
    request_parser parser(places, most);
    EXPECT_EQ(
        parser.parse("GET /a?b HTTP/1.1\r\nHost: example.org\r\nX: 3456789012345678901\r\n\r\n"),
        progress::complete);
}

TEST(head_parser, a_limit_on_the_head_counts_the_empty_line) {
    limits most;
    most.head = static_cast<std::uint32_t>(get.size());
    field_places<> places;
    request_parser parser(places, most);
    EXPECT_EQ(parser.parse(get), progress::complete);
    --most.head;
    EXPECT_EQ(refusal_of(get, most), (parse_error{defect::head_too_large, get.size() - 1}));
    most.head = 10;
    EXPECT_EQ(refusal_of(get, most), (parse_error{defect::target_too_long, 10}));
}

TEST(head_parser, a_head_of_64_KiB_is_the_most_by_default) {
    std::string message = "GET / HTTP/1.1\r\nHost: a\r\n";
    const std::string line = "X: " + std::string(995, 'v') + "\r\n";
    for (int i = 0; i < 65; ++i) message += line;
    const std::string longer = message + line + "\r\n";
    field_places<> places;
    request_parser parser(places);
    EXPECT_EQ(parser.parse(message + "\r\n"), progress::complete);
    EXPECT_EQ(refusal_of(longer), (parse_error{defect::head_too_large, 65536}));
    response_parser towards_servers(places);
    EXPECT_EQ(towards_servers.parse("HTTP/1.1 200 \r\n" + longer.substr(16)), progress::complete);
}

TEST(head_parser, fields_are_limited_by_the_limit_and_by_the_room_for_them) {
    limits most;
    most.fields = 1;
    EXPECT_EQ(refusal_of(get, most), (parse_error{defect::too_many_fields, get.find("X:")}));
    field_places<1> places;
    request_parser parser(places);
    EXPECT_EQ(parser.parse(get), progress::failed);
    EXPECT_EQ(parser.error().what, defect::too_many_fields);
    request_parser without_any(std::span<field_place>{});
    EXPECT_EQ(without_any.parse("GET / HTTP/1.0\r\n\r\n"), progress::complete);
}

TEST(head_parser, content_beyond_the_limit_is_refused_by_the_head) {
    limits most;
    most.content = 10;
    const std::string head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ";
    EXPECT_EQ(refusal_of(head + "11\r\n\r\n", most).what, defect::content_too_large);
    field_places<> places;
    request_parser parser(places, most);
    EXPECT_EQ(parser.parse(head + "10\r\n\r\n"), progress::complete);
}

TEST(head_parser, what_a_server_answers_is_the_registered_status) {
    EXPECT_EQ(answer_status(defect::bare_lf), 400);
    EXPECT_EQ(answer_status(defect::content_too_large), 413);
    EXPECT_EQ(answer_status(defect::target_too_long), 414);
    EXPECT_EQ(answer_status(defect::head_too_large), 431);
    EXPECT_EQ(answer_status(defect::unsupported_transfer_coding), 501);
    EXPECT_EQ(answer_status(defect::unsupported_version), 505);
}

// Every byte value at every place: what is let in is what the grammar has there.
TEST(head_parser, each_byte_is_let_in_where_the_grammar_has_it) {
    const std::string token = "!#$%&'*+-.^_`|~";
    const std::string not_in_target = "\"#<>\\";
    for (int c = 0; c < 256; ++c) {
        const char byte = static_cast<char>(c);
        const bool visible = c > 0x20 && c < 0x7f;
        const bool letter_or_digit = visible && std::isalnum(c) != 0;
        const auto read = [&](const std::string& before, const std::string& after) {
            field_places<> places;
            request_parser parser(places);
            return parser.parse(before + byte + after) == progress::complete;
        };
        const bool in_token = letter_or_digit || (c != 0 && token.find(byte) != token.npos);
        EXPECT_EQ(read("A", "B / HTTP/1.1\r\nHost: a\r\n\r\n"), in_token) << c;
        EXPECT_EQ(read("GET / HTTP/1.1\r\nHost: a\r\nA", "B: x\r\n\r\n"), in_token || byte == ':')
            << c;
        EXPECT_EQ(read("GET /", " HTTP/1.1\r\nHost: a\r\n\r\n"),
                  visible && not_in_target.find(byte) == not_in_target.npos)
            << c;
        EXPECT_EQ(read("GET / HTTP/1.1\r\nHost: a\r\nX: a", "b\r\n\r\n"),
                  byte == '\t' || (c >= 0x20 && c != 0x7f))
            << c;
    }
}

// A control at every place of a long token and value: whichever step of the search comes upon it.
TEST(head_parser, a_bad_byte_is_found_at_every_distance) {
    for (std::size_t at = 0; at < 70; ++at) {
        const auto refused = [&](std::string head, char bad, std::string_view rest) {
            const std::size_t place = head.size() + at;
            head.append(70, 'x')[place] = bad;
            const parse_error error = refusal_of(head.append(rest));
            EXPECT_EQ(error.offset, place) << error.message();
        };
        refused("GET /", '\x01', " HTTP/1.1\r\nHost: a\r\n\r\n");
        refused("GET / HTTP/1.1\r\nHost: a\r\nX", '\x02', ": y\r\n\r\n");
        refused("GET / HTTP/1.1\r\nHost: a\r\nX:", '\x7f', "\r\n\r\n");
    }
}

TEST(head_parser, an_interim_answer_is_followed_by_the_final_one) {
    field_places<> places;
    response_parser parser(places);
    std::string_view stream = "HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\n\r\n";
    ASSERT_EQ(parser.parse(stream), progress::complete);
    EXPECT_TRUE(parser.is_interim());
    stream.remove_prefix(parser.size());
    parser.next_answer();
    EXPECT_FALSE(parser.is_interim());
    EXPECT_EQ(parser.reason(), "");
    ASSERT_EQ(parser.parse(stream), progress::complete);
    EXPECT_FALSE(parser.is_interim());
    EXPECT_EQ(parser.reason(), "OK");
}

TEST(head_parser, what_was_asked_holds_for_the_answers_behind_an_interim_one) {
    field_places<> places;
    response_parser parser(places);
    const auto final_framing = [&](response_parser::to method) {
        parser.reset(method);
        EXPECT_EQ(parser.parse("HTTP/1.1 100 Continue\r\n\r\n"), progress::complete);
        parser.next_answer();
        EXPECT_EQ(parser.parse("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"), progress::complete);
        return parser.framing();
    };
    EXPECT_EQ(final_framing(response_parser::to::head), framing::none());
    EXPECT_EQ(final_framing(response_parser::to::connect), framing::tunnel());
    EXPECT_EQ(final_framing(response_parser::to::other), framing::sized(5));
}

// Each is empty until its part of the message is there, whole; a view into the buffer afterwards.
TEST(head_parser, what_has_not_been_read_is_empty_however_far_the_message_came) {
    field_places<> places;
    request_parser parser(places);
    const std::string_view other = "DELETE /much/longer HTTP/1.1\r\nHost: b\r\n\r\n";
    const std::string_view broken = "\r\nGET /a?b HTTP/1.1\r\nHost: a\r\nX : y\r\n\r\n";
    for (std::size_t cut = 0; cut <= broken.size(); ++cut) {
        ASSERT_EQ(parser.parse(other), progress::complete);
        parser.reset();
        EXPECT_EQ(parser.method(), "");
        EXPECT_EQ(parser.target(), "");
        EXPECT_EQ(parser.host(), "");
        parser.parse(broken.substr(0, cut));
        EXPECT_EQ(parser.finish() == progress::failed, cut != 0 && cut != 2) << cut;
        EXPECT_EQ(parser.method(), cut < 6 ? "" : "GET") << cut;
        EXPECT_EQ(parser.target(), cut < 11 ? "" : "/a?b") << cut;
        EXPECT_EQ(parser.host(), cut < 30 ? "" : "a") << cut;
        EXPECT_EQ(parser.fields().size(), cut < 30 ? 0U : 1U) << cut;
        parser.reset();
    }
    EXPECT_EQ(parser.parse("G(T / HTTP/1.1\r\n"), progress::failed);
    EXPECT_EQ(parser.method(), "");
    parser.reset();
    EXPECT_EQ(parser.parse("GET a/b HTTP/1.1\r\n"), progress::failed);
    EXPECT_EQ(parser.method(), "GET");
    EXPECT_EQ(parser.target(), "");
}

TEST(head_parser, what_has_not_been_read_of_an_answer_is_empty) {
    field_places<> places;
    response_parser parser(places);
    const std::string_view other = "HTTP/1.1 404 Not Found At All\r\n\r\n";
    const std::string_view broken = "HTTP/1.1 200 OK\r\nX : y\r\n\r\n";
    for (std::size_t cut = 0; cut <= broken.size(); ++cut) {
        ASSERT_EQ(parser.parse(other), progress::complete);
        parser.reset(response_parser::to::other);
        EXPECT_EQ(parser.status(), 0);
        EXPECT_EQ(parser.reason(), "");
        parser.parse(broken.substr(0, cut));
        EXPECT_EQ(parser.finish() == progress::failed, cut != 0) << cut;
        EXPECT_EQ(parser.status(), cut < 13 ? 0 : 200) << cut;
        EXPECT_EQ(parser.reason(), cut < 17 ? "" : "OK") << cut;
        EXPECT_FALSE(parser.is_interim());
        parser.reset(response_parser::to::other);
    }
    EXPECT_EQ(parser.parse("HTTP/1.1 099 x\r\n"), progress::failed);
    EXPECT_EQ(parser.status(), 0);
    EXPECT_FALSE(parser.is_interim());
}

TEST(body_decoder, a_peer_that_sends_more_extensions_than_content_is_refused) {
    field_places<> places;
    body_decoder body(framing::chunked(), places);
    const std::string chunk = "1;" + std::string(200, 'x') + "\r\na\r\n";
    std::size_t chunks = 0;
    for (; chunks < 1000; ++chunks) {
        std::string_view input = chunk;
        auto step = body.next(input);
        while (step.how == decoded::content) {
            input.remove_prefix(step.consumed);
            step = body.next(input);
        }
        if (step.how == decoded::failed) break;
    }
    EXPECT_EQ(body.error().what, defect::chunk_extension_too_long);
    EXPECT_EQ(chunks, 16384U / 200);  // 201 bytes a chunk, of which its content allows one
}

TEST(body_decoder, extensions_may_grow_with_the_content) {
    body_decoder body(framing::chunked());
    const std::string chunk =
        "100;" + std::string(200, 'x') + "\r\n" + std::string(256, 'a') + "\r\n";
    for (int i = 0; i < 1000; ++i) {
        std::string_view input = chunk;
        auto step = body.next(input);
        while (step.how == decoded::content) {
            input.remove_prefix(step.consumed);
            step = body.next(input);
        }
        ASSERT_EQ(step.how, decoded::more);
    }
}

TEST(body_decoder, content_beyond_the_limit_is_refused_before_it_is_handed_out) {
    limits most;
    most.content = 5;
    body_decoder chunked(framing::chunked(), {}, most);
    auto step = chunked.next("3\r\nabc\r\n3\r\ndef\r\n");
    EXPECT_EQ(step.content, "abc");
    step = chunked.next("\r\n3\r\ndef\r\n");
    EXPECT_EQ(step.how, decoded::failed);
    EXPECT_EQ(chunked.error(), (parse_error{defect::content_too_large, 10}));
    body_decoder sized(framing::sized(6), {}, most);
    EXPECT_EQ(sized.next("abcde").how, decoded::failed);
    EXPECT_EQ(sized.error(), (parse_error{defect::content_too_large, 0}));
    EXPECT_EQ(sized.finish(), decoded::failed);
    body_decoder as_allowed(framing::sized(5), {}, most);
    EXPECT_EQ(as_allowed.next("abcde").content, "abcde");
    EXPECT_EQ(as_allowed.finish(), decoded::complete);
}

TEST(body_decoder, content_up_to_the_close_fails_at_the_first_byte_beyond_however_it_is_cut) {
    limits most;
    most.content = 5;
    const std::string_view whole = "abcdefgh";
    for (std::size_t size = 0; size <= whole.size(); ++size) {
        for (std::size_t cut = 0; cut <= size; ++cut) {
            body_decoder body(framing::until_close(), {}, most);
            std::string content;
            for (std::string_view input : {whole.substr(0, cut), whole.substr(cut, size - cut)}) {
                auto step = body.next(input);
                while (step.how == decoded::content) {
                    content += step.content;
                    input.remove_prefix(step.consumed);
                    step = body.next(input);
                }
            }
            EXPECT_EQ(content, whole.substr(0, std::min<std::size_t>(size, 5))) << size << cut;
            EXPECT_EQ(body.finish(), size > 5 ? decoded::failed : decoded::complete);
            if (size > 5) {
                EXPECT_EQ(body.error(), (parse_error{defect::content_too_large, 5}));
            }
        }
    }
}

TEST(body_decoder, without_room_for_trailers_a_message_without_them_is_complete) {
    body_decoder body(framing::chunked());
    const auto step = body.next("0\r\n\r\nGET");
    EXPECT_EQ(step.how, decoded::complete);
    EXPECT_EQ(step.consumed, 5U);
}

TEST(body_decoder, content_is_a_part_of_the_input) {
    body_decoder body(framing::sized(4));
    const std::string_view input = "abcdef";
    const auto step = body.next(input);
    EXPECT_EQ(step.content.data(), input.data());
    EXPECT_EQ(step.content, "abcd");
    EXPECT_EQ(step.consumed, 4U);
    EXPECT_EQ(body.next("ef").how, decoded::complete);
}

}  // namespace

}  // namespace priz::http
