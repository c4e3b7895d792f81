#include "http/client/dial.hpp"

#include <utility>

#include "http/client/base64.hpp"
#include "http/client/told.hpp"
#include "priz/endpoint.hpp"
#include "priz/http/errc.hpp"
#include "priz/http/head_parser.hpp"
#include "priz/http/head_writer.hpp"
#include "priz/io/cancel_scope.hpp"
#include "priz/io/connect.hpp"
#include "priz/tls/stream.hpp"

namespace priz::http::detail {

namespace {

std::string authority_of(const identity& whom) {
    const bool is_ipv6 = whom.host.find(':') != std::string::npos;
    return (is_ipv6 ? "[" + whom.host + "]" : whom.host) + ":" + std::to_string(whom.port);
}

bool is_secure(const identity& whom) noexcept { return whom.scheme == "https"; }

bool is_socks(const http::proxy& which) noexcept {
    return which.how == proxy::kind::socks5 || which.how == proxy::kind::socks5h;
}

destination first_hop(const identity& whom) {
    if (!whom.unix_path.empty()) return {whom.host, whom.port, whom.unix_path};
    if (whom.proxy) return {whom.proxy->host, whom.proxy->port, {}};
    return {whom.host, whom.port, {}};
}

io::task<io::stream> connect_to(destination to, connector* through) {
    if (through != nullptr) co_return co_await through->connect(std::move(to));
    if (!to.unix_path.empty()) {
        const address where = address::unix_path(to.unix_path);
        co_return co_await io::connect(where);
    }
    co_return co_await io::connect(to.host, to.port);
}

io::task<io::stream> connect_through_socks(const identity& whom, connector* through) {
    io::stream made = co_await connect_to(first_hop(whom), through);
    co_await ask_socks(made, *whom.proxy, whom.host, whom.port);
    co_return made;
}

io::task<> make_tunnel(io::stream& over, const identity& whom) {
    std::string authorization = proxy_authorization(*whom.proxy);
    co_await ask_for_tunnel(over, authority_of(whom), std::move(authorization));
}

}  // namespace

std::string proxy_authorization(const http::proxy& whose) {
    if (!whose.username) return {};
    return "Basic " + base64(*whose.username + ":" + whose.password);
}

io::task<dialled> dial(identity whom, std::optional<tls::context> trusting,
                       std::optional<tls::context> of_proxy, connector* through, timeouts times) {
    dialled made;
    const bool by_socks = whom.proxy && is_socks(*whom.proxy);
    if (by_socks)
        made.stream = co_await io::fail_after(times.connect, connect_through_socks(whom, through));
    else
        made.stream = co_await io::fail_after(times.connect, connect_to(first_hop(whom), through));

    tls::over_options in_time;
    in_time.handshake_limit = times.handshake;
    if (whom.proxy && whom.proxy->how == proxy::kind::https) {
        made.stream = co_await tls::connect_over(std::move(made.stream), *of_proxy,
                                                 whom.proxy->host, in_time);
        // By a context of the caller's, which offers that to servers.
        if (tls::info_of(made.stream).alpn == "h2")
            refuse(errc::unsupported_proxy, whom.proxy->host,
                   "it wants to speak HTTP/2, and proxies are asked in HTTP/1");
    }
    if (!is_secure(whom)) co_return made;
    if (whom.proxy && !by_socks)
        co_await io::fail_after(times.connect, make_tunnel(made.stream, whom));
    made.stream = co_await tls::connect_over(std::move(made.stream), *trusting, whom.host, in_time);
    made.alpn = tls::info_of(made.stream).alpn;
    co_return made;
}

io::task<> ask_for_tunnel(io::stream& over, std::string authority, std::string authorization) {
    std::string out;
    std::vector<field_view> fields{{"Host", authority}};
    if (!authorization.empty()) fields.emplace_back("Proxy-Authorization", authorization);
    append_request_head(out, "CONNECT", authority, fields);
    co_await over.sendall(out);

    limits most;
    std::vector<field_place> places(most.fields);
    response_parser parser(places, most);
    parser.reset(response_parser::to::connect);
    std::string buffer;
    int interim = 0;
    // TLS has the client speak first: bytes behind the head cannot be the server's.
    for (progress how = progress::more; how != progress::complete;) {
        const io::chunk came = co_await over.recv();
        buffer += came.text();
        how = came ? parser.parse(buffer) : parser.finish();
        while (how == progress::complete && parser.is_interim()) {
            if (++interim > interim_max)
                refuse(errc::proxy_refused, authority, "it sends interim answers without end");
            buffer.erase(0, parser.size());
            parser.next_answer();
            how = parser.parse(buffer);
        }
        if (how == progress::failed) parser.error().as_failure("connect").raise();
        if (!came) refuse(errc::proxy_refused, authority, "it closed the connection");
    }
    if (parser.status() < 200 || parser.status() > 299)
        refuse(
            errc::proxy_refused, authority,
            "it answers " + std::to_string(parser.status()) + " " + std::string(parser.reason()));
    if (buffer.size() != parser.size())
        refuse(errc::proxy_refused, authority, "it sends bytes that are not the server's");
}

}  // namespace priz::http::detail
