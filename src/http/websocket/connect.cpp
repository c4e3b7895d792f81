#include <array>
#include <utility>
#include <vector>

#include "http/websocket/handshake.hpp"
#include "priz/error.hpp"
#include "priz/http/head_parser.hpp"
#include "priz/http/head_writer.hpp"
#include "priz/http/url.hpp"
#include "priz/http/websocket.hpp"
#include "priz/io/cancel_scope.hpp"
#include "priz/io/connect.hpp"
#include "priz/tls/stream.hpp"

namespace priz::http {

namespace {

constexpr const char* op = "connect_websocket";

[[noreturn]] void refuse_url(const url& where, const char* hint) {
    failure why(priz::errc::value_error, op);
    why.with_subject(where.str()).with_hint(hint).raise();
}

[[noreturn]] void refuse_answer(const url& where, const std::string& hint) {
    failure why(std::make_error_code(std::errc::protocol_error), op);
    why.with_subject(where.str()).with_hint(hint).raise();
}

url url_of(const std::string& text) {
    url where = parse_url(text);
    if (where.scheme() != "ws" && where.scheme() != "wss")
        refuse_url(where, "a WebSocket's URL begins with ws: or wss:");
    if (where.userinfo()) refuse_url(where, "credentials go into the fields, not into the URL");
    if (where.fragment()) refuse_url(where, "a WebSocket's URL has no fragment");
    return where;
}

std::string request_text(const url& where, const std::string& key,
                         const websocket_options& options) {
    const std::string authority = where.authority();
    std::vector<field_view> fields{{"Host", authority},
                                   {"Upgrade", "websocket"},
                                   {"Connection", "Upgrade"},
                                   {"Sec-WebSocket-Key", key},
                                   {"Sec-WebSocket-Version", "13"}};
    std::string protocols;
    for (const std::string& one : options.protocols)
        protocols += (protocols.empty() ? "" : ", ") + one;
    if (!protocols.empty()) fields.emplace_back("Sec-WebSocket-Protocol", protocols);
    if (options.compression) fields.emplace_back("Sec-WebSocket-Extensions", detail::deflate_offer);
    for (const field_view field : options.fields) fields.push_back(field);
    std::string text;
    append_request_head(text, "GET", where.target(), fields);
    return text;
}

io::task<websocket> shake_hands(io::stream& connection, const url& where,
                                const websocket_options& options) {
    const std::string key = detail::new_key();
    const std::string asked = request_text(where, key, options);
    co_await connection.sendall(asked);
    field_places<> places;
    response_parser parser(places, limits());
    std::string answer;
    for (;;) {
        const progress how = parser.parse(answer);
        if (how == progress::failed) refuse_answer(where, parser.error().message());
        if (how == progress::complete && !parser.is_interim()) break;
        if (how == progress::complete) {
            answer.erase(0, parser.size());
            parser.next_answer();
            continue;
        }
        const auto came = co_await connection.recv();
        if (came.empty()) refuse_answer(where, "the connection ended before the server's answer");
        answer += came.text();
    }
    detail::websocket_agreement agreed;
    const std::string flaw =
        detail::flaw_of_answer(parser.status(), parser.fields(), key, options, agreed);
    if (!flaw.empty()) refuse_answer(where, flaw);
    answer.erase(0, parser.size());
    co_return detail::make_websocket(std::move(connection), false, std::move(answer), options,
                                     agreed);
}

io::task<websocket> connect_to(const url& where, const websocket_options& options) {
    io::stream made;
    if (where.secure())
        made = co_await tls::connect(where.host(), where.port(), options.context);
    else
        made = co_await io::connect(where.host(), where.port());
    co_return co_await shake_hands(made, where, options);
}

io::task<websocket> shake_hands_over(io::stream& connection, const url& where,
                                     const websocket_options& options) {
    if (where.secure())
        connection =
            co_await tls::connect_over(std::move(connection), options.context, where.host());
    co_return co_await shake_hands(connection, where, options);
}

io::task<websocket> connect_within(std::string text, websocket_options options) {
    const url where = url_of(text);
    co_return co_await io::fail_after(options.connect_time, connect_to(where, options));
}

io::task<websocket> connect_over_within(io::stream connection, std::string text,
                                        websocket_options options) {
    const url where = url_of(text);
    co_return co_await io::fail_after(options.connect_time,
                                      shake_hands_over(connection, where, options));
}

}  // namespace

io::task<websocket> connect_websocket(std::string url) {
    return connect_within(std::move(url), {});
}

io::task<websocket> connect_websocket(std::string url, const websocket_options& options) {
    return connect_within(std::move(url), options);
}

io::task<websocket> connect_websocket_over(io::stream connection, std::string url) {
    return connect_over_within(std::move(connection), std::move(url), {});
}

io::task<websocket> connect_websocket_over(io::stream connection, std::string url,
                                           const websocket_options& options) {
    return connect_over_within(std::move(connection), std::move(url), options);
}

}  // namespace priz::http
