#include "priz/http/url.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <cstring>

#include "http/authority.hpp"
#include "http/text.hpp"
#include "priz/http/defect.hpp"
#include "priz/http/query.hpp"

namespace priz::http {

using namespace detail;

namespace {

bool is_code(std::string_view text, std::size_t at) noexcept {
    return text.size() - at > 2 && is(text[at + 1], in_hex) && is(text[at + 2], in_hex);
}

// A name whose last label is a number is an address to some programs: 127.1, 0x7f.1, 2130706433.
bool looks_like_ipv4(std::string_view host) noexcept {
    if (host.ends_with('.')) host.remove_suffix(1);
    const std::string_view label = host.substr(host.rfind('.') + 1);
    const bool hexadecimal = label.starts_with("0x") || label.starts_with("0X");
    return !label.empty() && (hexadecimal || std::ranges::all_of(label, is_digit));
}

template <class Bytes>
bool is_address(int family, const std::string& text, Bytes& found) noexcept {
    return text.find('\0') == std::string::npos && ::inet_pton(family, text.c_str(), &found) == 1;
}

// The host as url::host() has it; nothing where it is none.
std::optional<std::string> canonical_host(std::string_view host) {
    if (host.starts_with('[')) {
        if (host.size() < 2 || !host.ends_with(']')) return std::nullopt;
        ::in6_addr bytes;
        if (!is_address(AF_INET6, std::string(host.substr(1, host.size() - 2)), bytes))
            return std::nullopt;
        char text[INET6_ADDRSTRLEN];
        return ::inet_ntop(AF_INET6, &bytes, text, sizeof(text));
    }
    if (host.empty() || host.find('%') != std::string_view::npos || !is_host(host))
        return std::nullopt;
    ::in_addr bytes;
    if (looks_like_ipv4(host) && !is_address(AF_INET, std::string(host), bytes))
        return std::nullopt;
    return small_letters(host);
}

// RFC 3986, 5.2.4. A path that is not empty begins with a solidus, before and after.
std::string without_dots(std::string_view path) {
    std::string out;
    while (!path.empty()) {
        const std::size_t end = std::min(path.find('/', 1), path.size());
        const std::string_view segment = path.substr(0, end);
        path.remove_prefix(end);
        if (segment == "/." || segment == "/..") {
            if (segment == "/..") out.resize(out.empty() ? 0 : out.rfind('/'));
            if (path.empty()) out += '/';
        } else {
            out += segment;
        }
    }
    return out;
}

// Everything between the authority's "@" and its beginning, for messages.
std::string redacted(std::string_view text) {
    // Slashes further behind may be those of a path, with the "@" in front of them.
    const std::size_t colon = std::min(text.find(':'), text.size());
    const std::size_t slashes = text.starts_with("//") ? 0 : std::min(colon + 1, text.size());
    const std::size_t from = text.substr(slashes).starts_with("//") ? slashes + 2 : 0;
    const std::size_t end = std::min(text.find_first_of("/?#", from), text.size());
    // Careless passwords have such characters in them: the last "@" there is, is the one.
    const std::size_t at = text.rfind('@');
    std::string shown(text.substr(0, from));
    if (at != std::string_view::npos && at >= from) {
        shown += "***";
        shown += text.substr(at);
    } else {
        shown += text.substr(from, end - from);
        shown += text.substr(end);
    }
    for (char& c : shown)
        if (c < 0x20 || c == 0x7f) c = '?';
    if (shown.size() > 200) shown.resize(200);
    return shown;
}

}  // namespace

// Reads a whole URL, or the parts of one that a reference has.
class url_reader {
public:
    url_reader(std::string_view text, const char* operation) noexcept
        : text_(text), operation_(operation) {}

    result<url> absolute() {
        url found;
        const std::size_t colon = text_.find(':');
        found.scheme_ = small_letters(text_.substr(0, colon));
        const bool known = found.scheme_ == "http" || found.scheme_ == "https" ||
                           found.scheme_ == "ws" || found.scheme_ == "wss";
        if (colon == std::string_view::npos || !known) return refused(defect::bad_scheme, 0);
        if (!text_.substr(colon + 1).starts_with("//"))
            return refused(defect::bad_authority, colon + 1);
        return hierarchical(std::move(found), colon + 3);
    }

    result<url> against(const url& base) {
        if (has_scheme()) return absolute();
        url found = base;
        found.userinfo_.reset();
        if (text_.starts_with("//")) return hierarchical(std::move(found), 2);
        const std::size_t end = path_end(0);
        const std::string_view path = text_.substr(0, end);
        if (path.starts_with('/')) {
            found.path_ = path;
        } else if (!path.empty()) {
            std::string merged = base.path_.substr(0, base.path_.rfind('/') + 1);
            merged += path;
            found.path_ = std::move(merged);
        }
        if (const auto wrong = check(0, end, "/")) return refused(*wrong, wrong_at_);
        // A query of the base stays only where the reference has neither path nor query.
        const bool keeps_query = path.empty() && (end == text_.size() || text_[end] != '?');
        const auto kept = keeps_query ? base.query_ : std::nullopt;
        auto whole = query_and_fragment(std::move(found), end);
        if (whole && keeps_query) whole->query_ = kept;
        return whole;
    }

private:
    std::unexpected<failure> refused(defect what, std::size_t offset) const {
        failure why = parse_error{what, offset}.as_failure(operation_);
        why.with_subject(redacted(text_));
        return std::unexpected(std::move(why));
    }

