// HTTP/1 over any connection: what a client writes, what a server reads of it, and what it answers.
//
// It prints:
//     POST /notes?lang=en of example.org
//     content: tea & milk
//     HTTP/1.1 201 Created
//     white space between field name and colon (offset 29; RFC 9112, 5.1): answer 400
//     the stream ended within the message (offset 18; RFC 9112, 8): answer 400
#include <priz/http.hpp>

#include <iostream>
#include <string>

namespace http = priz::http;

// What a client writes.
std::string request() {
    const auto u = http::parse_url("http://example.org/notes?lang=en");
    std::string bytes;
    http::append_request_head(bytes, "POST", u.target(), {{"Host", u.authority()}},
                              http::framing::chunked());
    http::append_chunk(bytes, "tea &");
    http::append_chunk(bytes, " milk");
    http::append_last_chunk(bytes);
    return bytes;
}

// What a server reads, however the bytes come: here in pieces of ten.
std::string read(std::string_view stream) {
    http::field_places<> places;
    http::request_parser parser(places);
    std::string buffer;
    // Whether more came: where nothing did, the stream has ended.
    const auto receive = [&] {
        const auto piece = stream.substr(0, 10);
        buffer += piece;
        stream.remove_prefix(piece.size());
        return !piece.empty();
    };
    auto how = parser.parse(buffer);
    while (how == http::progress::more) {
        const bool came = receive();
        how = came ? parser.parse(buffer) : parser.finish();
        if (!came) break;
    }
    if (how == http::progress::more) return "no request";
    if (how == http::progress::failed) {
        const auto& error = parser.error();
        return error.message() + ": answer " + std::to_string(http::answer_status(error.what));
    }
    std::cout << parser.method() << ' ' << parser.target() << " of " << parser.host() << '\n';

    http::body_decoder body(parser.framing(), places);
    buffer.erase(0, parser.size());
    std::string content;
    for (;;) {
        const auto step = body.next(buffer);
        content += step.content;
        buffer.erase(0, step.consumed);
        if (step.how == http::decoded::complete) return "content: " + content;
        if (step.how == http::decoded::failed) return body.error().message();
        if (step.how == http::decoded::more && !receive()) {
            if (body.finish() == http::decoded::failed) return body.error().message();
            return "content: " + content;
        }
    }
}

int main() {
    std::cout << read(request()) << '\n';
    std::string answer;
    http::append_response_head(answer, 201, {}, http::framing::sized(0));
    std::cout << answer.substr(0, answer.find('\r')) << '\n';
    std::cout << read("GET / HTTP/1.1\r\nHost: a\r\nUser : b\r\n\r\n") << '\n';
    std::cout << read("GET / HTTP/1.1\r\nHo") << '\n';
}
