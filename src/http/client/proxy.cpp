#include "priz/http/proxy.hpp"

#include <arpa/inet.h>

#include <cstdlib>
#include <cstring>

#include "http/client/told.hpp"
#include "http/text.hpp"
#include "priz/http/errc.hpp"
#include "priz/http/query.hpp"

namespace priz::http {

using namespace detail;

namespace {

constexpr const char* proxy_operation = "parse_proxy";

std::unexpected<failure> refused_proxy(std::error_code cause, const char* hint) {
    failure why(cause, proxy_operation);
    why.with_hint(hint);
    return std::unexpected(std::move(why));
}

std::optional<proxy::kind> proxy_kind_of(std::string_view scheme) {
    if (scheme == "http") return proxy::kind::http;
    if (scheme == "https") return proxy::kind::https;
    if (scheme == "socks5") return proxy::kind::socks5;
    if (scheme == "socks5h") return proxy::kind::socks5h;
    return std::nullopt;
}

bool is_plain(std::string_view text) noexcept {
    for (char c : text)
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return false;
    return true;
}

// Whether the authority at the beginning of `text` names a port.
bool names_a_port(std::string_view text) noexcept {
    std::string_view place = text.substr(0, text.find_first_of("/?#"));
    place.remove_prefix(place.rfind('@') + 1);
    return place.substr(place.rfind(']') + 1).find(':') != std::string_view::npos;
}

result<void> read_userinfo(const std::string& text, proxy& to) {
    const std::size_t colon = text.find(':');
    auto user = try_unquote(std::string_view(text).substr(0, colon));
    if (!user) return std::unexpected(user.error().with_operation(proxy_operation));
    to.username = *std::move(user);
    if (colon != std::string::npos) {
        auto password = try_unquote(std::string_view(text).substr(colon + 1));
        if (!password) return std::unexpected(password.error().with_operation(proxy_operation));
        to.password = *std::move(password);
    }
    const bool is_socks = to.how == proxy::kind::socks5 || to.how == proxy::kind::socks5h;
    if (is_socks) {
        if (to.username->empty() || to.username->size() > 255 || to.password.size() > 255)
            return refused_proxy(priz::errc::value_error,
                                 "a user's name and a password have 1 to 255 bytes in SOCKS5");
    } else if (to.username->find(':') != std::string::npos || !is_plain(*to.username) ||
               !is_plain(to.password)) {
        return refused_proxy(priz::errc::value_error,
                             "a user's name has no colon, and neither part a control character");
    }
    return {};
}

struct address_bits {
    int family = 0;
    unsigned char bytes[16] = {};
    unsigned size() const noexcept { return family == AF_INET ? 32 : 128; }
};

std::optional<address_bits> read_address(std::string_view text) {
    if (text.starts_with('[') && text.ends_with(']')) text = text.substr(1, text.size() - 2);
    const std::string copy(text);
    address_bits found;
    for (const int family : {AF_INET, AF_INET6}) {
        found.family = family;
        if (::inet_pton(family, copy.c_str(), found.bytes) == 1) return found;
    }
    return std::nullopt;
}

bool same_beginning(const address_bits& a, const address_bits& b, unsigned bits) noexcept {
    if (a.family != b.family || bits > a.size()) return false;
    const unsigned whole = bits / 8;
    if (std::memcmp(a.bytes, b.bytes, whole) != 0) return false;
    const unsigned rest = bits % 8;
    return rest == 0 || ((a.bytes[whole] ^ b.bytes[whole]) >> (8 - rest)) == 0;
}

// Whether an element of no_proxy stands for a host that is a number.
bool names_address(std::string_view element, const address_bits& host) {
    const std::size_t slash = element.find('/');
    const auto given = read_address(element.substr(0, slash));
    if (!given) return false;
    unsigned bits = given->size();
    if (slash != std::string_view::npos) {
        const auto number = decimal(element.substr(slash + 1));
        if (!number || *number > bits) return false;
        bits = static_cast<unsigned>(*number);
    }
    return same_beginning(*given, host, bits);
}

std::string_view without_outer_dots(std::string_view name) noexcept {
    while (name.starts_with('.')) name.remove_prefix(1);
    while (name.ends_with('.')) name.remove_suffix(1);
    return name;
}

bool names_host(std::string_view element, std::string_view host) {
    const std::string wanted = small_letters(without_outer_dots(element));
    host = without_outer_dots(host);
    if (wanted.empty() || !host.ends_with(wanted)) return false;
    return host.size() == wanted.size() || host[host.size() - wanted.size() - 1] == '.';
}

}  // namespace

result<proxy> try_parse_proxy(std::string_view text) {
    std::string scheme = "http";
    if (const std::size_t end = text.find("://"); end != std::string_view::npos) {
        scheme = small_letters(text.substr(0, end));
        text.remove_prefix(end + 3);
    }
    const auto how = proxy_kind_of(scheme);
    if (!how)
        return refused_proxy(errc::unsupported_proxy, "known are http, https, socks5 and socks5h");
    auto place = try_parse_url("http://" + std::string(text));
    if (!place) return std::unexpected(place.error().with_operation(proxy_operation));
    proxy made{.how = *how, .host = place->host(), .port = place->port()};
    if (!names_a_port(text)) made.port = *how == proxy::kind::https ? 443 : 1080;
    if (const auto& userinfo = place->userinfo()) {
        const auto read = read_userinfo(*userinfo, made);
        if (!read) return std::unexpected(read.error());
    }
    return made;
}

proxy parse_proxy(std::string_view text) { return value_or_throw(try_parse_proxy(text)); }

proxy_settings::proxy_settings(http::proxy everything, std::string no_proxy)
    : http_(everything), https_(std::move(everything)), no_proxy_(std::move(no_proxy)) {}

proxy_settings proxy_settings::from_variables(
    std::span<const std::pair<std::string_view, std::string_view>> variables) {
    const auto value_of = [&](std::initializer_list<std::string_view> names) -> std::string_view {
        for (const std::string_view wanted : names)
            for (const auto& [name, value] : variables)
                if (name == wanted && !value.empty()) return value;
        return {};
    };
    const std::string_view everything = value_of({"all_proxy", "ALL_PROXY"});
    const auto read = [&](std::string_view own) -> std::optional<http::proxy> {
        if (own.empty()) own = everything;
        if (own.empty()) return std::nullopt;
        return parse_proxy(own);
    };
    proxy_settings made;
    made.http_ = read(value_of({"http_proxy"}));
    made.https_ = read(value_of({"https_proxy", "HTTPS_PROXY"}));
    made.no_proxy_ = value_of({"no_proxy", "NO_PROXY"});
    return made;
}

proxy_settings proxy_settings::environment() {
    std::vector<std::pair<std::string_view, std::string_view>> found;
    for (const char* name : {"http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY",
                             "no_proxy", "NO_PROXY"})
        if (const char* const value = std::getenv(name)) found.emplace_back(name, value);
    return from_variables(found);
}

std::optional<http::proxy> proxy_settings::choose(const url& where) const {
    const auto& chosen = where.secure() ? https_ : http_;
    if (!chosen || is_exempt(where.host())) return std::nullopt;
    return chosen;
}

bool proxy_settings::is_exempt(std::string_view host) const {
    if (no_proxy_ == "*") return true;
    const auto number = read_address(host);
    std::string_view rest = no_proxy_;
    while (!rest.empty()) {
        const std::size_t end = std::min(rest.find_first_of(", \t"), rest.size());
        const std::string_view element = rest.substr(0, end);
        rest.remove_prefix(end < rest.size() ? end + 1 : end);
        if (element.empty()) continue;
        if (number ? names_address(element, *number) : names_host(element, host)) return true;
    }
    return false;
}

}  // namespace priz::http
