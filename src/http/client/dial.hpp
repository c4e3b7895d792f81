// dial.hpp: from an identity to a stream on which HTTP is spoken: connected, through the proxy,
// encrypted.
//
//     http:  TCP
//     https: TCP, TLS                         or TCP, CONNECT or SOCKS5, TLS
//     http through a proxy for http: TCP      (the request line has the whole URL)
//     through a proxy for https: TCP, TLS, and then as above
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "http/client/pool.hpp"
#include "priz/http/connector.hpp"
#include "priz/http/timeouts.hpp"
#include "priz/io/stream.hpp"
#include "priz/tls/context.hpp"

namespace priz::http::detail {

struct dialled {
    io::stream stream;
    std::string alpn;  // empty where none was agreed upon
};

// `trusting` is for servers, `of_proxy` for a proxy; each has a value where that is encrypted.
// `through` may be null.
//
// Cancellation: closes what was opened.
io::task<dialled> dial(identity whom, std::optional<tls::context> trusting,
                       std::optional<tls::context> of_proxy, connector* through, timeouts times);

// The value of Proxy-Authorization, where the proxy wants a user; empty otherwise.
std::string proxy_authorization(const http::proxy& whose);

// Asks a proxy for a connection to `authority`, "host:port" (RFC 9110, 9.3.6).
//
// Errors: errc::proxy_refused.
io::task<> ask_for_tunnel(io::stream& over, std::string authority, std::string authorization);

// The same of a SOCKS5 proxy (RFC 1928, 1929). `host` is a name or a number.
//
// Errors: errc::proxy_refused.
io::task<> ask_socks(io::stream& over, http::proxy which, std::string host, std::uint16_t port);

}  // namespace priz::http::detail
