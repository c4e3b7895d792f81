// Two sessions that talk to each other in memory: what the one sends is what the other is told.
#include "http/http2/session.hpp"

#include <gtest/gtest.h>

#include <deque>

#include "http/http2/raw_frames.hpp"

namespace priz::http::http2 {
namespace {

struct pair {
    session server;
    session client{role::client};

    explicit pair(options of_server = {}) : server(role::server, of_server) { exchange(); }

    // Moves bytes until neither has any; the events remain.
    void exchange() {
        for (;;) {
            const std::string there = raw::all_output(client);
            const std::string back = raw::all_output(server);
            if (there.empty() && back.empty()) return;
            server.receive(keep(there));
            client.receive(keep(back));
        }
    }
    std::span<const std::byte> keep(const std::string& text) {
        return raw::bytes(kept_.emplace_back(text));
    }

private:
    std::deque<std::string> kept_;  // events refer to it
};

message request_head(std::string_view method = "GET", std::string_view path = "/") {
    message head;
    head.method = method;
    head.scheme = "https";
    head.authority = "example.org";
    head.path = path;
    return head;
}

std::optional<event> next_of(session& of, event::kind what) {
    while (auto found = of.next_event())
        if (found->what == what) return found;
    return std::nullopt;
}

std::string text_of(std::span<const std::byte> content) {
    return {reinterpret_cast<const char*>(content.data()), content.size()};
}

TEST(http2_session, a_request_and_its_answer_arrive_as_they_were_sent) {
    pair both;
    message asked = request_head("POST", "/a?b");
    asked.fields.add("X-Name", "value");
    asked.fields.add("Connection", "close");
    const auto stream = both.client.send_request(asked, false);
    ASSERT_TRUE(stream);
    ASSERT_TRUE(both.client.offer(*stream, raw::bytes("question"), true));
    both.exchange();

    auto head = next_of(both.server, event::kind::head);
    ASSERT_TRUE(head);
    EXPECT_EQ(head->head->method, "POST");
    EXPECT_EQ(head->head->path, "/a?b");
    EXPECT_EQ(head->head->authority, "example.org");
    EXPECT_EQ(head->head->fields, (headers{{"x-name", "value"}}));
    auto content = next_of(both.server, event::kind::content);
    ASSERT_TRUE(content);
    EXPECT_EQ(text_of(content->content), "question");
    EXPECT_TRUE(next_of(both.server, event::kind::end));

    ASSERT_TRUE(both.server.send_informational(*stream, 103));
    ASSERT_TRUE(both.server.send_response(*stream, 200, {}, false));
    ASSERT_TRUE(both.server.offer(*stream, raw::bytes("answer"), false));
    ASSERT_TRUE(both.server.send_trailers(*stream, headers{{"sum", "1"}}));
    both.exchange();
    EXPECT_EQ(next_of(both.client, event::kind::head)->head->status, 103);
    EXPECT_EQ(next_of(both.client, event::kind::head)->head->status, 200);
    EXPECT_EQ(text_of(next_of(both.client, event::kind::content)->content), "answer");
    EXPECT_EQ(next_of(both.client, event::kind::trailers)->head->fields, (headers{{"sum", "1"}}));
    EXPECT_TRUE(next_of(both.client, event::kind::end));

    both.server.release(*stream);
    both.client.release(*stream);
    EXPECT_EQ(both.server.streams(), 0U);
    EXPECT_EQ(both.client.room(), 100U);
}

TEST(http2_session, a_window_opens_when_the_content_was_taken_and_not_before) {
    options small;
    small.stream_window = 1000;
    pair both(small);
    const auto stream = both.client.send_request(request_head("POST"), false);
    const std::string content(1500, 'x');
    ASSERT_TRUE(both.client.offer(*stream, raw::bytes(content), true));
    both.exchange();
    std::size_t came = 0;
    while (auto what = both.server.next_event()) came += what->content.size();
    EXPECT_EQ(came, 1000U);
    EXPECT_FALSE(next_of(both.client, event::kind::offer_taken));

    both.server.consumed(*stream, 1000);
    both.exchange();
    while (auto what = both.server.next_event()) came += what->content.size();
    EXPECT_EQ(came, 1500U);
    EXPECT_TRUE(next_of(both.client, event::kind::offer_taken));
}

TEST(http2_session, what_a_released_stream_had_is_given_back_to_the_connection) {
    options small;
    small.connection_window = 100000;
    small.stream_window = 60000;
    pair both(small);
    const std::string content(60000, 'x');
    for (int i = 0; i < 10; ++i) {
        const auto stream = both.client.send_request(request_head("POST"), false);
        ASSERT_TRUE(stream);
        ASSERT_TRUE(both.client.offer(*stream, raw::bytes(content), false));
        both.exchange();
        ASSERT_TRUE(next_of(both.client, event::kind::offer_taken)) << i;
        both.server.release(*stream);
        both.exchange();
        EXPECT_EQ(next_of(both.client, event::kind::reset)->code, error_code::cancel);
        both.client.release(*stream);
    }
}

// What the session keeps is sent to its end, though nobody holds the stream any more.
TEST(http2_session, a_whole_answer_outlives_its_release) {
    pair both;
    const auto stream = both.client.send_request(request_head(), true);
    both.exchange();
    const std::array fields{field_view("x-name", "value")};
    const std::string content(100'000, 'x');
    ASSERT_TRUE(both.server.send_whole_response(*stream, 200, fields, content));
    both.server.release(*stream);
    EXPECT_EQ(both.server.streams(), 0U);
    EXPECT_EQ(both.server.open_streams(), 1U);
    both.exchange();
    const auto head = next_of(both.client, event::kind::head);
    ASSERT_TRUE(head);
    EXPECT_EQ(head->head->fields, (headers{{"x-name", "value"}}));
    EXPECT_FALSE(head->is_whole);
    std::size_t came = 0;
    while (auto one = both.client.next_event()) {
        came += one->content.size();
        both.client.consumed(*stream, one->content.size());
        both.exchange();
        if (one->what == event::kind::end) break;
    }
    EXPECT_EQ(came, content.size());
    EXPECT_EQ(both.server.open_streams(), 0U);
    EXPECT_EQ(both.server.content_sent(), content.size());
}

// The peer knows nothing of a request that was taken back before it was sent.
TEST(http2_session, a_request_that_is_released_before_it_was_framed_is_not_told) {
    pair both;
    const auto first = both.client.send_request(request_head(), true);
    const auto posted = both.client.send_request(request_head("POST"), false);
    const auto second = both.client.send_request(request_head(), true);
    ASSERT_TRUE(first && posted && second);
    both.client.release(*first);
    both.client.release(*posted);
    both.exchange();
    EXPECT_FALSE(both.server.has_failed());
    const auto told = next_of(both.server, event::kind::head);
    ASSERT_TRUE(told);
    EXPECT_EQ(told->stream, *second);
}

TEST(http2_session, requests_behind_a_goaway_are_refused) {
    pair both;
    ASSERT_TRUE(both.client.send_request(request_head("POST"), false));
    both.exchange();
    const auto late = both.client.send_request(request_head(), true);
    const std::string on_its_way = raw::all_output(both.client);
    both.server.goaway();
    both.server.goaway();
    both.server.receive(raw::bytes(on_its_way));
    both.exchange();
    EXPECT_TRUE(next_of(both.server, event::kind::head));
    EXPECT_FALSE(next_of(both.server, event::kind::head));
    std::size_t goaways = 0;
    std::optional<error_code> end;
    while (const auto told = both.client.next_event()) {
        if (told->what == event::kind::goaway) ++goaways;
        if (told->what == event::kind::reset && told->stream == *late) end = told->code;
    }
    EXPECT_EQ(goaways, 1U);
    EXPECT_EQ(end, error_code::refused_stream);
}

TEST(http2_session, an_error_behind_a_graceful_end_is_told) {
    pair both;
    ASSERT_TRUE(both.client.send_request(request_head("POST"), false));
    both.exchange();
    both.server.goaway();
    both.exchange();
    EXPECT_FALSE(next_of(both.server, event::kind::failed));
    both.server.receive(raw::bytes(raw::frame(raw::DATA, 0, 0, "x")));
    EXPECT_FALSE(raw::all_output(both.server).empty());
    EXPECT_TRUE(next_of(both.server, event::kind::failed));
}

// Whether a head is on its way is seen byte by byte, over CONTINUATION too.
TEST(http2_session, a_head_that_is_not_whole_is_known) {
    session server(role::server);
    const std::string block = raw::get();
    server.receive(raw::bytes(std::string(raw::preface) + raw::frame(raw::SETTINGS, 0, 0)));
    const std::string frames = raw::frame(raw::HEADERS, 1, 1, block.substr(0, 3)) +
                               raw::frame(raw::CONTINUATION, 4, 1, block.substr(3));
    for (std::size_t i = 0; i < frames.size(); ++i) {
        EXPECT_EQ(server.is_in_head(), i >= 9) << i;
        server.receive(raw::bytes(std::string_view(frames).substr(i, 1)));
    }
    EXPECT_FALSE(server.is_in_head());
    EXPECT_TRUE(next_of(server, event::kind::head)->is_whole);
}

TEST(http2_session, a_whole_answer_stays_whole_when_the_request_is_not_read) {
    pair both;
    const auto stream = both.client.send_request(request_head("POST"), false);
    both.exchange();
    ASSERT_TRUE(both.server.send_response(*stream, 413, {}, true));
    both.server.release(*stream);
    both.exchange();
    EXPECT_EQ(next_of(both.client, event::kind::head)->head->status, 413);
    EXPECT_TRUE(next_of(both.client, event::kind::end));
    EXPECT_EQ(next_of(both.client, event::kind::reset)->code, error_code::no_error);
    both.client.release(*stream);
    EXPECT_EQ(both.server.streams() + both.client.streams(), 0U);
}

TEST(http2_session, a_stream_that_is_reset_counts_until_its_work_is_released) {
    options two;
    two.concurrent_streams = 2;
    pair both(two);
    for (int i = 0; i < 2; ++i) {
        const auto stream = both.client.send_request(request_head(), true);
        both.exchange();
        both.client.release(*stream);
    }
    both.exchange();
    EXPECT_EQ(both.server.streams(), 2U);
    const auto third = both.client.send_request(request_head(), true);
    ASSERT_TRUE(third);
    both.exchange();
    const auto refused = next_of(both.client, event::kind::reset);
    ASSERT_TRUE(refused);
    EXPECT_EQ(refused->code, error_code::refused_stream);
}

TEST(http2_session, no_exchange_begins_beyond_what_the_peer_takes) {
    options one;
    one.concurrent_streams = 1;
    pair both(one);
    EXPECT_TRUE(both.client.send_request(request_head(), true));
    EXPECT_FALSE(both.client.send_request(request_head(), true));
}

TEST(http2_session, goaway_lets_those_finish_that_have_begun_and_no_others_begin) {
    pair both;
    const auto stream = both.client.send_request(request_head(), true);
    both.exchange();
    both.server.announce_shutdown();
    both.exchange();
    both.server.goaway();
    both.exchange();
    EXPECT_TRUE(next_of(both.client, event::kind::goaway));
    EXPECT_FALSE(both.client.send_request(request_head(), true));
    ASSERT_TRUE(both.server.send_response(*stream, 204, {}, true));
    both.exchange();
    EXPECT_EQ(next_of(both.client, event::kind::head)->head->status, 204);
    EXPECT_FALSE(both.server.has_failed());
    EXPECT_TRUE(both.server.is_over());
}

TEST(http2_session, heads_beyond_their_limits_are_told_with_the_status_that_answers_them) {
    for (const bool many : {true, false}) {
        pair both;
        message head = request_head();
        for (int i = 0; i < (many ? 101 : 10); ++i)
            head.fields.add("x", std::string(many ? 1 : 7000, 'v'));
        ASSERT_TRUE(both.client.send_request(head, true));
        both.exchange();
        const auto found = next_of(both.server, event::kind::head);
        ASSERT_TRUE(found) << many;
        EXPECT_EQ(answer_status(found->head->refused), 431);
        EXPECT_FALSE(both.server.has_failed());
    }
}

TEST(http2_session, a_head_in_nine_frames_is_read_however_they_are_cut) {
    std::string sent(raw::preface);
    sent += raw::frame(raw::SETTINGS, 0, 0) + raw::request(1, raw::get(), raw::END_STREAM);
    for (int i = 1; i <= 8; ++i)
        sent +=
            raw::frame(raw::CONTINUATION, i == 8 ? raw::END_HEADERS : 0, 1, raw::field("x", "y"));
    session server(role::server);
    for (const char& one : sent) server.receive(raw::bytes({&one, 1}));
    const auto found = next_of(server, event::kind::head);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->head->fields.size(), 8U);
}

TEST(http2_session, extended_connect_is_announced_and_taken) {
    options with;
    with.extended_connect = true;
    pair both(with);
    EXPECT_TRUE(both.client.peer_takes_extended_connect());
    message head = request_head("CONNECT", "/chat");
    head.protocol = "websocket";
    ASSERT_TRUE(both.client.send_request(head, false));
    both.exchange();
    const auto found = next_of(both.server, event::kind::head);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->head->protocol, "websocket");
    EXPECT_EQ(found->head->path, "/chat");
}

}  // namespace
}  // namespace priz::http::http2
