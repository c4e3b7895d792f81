// priz/http/cookies.hpp: cookies, as a client keeps them (RFC 6265, and its revision 6265bis).
//
//     auto jar = std::make_shared<http::cookie_jar>();
//     http::client c({.cookies = jar});
//
// A jar takes what servers say in Set-Cookie, and gives what a request to a URL says in Cookie. It
// is strict in what it takes: a server may set a cookie for its own host, or for a domain that it
// is in and that is nobody's registry ("co.uk", by the Public Suffix List); what it sets over
// https for https alone, nobody can overwrite without. Cookies of the session end with the jar.
//
// SameSite is kept and not acted upon: there is no page that a request comes from. Used on one
// thread at a time. Python: http.cookiejar.CookieJar, requests.Session.cookies
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "priz/export.hpp"
#include "priz/http/url.hpp"

namespace priz::http {

enum class same_site : std::uint8_t { not_said, none, lax, strict };

struct cookie {
    std::string name;
    std::string value;
    std::string domain;  // in small letters, without a dot before it
    std::string path = "/";
    // For that host alone, and not for those below it.
    bool host_only = true;
    bool secure = false;
    // For requests of HTTP alone, as all of this library's are.
    bool http_only = false;
    http::same_site same_site = http::same_site::not_said;
    // Seconds since 1970; nothing: when the session ends.
    std::optional<std::int64_t> expires = std::nullopt;

    friend bool operator==(const cookie&, const cookie&) = default;
};

class PRIZ_API cookie_jar {
public:
    // As curl: bytes of a name and its value; cookies of a request, and bytes of its field. Of one
    // domain, and of all, as RFC 6265bis, 6.1 asks for; those without Secure go first, and then the
    // one that was not used for the longest.
    static constexpr std::size_t size_max = 4096;
    static constexpr std::size_t sent_max = 150;
    static constexpr std::size_t field_max = 8190;
    static constexpr std::size_t of_domain_max = 150;
    static constexpr std::size_t count_max = 3000;

    // Takes the value of a Set-Cookie field of an answer from that URL. False: it is none that this
    // server may set, or none at all, and changes nothing. One that has expired takes the old one
    // out. `now` is in seconds since 1970; nothing: the clock's.
    // Python: CookieJar.extract_cookies()
    bool take(std::string_view set_cookie, const url& from,
              std::optional<std::int64_t> now = std::nullopt);

    // What a request to that URL says in Cookie; empty: nothing. Longer paths come first, and
    // older ones of the same length. Python: CookieJar.add_cookie_header()
    std::string give(const url& to, std::optional<std::int64_t> now = std::nullopt);

    // Puts a cookie in, in the place of one with its name, domain and path; it is not checked.
    // Python: CookieJar.set_cookie()
    void set(cookie given);

    // All that have not expired, in the order in which they came.
    std::vector<cookie> all(std::optional<std::int64_t> now = std::nullopt) const;
    std::size_t size() const noexcept { return kept_.size(); }
    void clear() noexcept { kept_.clear(); }

private:
    struct entry {
        cookie what;
        std::uint64_t came = 0;
        std::uint64_t used = 0;
    };

    entry* find(const cookie& like) noexcept;
    bool put(cookie given, bool may_replace_secure);
    bool make_room(std::string_view domain, bool may_replace_secure);

    std::vector<entry> kept_;
    std::uint64_t clock_ = 0;
};

}  // namespace priz::http
