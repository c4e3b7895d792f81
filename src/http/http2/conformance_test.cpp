// What a peer must not do, sentence by sentence (RFC 9113, 3 to 8), sent as raw frames; and what
// must come of it. Section 5.4 lets an endpoint treat an error of a stream as one of the
// connection: where nghttp2 does, the row says so by expecting it.
#include <gtest/gtest.h>

#include <algorithm>
#include <iostream>

#include "http/http2/raw_frames.hpp"

namespace priz::http::http2 {
namespace {

using namespace raw;
using enum error_code;

constexpr verdict ignored{};
constexpr verdict of_stream(error_code code) { return {verdict::kind::stream, code}; }
constexpr verdict of_connection(error_code code) { return {verdict::kind::connection, code}; }

struct rule {
    std::string_view section;
    std::string_view sentence;
    std::string sent;
    verdict expected;
};

std::string begin() { return std::string(preface) + frame(SETTINGS, 0, 0); }

// A request whose content is still to come.
std::string open(std::uint32_t stream) { return request(stream, post(), END_HEADERS); }

std::string bad_request(fields list) { return begin() + request(1, block(list)); }
std::string get_with(std::string_view name, std::string_view value) {
    return begin() + request(1, get({{name, value}}));
}

std::vector<rule> frame_rules() {
    const std::string hello = begin();
    const std::string big(16385, 'x');
    return {
        {"3.4", "a client begins with the preface", "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
         of_connection(protocol_error)},
        {"3.4", "SETTINGS is the first frame", std::string(preface) + frame(PING, 0, 0, "12345678"),
         of_connection(protocol_error)},
        {"4.1", "frames of unknown types are ignored", hello + frame(0xfa, 0xff, 1, "x"), ignored},
        {"4.1", "flags without a meaning are ignored", hello + frame(PING, 0xfe, 0, "12345678"),
         ignored},
        {"4.1", "the reserved bit is ignored", hello + frame(PING, 0, 0x80000000, "12345678"),
         ignored},
        {"4.2", "DATA beyond the frame size", hello + open(1) + frame(DATA, 0, 1, big),
         of_connection(frame_size_error)},
        {"4.2", "HEADERS beyond the frame size", hello + frame(HEADERS, 5, 1, big),
         of_connection(frame_size_error)},
        {"4.2", "SETTINGS beyond the frame size", hello + frame(SETTINGS, 0, 0, big),
         of_connection(frame_size_error)},
        {"4.3", "a block that is no HPACK", hello + request(1, "\x80"),
         of_connection(compression_error)},
        {"4.3", "a block that ends within a field", hello + request(1, get() + "\0\x05x"s),
         of_connection(compression_error)},
        {"4.3.1", "a table larger than was allowed", hello + request(1, "\x3f\xe2\x7f" + get()),
         of_connection(compression_error)},
        {"4.3", "a frame of another stream within a block",
         hello + request(1, get(), END_STREAM) + frame(PRIORITY, 0, 3, "\0\0\0\0\x10"s),
         of_connection(protocol_error)},
        {"5.5", "an unknown frame within a block",
         hello + request(1, get(), END_STREAM) + frame(0xfa, 0, 1, "x"),
         of_connection(protocol_error)},
        {"5.1", "DATA on an idle stream", hello + frame(DATA, 0, 1, "x"),
         of_connection(protocol_error)},
        {"5.1", "RST_STREAM on an idle stream", hello + frame(RST_STREAM, 0, 1, number(8)),
         of_connection(protocol_error)},
        {"5.1", "WINDOW_UPDATE on an idle stream", hello + frame(WINDOW_UPDATE, 0, 1, number(8)),
         of_connection(protocol_error)},
        {"5.1", "CONTINUATION on an idle stream", hello + frame(CONTINUATION, 4, 1, get()),
         of_connection(protocol_error)},
        {"5.1", "PRIORITY on an idle stream is let pass",
         hello + frame(PRIORITY, 0, 1, "\0\0\0\0\x10"s), ignored},
        {"5.1", "DATA behind the end", hello + request(1, get()) + frame(DATA, 0, 1, "x"),
         of_connection(stream_closed)},
        {"5.1", "HEADERS behind the end", hello + request(1, get()) + request(1, get()),
         of_connection(stream_closed)},
        {"5.1", "WINDOW_UPDATE behind the end is let pass",
         hello + request(1, get()) + frame(WINDOW_UPDATE, 0, 1, number(8)), ignored},
        {"5.1", "HEADERS behind RST_STREAM",
         hello + open(1) + frame(RST_STREAM, 0, 1, number(8)) + request(1, get()),
         of_connection(stream_closed)},
        {"5.1", "CONTINUATION behind RST_STREAM",
         hello + open(1) + frame(RST_STREAM, 0, 1, number(8)) + frame(CONTINUATION, 4, 1, get()),
         of_connection(protocol_error)},
        {"5.1.1", "a client's streams are odd", hello + request(2, get()),
         of_connection(protocol_error)},
        {"5.1.1", "streams begin in their order", hello + request(5, get()) + request(3, get()),
         of_connection(protocol_error)},
        {"6.1", "DATA belongs to a stream", hello + frame(DATA, 0, 0, "x"),
         of_connection(protocol_error)},
        {"6.1", "DATA with padding longer than itself",
         hello + open(1) + frame(DATA, PADDED, 1, "\x05xxx"), of_connection(protocol_error)},
        {"6.1", "DATA that has no place for its padding's length",
         hello + open(1) + frame(DATA, PADDED, 1), of_connection(protocol_error)},
        {"6.2", "HEADERS belong to a stream", hello + frame(HEADERS, 5, 0, get()),
         of_connection(protocol_error)},
        {"6.2", "HEADERS with padding longer than themselves",
         hello + frame(HEADERS, 5 | PADDED, 1, "\x7f" + get().substr(0, 20)),
         of_connection(protocol_error)},
        {"6.2", "HEADERS that have no place for their priority",
         hello + frame(HEADERS, 5 | PRIO, 1, "\0\0"s), of_connection(frame_size_error)},
        {"6.3", "PRIORITY belongs to a stream", hello + frame(PRIORITY, 0, 0, "\0\0\0\0\x10"s),
         of_connection(protocol_error)},
        {"6.3", "PRIORITY has five bytes", hello + frame(PRIORITY, 0, 1, "\0\0\0\x10"s),
         of_connection(frame_size_error)},
        {"6.4", "RST_STREAM belongs to a stream", hello + frame(RST_STREAM, 0, 0, number(8)),
         of_connection(protocol_error)},
        {"6.4", "RST_STREAM has four bytes", hello + open(1) + frame(RST_STREAM, 0, 1, "\0\0\x08"s),
         of_connection(frame_size_error)},
        {"6.5", "an acknowledgement has no settings",
         hello + frame(SETTINGS, ACK, 0, setting(1, 1)), of_connection(frame_size_error)},
        {"6.5", "SETTINGS belong to no stream", hello + frame(SETTINGS, 0, 1, setting(1, 1)),
         of_connection(protocol_error)},
        {"6.5", "SETTINGS have six bytes each", hello + frame(SETTINGS, 0, 0, "\0\x03\0"s),
         of_connection(frame_size_error)},
        {"6.5.2", "ENABLE_PUSH is 0 or 1", hello + frame(SETTINGS, 0, 0, setting(2, 2)),
         of_connection(protocol_error)},
        {"6.5.2", "INITIAL_WINDOW_SIZE has 31 bits",
         hello + frame(SETTINGS, 0, 0, setting(4, 0x80000000)), of_connection(flow_control_error)},
        {"6.5.2", "MAX_FRAME_SIZE is not below 16384",
         hello + frame(SETTINGS, 0, 0, setting(5, 16383)), of_connection(protocol_error)},
        {"6.5.2", "MAX_FRAME_SIZE is not above 2^24 - 1",
         hello + frame(SETTINGS, 0, 0, setting(5, 1 << 24)), of_connection(protocol_error)},
        {"6.5.2", "unknown settings are ignored", hello + frame(SETTINGS, 0, 0, setting(0xff, 1)),
         ignored},
        {"6.6", "a client pushes nothing",
         hello + open(1) + frame(PUSH_PROMISE, 4, 1, number(2) + get()),
         of_connection(protocol_error)},
        {"6.7", "PING has eight bytes", hello + frame(PING, 0, 0, "1234567"),
         of_connection(frame_size_error)},
        {"6.7", "PING belongs to no stream", hello + frame(PING, 0, 1, "12345678"),
         of_connection(protocol_error)},
        {"6.8", "GOAWAY belongs to no stream", hello + frame(GOAWAY, 0, 1, number(0) + number(0)),
         of_connection(protocol_error)},
        {"6.8", "GOAWAY has eight bytes and more", hello + frame(GOAWAY, 0, 0, number(0)),
         of_connection(frame_size_error)},
        {"6.9", "no window grows by nothing: the connection's",
         hello + frame(WINDOW_UPDATE, 0, 0, number(0)), of_connection(protocol_error)},
        {"6.9", "no window grows by nothing: a stream's",
         hello + open(1) + frame(WINDOW_UPDATE, 0, 1, number(0)), of_connection(protocol_error)},
        {"6.9", "WINDOW_UPDATE has four bytes", hello + frame(WINDOW_UPDATE, 0, 0, "\0\0\1"s),
         of_connection(frame_size_error)},
        {"6.9.1", "the connection's window has 31 bits",
         hello + frame(WINDOW_UPDATE, 0, 0, number(0x7fffffff)), of_connection(flow_control_error)},
        {"6.9.1", "a stream's window has 31 bits",
         hello + open(1) + frame(WINDOW_UPDATE, 0, 1, number(0x7fffffff)),
         of_connection(flow_control_error)},
        {"6.9.2", "settings let no window grow beyond 31 bits",
         hello + open(1) + frame(WINDOW_UPDATE, 0, 1, number(0x7fff0000)) +
             frame(SETTINGS, 0, 0, setting(4, 0x7fffffff)),
         of_connection(flow_control_error)},
        {"6.10", "CONTINUATION behind the block's end",
         hello + request(1, get()) + frame(CONTINUATION, 4, 1, "x"), of_connection(protocol_error)},
        {"6.10", "CONTINUATION of another stream",
         hello + request(1, get(), END_STREAM) + frame(CONTINUATION, 4, 3, get()),
         of_connection(protocol_error)},
        {"6.10", "CONTINUATION belongs to a stream",
         hello + request(1, get(), END_STREAM) + frame(CONTINUATION, 4, 0, get()),
         of_connection(protocol_error)},
        {"6.10", "CONTINUATION behind DATA",
         hello + open(1) + frame(DATA, 0, 1, "x") + frame(CONTINUATION, 4, 1, get()),
         of_connection(protocol_error)},
    };
}

std::vector<rule> message_rules() {
    const std::string hello = begin();
    const verdict malformed = of_stream(protocol_error);
    const auto sized = [&](std::string_view size, std::string_view content) {
        return hello + request(1, post({{"content-length", size}}), END_HEADERS) +
               frame(DATA, END_STREAM, 1, content);
    };
    return {
        {"8.1", "trailers end the stream",
         hello + open(1) + request(1, block({{"x", "y"}}), END_HEADERS), malformed},
        {"8.1", "trailers have no pseudo-fields",
         hello + open(1) + request(1, block({{":path", "/"}})), malformed},
        {"8.1.1", "less content than Content-Length", sized("2", "x"), malformed},
        {"8.1.1", "more content than Content-Length", sized("1", "xy"), malformed},
        {"8.1.1", "a Content-Length and no content",
         hello + request(1, post({{"content-length", "1"}})), malformed},
        {"8.1.1", "several lengths",
         hello + request(1, post({{"content-length", "0"}, {"content-length", "1"}})), malformed},
        {"8.1.1", "a Content-Length that is no number", get_with("content-length", "+0"),
         malformed},
        {"8.2.1", "names in capital letters", get_with("X-A", "y"), malformed},
        {"8.2.1", "a space in a name", get_with("x a", "y"), malformed},
        {"8.2.1", "a colon in a name", get_with("x:a", "y"), malformed},
        {"8.2.1", "an empty name", get_with("", "y"), malformed},
        {"8.2.1", "NUL in a value", get_with("x", "a\0b"sv), malformed},
        {"8.2.1", "CR in a value", get_with("x", "a\rb"), malformed},
        {"8.2.1", "LF in a value", get_with("x", "a\nb"), malformed},
        {"8.2.1", "a value that begins with a space", get_with("x", " a"), malformed},
        {"8.2.1", "a value that ends with a tab", get_with("x", "a\t"), malformed},
        {"8.2.2", "Connection", get_with("connection", "close"), malformed},
        {"8.2.2", "Keep-Alive", get_with("keep-alive", "1"), malformed},
        {"8.2.2", "Proxy-Connection", get_with("proxy-connection", "close"), malformed},
        {"8.2.2", "Transfer-Encoding", get_with("transfer-encoding", "chunked"), malformed},
        {"8.2.2", "Upgrade", get_with("upgrade", "h2c"), malformed},
        {"8.2.2", "TE other than trailers", get_with("te", "gzip"), malformed},
        {"8.2.2", "TE: trailers is let pass", get_with("te", "trailers"), ignored},
        {"8.3", "pseudo-fields that nobody knows", get_with(":x", "y"), malformed},
        {"8.3", "a response's pseudo-field", get_with(":status", "200"), malformed},
        {"8.3", "pseudo-fields come first",
         bad_request({{":method", "GET"}, {":scheme", "https"}, {"x", "y"}, {":path", "/"}}),
         malformed},
        {"8.3", "a pseudo-field twice", get_with(":path", "/"), malformed},
        {"8.3.1", "no method",
         bad_request({{":scheme", "https"}, {":path", "/"}, {":authority", "a"}}), malformed},
        {"8.3.1", "no scheme",
         bad_request({{":method", "GET"}, {":path", "/"}, {":authority", "a"}}), malformed},
        {"8.3.1", "no path",
         bad_request({{":method", "GET"}, {":scheme", "https"}, {":authority", "a"}}), malformed},
        {"8.3.1", "an empty path",
         bad_request(
             {{":method", "GET"}, {":scheme", "https"}, {":path", ""}, {":authority", "a"}}),
         malformed},
        {"8.3.1", "a path without its solidus",
         bad_request(
             {{":method", "GET"}, {":scheme", "https"}, {":path", "x"}, {":authority", "a"}}),
         malformed},
        {"8.3.1", "an absolute target as path",
         bad_request({{":method", "GET"},
                      {":scheme", "https"},
                      {":path", "https://a/"},
                      {":authority", "a"}}),
         malformed},
        {"8.3.1", "the asterisk is OPTIONS' alone",
         bad_request(
             {{":method", "GET"}, {":scheme", "https"}, {":path", "*"}, {":authority", "a"}}),
         malformed},
        {"8.3.1", "a space in the path",
         bad_request({{":method", "GET"},
                      {":scheme", "https"},
                      {":path", "/ HTTP/1.1"},
                      {":authority", "a"}}),
         malformed},
        {"8.3.1", "a space in the method",
         bad_request(
             {{":method", "GET /"}, {":scheme", "https"}, {":path", "/"}, {":authority", "a"}}),
         malformed},
        {"8.3.1", "an authority with user information",
         bad_request(
             {{":method", "GET"}, {":scheme", "https"}, {":path", "/"}, {":authority", "u@a"}}),
         malformed},
        {"8.3.1", "neither authority nor Host",
         bad_request({{":method", "GET"}, {":scheme", "https"}, {":path", "/"}}), malformed},
        {"8.3.1", "a Host that is another than the authority", get_with("host", "b"), malformed},
        {"8.3.1", "a Host that is the authority", get_with("host", "a"), ignored},
        {"8.5", "CONNECT has no path",
         bad_request({{":method", "CONNECT"}, {":path", "/"}, {":authority", "a:1"}}), malformed},
        {"8.5", "CONNECT has no scheme",
         bad_request({{":method", "CONNECT"}, {":scheme", "https"}, {":authority", "a:1"}}),
         malformed},
        {"8.5", "CONNECT has an authority", bad_request({{":method", "CONNECT"}}), malformed},
        {"8.5", "CONNECT has a port", bad_request({{":method", "CONNECT"}, {":authority", "a"}}),
         malformed},
        {"RFC 8441, 3", "no :protocol where the setting was not sent",
         bad_request({{":method", "CONNECT"},
                      {":protocol", "websocket"},
                      {":scheme", "https"},
                      {":path", "/"},
                      {":authority", "a"}}),
         malformed},
    };
}

std::vector<rule> client_rules() {
    const std::string hello = frame(SETTINGS, 0, 0);
    const verdict malformed = of_stream(protocol_error);
    const std::string ok = request(1, block({{":status", "200"}}), END_HEADERS);
    const auto answer = [&](fields list) { return hello + request(1, block(list)); };
    return {
        {"3.4", "a server begins with SETTINGS", frame(PING, 0, 0, "12345678"),
         of_connection(protocol_error)},
        {"6.5.2", "a server does not enable push", hello + frame(SETTINGS, 0, 0, setting(2, 1)),
         of_connection(protocol_error)},
        {"6.6", "no push where it was disabled",
         hello + frame(PUSH_PROMISE, 4, 1, number(2) + get()), of_connection(protocol_error)},
        {"5.1.1", "a server begins no streams", hello + request(2, block({{":status", "200"}})),
         of_connection(protocol_error)},
        {"5.1", "HEADERS on an idle stream", hello + request(7, block({{":status", "200"}})),
         of_connection(protocol_error)},
        {"8.1", "content before the head", hello + frame(DATA, END_STREAM, 1, "x"),
         of_connection(protocol_error)},
        {"8.1", "an end behind an informational head", answer({{":status", "100"}}), malformed},
        {"8.3.2", "no status", answer({{"x", "y"}}), malformed},
        {"8.3.2", "a request's pseudo-field", answer({{":status", "200"}, {":path", "/"}}),
         malformed},
        {"8.3.2", "a status of two digits", answer({{":status", "20"}}), malformed},
        {"8.6", "no 101", answer({{":status", "101"}}), malformed},
        {"8.2.2", "Connection", answer({{":status", "200"}, {"connection", "close"}}), malformed},
        {"8.2.1", "LF in a value", answer({{":status", "200"}, {"x", "a\nb"}}), malformed},
        {"8.1.1", "less content than Content-Length",
         hello + request(1, block({{":status", "200"}, {"content-length", "2"}}), END_HEADERS) +
             frame(DATA, END_STREAM, 1, "x"),
         malformed},
        {"8.1.1", "more content than Content-Length",
         hello + request(1, block({{":status", "200"}, {"content-length", "1"}}), END_HEADERS) +
             frame(DATA, END_STREAM, 1, "xy"),
         malformed},
        {"6.9", "no window grows by nothing", hello + frame(WINDOW_UPDATE, 0, 0, number(0)),
         of_connection(protocol_error)},
        {"6.9.1", "content beyond the window",
         hello + ok +
             [] {
                 std::string out;
                 for (int i = 0; i < 65; ++i) out += frame(DATA, 0, 1, std::string(4096, 'x'));
                 return out;
             }(),
         of_connection(flow_control_error)},
    };
}

std::string name_of(verdict what) {
    static constexpr const char* kinds[] = {"ignored", "stream", "connection"};
    return std::string(kinds[static_cast<int>(what.what)]) + " " +
           std::to_string(static_cast<std::uint32_t>(what.code));
}

// Whether a connection on which nothing was wrong still answers.
bool still_answers(session& of) {
    of.receive(bytes(frame(PING, 0, 0, "answer!!")));
    for (const seen_frame& one : frames_of(all_output(of)))
        if (one.type == PING && one.flags == ACK && one.payload == "answer!!") return true;
    return false;
}

void hold(const std::vector<rule>& rules, role which) {
    for (const rule& one : rules) {
        // However the bytes are cut, the same comes of them.
        for (const std::size_t piece : {std::size_t{1} << 20, std::size_t{1}}) {
            session of(which);
            if (which == role::client) {
                message head;
                head.method = "GET";
                head.scheme = "https";
                head.path = "/";
                head.authority = "a";
                ASSERT_EQ(of.send_request(head, true), 1);
            }
            std::string out = all_output(of);
            for (std::size_t at = 0; at < one.sent.size(); at += piece) {
                of.receive(bytes(one.sent).subspan(at, std::min(piece, one.sent.size() - at)));
                out += all_output(of);
                while (of.next_event()) {
                }
            }
            const verdict found = verdict_of(frames_of(out));
            EXPECT_EQ(name_of(found), name_of(one.expected)) << one.section << ": " << one.sentence;
            EXPECT_EQ(of.has_failed(), one.expected.what == verdict::kind::connection)
                << one.section << ": " << one.sentence;
            if (of.has_failed()) continue;
            EXPECT_TRUE(still_answers(of)) << one.sentence;
        }
    }
    std::cout << rules.size() << " rules\n";
}

TEST(http2_conformance, frames_that_a_server_must_answer) { hold(frame_rules(), role::server); }
TEST(http2_conformance, messages_that_a_server_must_refuse) { hold(message_rules(), role::server); }
TEST(http2_conformance, what_a_client_must_refuse) { hold(client_rules(), role::client); }

}  // namespace
}  // namespace priz::http::http2
