// priz/http/url.hpp: http, https, ws and wss URLs (RFC 3986; RFC 9110, 4.2; RFC 6455, 3).
//
//     auto u = http::parse_url("https://example.org/a/b?q=1#top");
//     u.target()                    "/a/b?q=1"
//     u.resolve("../c").str()       "https://example.org/c"
//
// It reads strictly, so that nobody else takes another host or path from the same text: letters
// beyond ASCII, spaces and the like have to be percent-coded, a host that looks like an IPv4
// address has to be one of four numbers, and a host has no percent codes. Hosts beyond ASCII are
// given in their encoded form, "xn--…".
//
// A value. Python: urllib.parse.urlsplit(), urljoin()
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "priz/error.hpp"
#include "priz/export.hpp"

namespace priz::http {

class PRIZ_API url {
public:
    // "http", "https", "ws" or "wss".
    const std::string& scheme() const noexcept { return scheme_; }
    // Whether it goes through TLS: https, wss.
    bool secure() const noexcept { return scheme_ == "https" || scheme_ == "wss"; }

    // The host as the resolver and addresses take it: a name in small letters, or a number; an
    // IPv6 address without brackets, in its canonical form. Never empty.
    const std::string& host() const noexcept { return host_; }
    // The port that was given, or the scheme's: 80, 443. Never 0.
    std::uint16_t port() const noexcept { return port_; }
    bool has_default_port() const noexcept { return port_ == (secure() ? 443 : 80); }
    // What a Host field says: "example.org", "[::1]:8080"; without the scheme's own port.
    std::string authority() const;

    // "user:password" as it was written, percent codes and all; nothing where there is none.
    const std::optional<std::string>& userinfo() const noexcept { return userinfo_; }

    // From its first solidus on; "/" where there is none. As written, percent codes and all.
    const std::string& path() const noexcept { return path_; }
    // Without its question mark; nothing where there is none.
    const std::optional<std::string>& query() const noexcept { return query_; }
    // Without its number sign; nothing where there is none. It is never sent.
    const std::optional<std::string>& fragment() const noexcept { return fragment_; }

    // What a request line says: path and query.
    std::string target() const;

    // The URL without userinfo, which has no place in logs and messages, and with it.
    std::string str() const;
    std::string str_with_userinfo() const;

    // What a reference, such as a Location field, means where this is the base (RFC 3986, 5.2). The
    // result has no userinfo but its own. `.` and `..` are resolved.
    //
    // Errors: as parse_url().
    // Python: urllib.parse.urljoin()
    url resolve(std::string_view reference) const;
    result<url> try_resolve(std::string_view reference) const;

    // Whether both are of one scheme, host and port: whether what the one may know the other may.
    friend bool same_origin(const url& a, const url& b) noexcept {
        return a.scheme_ == b.scheme_ && a.host_ == b.host_ && a.port_ == b.port_;
    }
    friend bool operator==(const url&, const url&) = default;

private:
    friend class url_reader;

    std::string text(bool with_userinfo) const;

    std::string scheme_;
    std::optional<std::string> userinfo_;
    std::string host_;
    std::uint16_t port_ = 0;
    std::string path_;
    std::optional<std::string> query_;
    std::optional<std::string> fragment_;
};

// Errors: defect::bad_scheme, bad_authority, bad_port, bad_percent_code, bad_path, with the offset.
// The message shows the text without its userinfo.
PRIZ_API url parse_url(std::string_view text);
PRIZ_API result<url> try_parse_url(std::string_view text);

// `reference` with every byte percent-coded that a URL cannot have, and a percent sign that begins
// no code: for a Location that its server wrote carelessly. Nothing else changes. Browsers code the
// same bytes but for three: they leave such a percent sign as it is, take a reverse solidus for a
// solidus, and take out tabs and line ends.
// Python: what urllib.request's redirect handler does
PRIZ_API std::string quote_reference(std::string_view reference);

}  // namespace priz::http
