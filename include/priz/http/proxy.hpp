// priz/http/proxy.hpp: which proxy a request goes through.
//
//     http::client c({.proxies = http::proxy_settings::environment()});
//
// Nothing here reads the environment but environment(), once, when it is called. What is read is
// what curl reads: http_proxy (in small letters alone: a web server hands HTTP_PROXY to its CGI
// programs from a request's Proxy field), https_proxy, all_proxy, no_proxy, and the last three in
// capitals where the small ones are not there. Values. Python: urllib.request.getproxies(),
// proxy_bypass()
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "priz/error.hpp"
#include "priz/export.hpp"
#include "priz/http/url.hpp"

namespace priz::http {

struct PRIZ_API proxy {
    enum class kind : std::uint8_t {
        http,     // "http://": absolute targets for http, CONNECT for https
        https,    // the same, the connection to the proxy encrypted
        socks5,   // names are looked up here
        socks5h,  // names are looked up by the proxy
    };

    kind how = kind::http;
    std::string host;
    std::uint16_t port = 0;
    // With percent codes decoded.
    std::optional<std::string> username = std::nullopt;
    std::string password = {};

    friend auto operator<=>(const proxy&, const proxy&) = default;
};

// "[scheme://][user:password@]host[:port]". Without a scheme it is "http://", without a port 443
// for https and 1080 for all others, as curl has it.
//
// Errors: errc::unsupported_proxy for another scheme; the defects of parse_url(); value_error for
// a user or a password that the protocol cannot carry: above 255 bytes for SOCKS5, a colon in the
// user's name or a control character for HTTP. The message has neither of them.
PRIZ_API proxy parse_proxy(std::string_view text);
PRIZ_API result<proxy> try_parse_proxy(std::string_view text);

class PRIZ_API proxy_settings {
public:
    // No proxies.
    proxy_settings() = default;
    // One for everything but what `no_proxy` names.
    explicit proxy_settings(http::proxy everything, std::string no_proxy = {});

    // As the variables say. Empty ones are not there. Errors: as parse_proxy().
    static proxy_settings from_variables(
        std::span<const std::pair<std::string_view, std::string_view>> variables);
    // As this process's environment says. Errors: as parse_proxy().
    // Python: urllib.request.getproxies_environment()
    static proxy_settings environment();

    // The proxy for requests to `where`; nothing where they go directly. no_proxy has hosts,
    // divided by commas or spaces: each stands for itself and all below it, with a dot in front or
    // without; numbers stand for themselves, or with /N for all that begin with the same N bits;
    // an asterisk alone is everything.
    std::optional<http::proxy> choose(const url& where) const;

private:
    bool is_exempt(std::string_view host) const;

    std::optional<http::proxy> http_;
    std::optional<http::proxy> https_;
    std::string no_proxy_;
};

}  // namespace priz::http