    // scheme = ALPHA *( ALPHA / DIGIT / "+" / "-" / "." )
    bool has_scheme() const noexcept {
        const std::size_t colon = text_.find(':');
        if (colon == std::string_view::npos || colon == 0 || !is_letter(text_[0])) return false;
        return std::ranges::all_of(text_.substr(0, colon), [](char c) {
            return is_letter(c) || is_digit(c) || c == '+' || c == '-' || c == '.';
        });
    }

    std::size_t path_end(std::size_t from) const noexcept {
        return std::min(text_.find_first_of("?#", from), text_.size());
    }

    // Whether text_[from, end) has pchar, `also`, and whole percent codes alone.
    std::optional<defect> check(std::size_t from, std::size_t end, std::string_view also) noexcept {
        const std::string_view part = text_.substr(0, end);
        for (std::size_t i = from; i < end; ++i) {
            if (is(part[i], in_segment) || also.find(part[i]) != std::string_view::npos) continue;
            wrong_at_ = i;
            if (part[i] != '%') return defect::bad_path;
            if (!is_code(part, i)) return defect::bad_percent_code;
        }
        return std::nullopt;
    }

    result<url> hierarchical(url found, std::size_t from) {
        const std::size_t end = std::min(text_.find_first_of("/?#", from), text_.size());
        std::string_view authority = text_.substr(from, end - from);
        if (const std::size_t at = authority.rfind('@'); at != std::string_view::npos) {
            for (std::size_t i = 0; i < at; ++i) {
                const char c = authority[i];
                if (is(c, in_name) || c == ':' || (c == '%' && is_code(authority.substr(0, at), i)))
                    continue;
                return refused(defect::bad_authority, from + i);
            }
            found.userinfo_ = authority.substr(0, at);
            authority.remove_prefix(at + 1);
            from += at + 1;
        }
        const std::size_t bracket = authority.rfind(']');
        const std::size_t colon =
            authority.find(':', bracket == std::string_view::npos ? 0 : bracket);
        auto host = canonical_host(authority.substr(0, colon));
        if (!host) return refused(defect::bad_authority, from);
        found.host_ = *std::move(host);
        found.port_ = found.secure() ? 443 : 80;
        if (colon != std::string_view::npos && colon + 1 != authority.size()) {
            const auto port = decimal(authority.substr(colon + 1));
            if (!port || *port == 0 || *port > 65535)
                return refused(defect::bad_port, from + colon + 1);
            found.port_ = static_cast<std::uint16_t>(*port);
        }
        const std::size_t path = path_end(end);
        if (const auto wrong = check(end, path, "/")) return refused(*wrong, wrong_at_);
        found.path_ = path == end ? "/" : text_.substr(end, path - end);
        return query_and_fragment(std::move(found), path);
    }

    result<url> query_and_fragment(url found, std::size_t from) {
        found.query_.reset();
        found.fragment_.reset();
        const std::size_t end = std::min(text_.find('#', from), text_.size());
        if (const auto wrong = check(std::min(from + 1, end), end, "/?"))
            return refused(*wrong, wrong_at_);
        if (from < end) found.query_ = text_.substr(from + 1, end - from - 1);
        if (end == text_.size()) return found;
        if (const auto wrong = check(end + 1, text_.size(), "/?"))
            return refused(*wrong, wrong_at_);
        found.fragment_ = text_.substr(end + 1);
        return found;
    }

    std::string_view text_;
    const char* operation_;
    std::size_t wrong_at_ = 0;
};

std::string url::authority() const {
    std::string text = host_.find(':') == std::string::npos ? host_ : '[' + host_ + ']';
    if (!has_default_port()) text += ':' + std::to_string(port_);
    return text;
}

std::string url::target() const { return query_ ? path_ + '?' + *query_ : path_; }

std::string url::text(bool with_userinfo) const {
    std::string whole = scheme_ + "://";
    if (with_userinfo && userinfo_) whole += *userinfo_ + '@';
    whole += authority() + target();
    if (fragment_) whole += '#' + *fragment_;
    return whole;
}

std::string url::str() const { return text(false); }
std::string url::str_with_userinfo() const { return text(true); }

result<url> url::try_resolve(std::string_view reference) const {
    auto found = url_reader(reference, "resolve").against(*this);
    // A reference to another part of the same document leaves the path as it is.
    const bool same_path = reference.empty() || reference[0] == '?' || reference[0] == '#';
    if (found && !same_path) found->path_ = without_dots(found->path_);
    return found;
}

url url::resolve(std::string_view reference) const {
    return value_or_throw(try_resolve(reference));
}

result<url> try_parse_url(std::string_view text) {
    return url_reader(text, "parse_url").absolute();
}

url parse_url(std::string_view text) { return value_or_throw(try_parse_url(text)); }

std::string quote_reference(std::string_view reference) {
    // Brackets have a place in the authority alone.
    std::size_t authority_end = 0;
    if (const std::size_t slashes = reference.find("//"); slashes != std::string_view::npos) {
        const std::size_t before = reference.find_first_of("/?#");
        if (before == slashes)
            authority_end = std::min(reference.find_first_of("/?#", slashes + 2), reference.size());
    }
    std::string out;
    bool in_fragment = false;
    for (std::size_t i = 0; i < reference.size(); ++i) {
        const char c = reference[i];
        const bool bracket = (c == '[' || c == ']') && i < authority_end;
        const bool number_sign = c == '#' && !in_fragment;
        const bool right = is(c, in_segment) || c == '/' || c == '?' || bracket || number_sign ||
                           (c == '%' && is_code(reference, i));
        if (c == '#') in_fragment = true;
        out += right ? std::string(1, c) : quote({&c, 1});
    }
    return out;
}

}  // namespace priz::http
