#include "priz/http/cookies.hpp"

#include <arpa/inet.h>
#include <libpsl.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include "http/cookie_date.hpp"
#include "http/text.hpp"
#include "priz/http/field.hpp"

namespace priz::http {

using namespace detail;

namespace {

// What an attribute may be worth reading (RFC 6265bis, 5.6), and how far ahead one may expire.
constexpr std::size_t attribute_max = 1024;
constexpr std::int64_t ahead_max = std::int64_t{400} * 24 * 60 * 60;

std::int64_t now_or(std::optional<std::int64_t> given) {
    using namespace std::chrono;
    if (given) return *given;
    return duration_cast<seconds>(system_clock::now().time_since_epoch()).count();
}

bool has_controls(std::string_view text) noexcept {
    return std::ranges::any_of(text, [](char c) {
        const auto code = static_cast<unsigned char>(c);
        return (code < 0x20 && c != '\t') || code == 0x7f;
    });
}

bool is_number(const std::string& host) noexcept {
    std::array<unsigned char, 16> bytes{};
    return ::inet_pton(AF_INET, host.c_str(), bytes.data()) == 1 ||
           ::inet_pton(AF_INET6, host.c_str(), bytes.data()) == 1;
}

// Whether anybody may have names in it. A name that is not on the list is one if it has no dot.
bool is_registry(const std::string& domain) {
    const psl_ctx_t* const list = psl_builtin();
    if (domain.find('.') == domain.npos || list == nullptr) return true;
    return psl_is_public_suffix(list, domain.c_str()) != 0;
}

bool is_below(std::string_view host, std::string_view domain) noexcept {
    return host.size() > domain.size() && host.ends_with(domain) &&
           host[host.size() - domain.size() - 1] == '.';
}

bool is_path_for(std::string_view path, std::string_view of_cookie) noexcept {
    if (!path.starts_with(of_cookie)) return false;
    return path.size() == of_cookie.size() || of_cookie.ends_with('/') ||
           path[of_cookie.size()] == '/';
}

// The folder of the URL's path.
std::string default_path(const url& from) {
    const std::string& path = from.path();
    const std::size_t last = path.rfind('/');
    return last == 0 || last == path.npos ? "/" : path.substr(0, last);
}

// A connection that nobody on the way can write into.
bool is_trustworthy(const url& of) noexcept { return of.secure(); }

// Max-Age in digits, perhaps behind a minus; nothing where it is none.
std::optional<std::int64_t> seconds_of(std::string_view text) noexcept {
    const bool is_negative = text.starts_with('-');
    if (is_negative) text.remove_prefix(1);
    if (text.empty() || !std::ranges::all_of(text, is_digit)) return std::nullopt;
    if (is_negative) return 0;
    std::int64_t value = 0;
    for (const char c : text) value = std::min(ahead_max, value * 10 + (c - '0'));
    return value;
}

// What a field says, before it is known whether its server may say it.
struct said {
    cookie what;
    std::optional<std::string> domain;
    std::optional<std::string> path;
    std::optional<std::int64_t> age;
    std::optional<std::int64_t> expires;
};

void read_attribute(std::string_view name, std::string_view value, said& of) {
    if (value.size() > attribute_max) return;
    if (is_word(name, "expires")) {
        if (const auto date = read_cookie_date(value)) of.expires = date;
    } else if (is_word(name, "max-age")) {
        if (const auto age = seconds_of(value)) of.age = age;
    } else if (is_word(name, "domain")) {
        if (value.starts_with('.')) value.remove_prefix(1);
        of.domain = small_letters(value);
    } else if (is_word(name, "path")) {
        of.path.reset();
        if (value.starts_with('/')) of.path = value;
    } else if (is_word(name, "secure")) {
        of.what.secure = true;
    } else if (is_word(name, "httponly")) {
        of.what.http_only = true;
    } else if (is_word(name, "samesite")) {
        of.what.same_site = same_site::not_said;
        if (is_word(value, "none")) of.what.same_site = same_site::none;
        if (is_word(value, "lax")) of.what.same_site = same_site::lax;
        if (is_word(value, "strict")) of.what.same_site = same_site::strict;
    }
}

std::optional<said> read_set_cookie(std::string_view text) {
    if (has_controls(text)) return std::nullopt;
    const auto cut = [&](char at) {
        const std::size_t end = std::min(text.find(at), text.size());
        const std::string_view part = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        return part;
    };
    const auto halves = [](std::string_view pair) {
        const std::size_t equals = std::min(pair.find('='), pair.size());
        return std::pair(trimmed(pair.substr(0, equals)),
                         trimmed(pair.substr(std::min(equals + 1, pair.size()))));
    };
    said read;
    const std::string_view pair = cut(';');
    const auto [name, value] = halves(pair);
    // One without a name would be sent as the value alone, which may look like another's name.
    if (name.empty() || pair.find('=') == pair.npos) return std::nullopt;
    if (name.size() + value.size() > cookie_jar::size_max) return std::nullopt;
    read.what.name = name;
    read.what.value = value;
    while (!text.empty()) {
        const auto [attribute, its] = halves(cut(';'));
        read_attribute(attribute, its, read);
    }
    return read;
}

// What the prefixes of names promise (RFC 6265bis, 4.1.3), in whichever case.
bool keeps_promise(const said& of) {
    const std::string name = small_letters(of.what.name);
    if (name.starts_with("__secure-")) return of.what.secure;
    if (!name.starts_with("__host-")) return true;
    return of.what.secure && of.what.host_only && of.path == "/";
}

// False: the server is not in the domain that it names, or others are in it that it does not know.
bool settle_domain(said& of, const url& from) {
    const std::string& host = from.host();
    of.what.domain = host;
    of.what.host_only = true;
    if (!of.domain || of.domain->empty()) return true;
    const std::string& domain = *of.domain;
    // The list of registries has none with a dot behind it.
    if (domain.ends_with('.')) return domain == host;
    if (is_number(host)) return domain == host;
    if (is_registry(domain)) return domain == host;
    if (domain != host && !is_below(host, domain)) return false;
    of.what.domain = domain;
    of.what.host_only = false;
    return true;
}

bool has_expired(const cookie& what, std::int64_t now) noexcept {
    return what.expires && *what.expires <= now;
}

}  // namespace

cookie_jar::entry* cookie_jar::find(const cookie& like) noexcept {
    const auto at = std::ranges::find_if(kept_, [&](const entry& each) {
        return each.what.name == like.name && each.what.domain == like.domain &&
               each.what.path == like.path;
    });
    return at == kept_.end() ? nullptr : &*at;
}

bool cookie_jar::take(std::string_view set_cookie, const url& from,
                      std::optional<std::int64_t> given_now) {
    const std::int64_t now = now_or(given_now);
    auto read = read_set_cookie(set_cookie);
    if (!read || !settle_domain(*read, from)) return false;
    cookie& made = read->what;
    if (made.secure && !is_trustworthy(from)) return false;
    if (!keeps_promise(*read)) return false;
    made.path = read->path ? *read->path : default_path(from);
    if (read->age)
        made.expires = now + *read->age;
    else if (read->expires)
        made.expires = std::min(*read->expires, now + ahead_max);
    std::erase_if(kept_, [&](const entry& each) { return has_expired(each.what, now); });
    // Nobody without https sets, or hides, a cookie of https.
    if (!is_trustworthy(from))
        for (const entry& each : kept_) {
            const cookie& old = each.what;
            const bool overlap = old.domain == made.domain || is_below(old.domain, made.domain) ||
                                 is_below(made.domain, old.domain);
            if (old.secure && old.name == made.name && overlap && is_path_for(made.path, old.path))
                return false;
        }
    if (has_expired(made, now)) {
        if (const entry* const old = find(made)) kept_.erase(kept_.begin() + (old - kept_.data()));
        return true;
    }
    // Nor pushes one out.
    return put(std::move(made), is_trustworthy(from));
}

void cookie_jar::set(cookie given) { put(std::move(given), true); }

bool cookie_jar::put(cookie given, bool may_replace_secure) {
    ++clock_;
    if (entry* const old = find(given)) {
        old->what = std::move(given);
        old->used = clock_;
        return true;
    }
    if (!make_room(given.domain, may_replace_secure)) return false;
    kept_.push_back({std::move(given), clock_, clock_});
    return true;
}

// Those without Secure go first, and then the one that was not used for the longest.
bool cookie_jar::make_room(std::string_view domain, bool may_replace_secure) {
    const auto goes_before = [](const entry* a, const entry* b) {
        if (a->what.secure != b->what.secure) return b->what.secure;
        return a->used < b->used;
    };
    std::vector<const entry*> those;
    for (const entry& each : kept_)
        if (each.what.domain == domain) those.push_back(&each);
    if (those.size() < of_domain_max) {
        if (kept_.size() < count_max) return true;
        those.clear();
        for (const entry& each : kept_) those.push_back(&each);
    }
    const entry* const least = *std::ranges::min_element(those, goes_before);
    if (least->what.secure && !may_replace_secure) return false;
    kept_.erase(kept_.begin() + (least - kept_.data()));
    return true;
}

std::string cookie_jar::give(const url& to, std::optional<std::int64_t> given_now) {
    const std::int64_t now = now_or(given_now);
    std::vector<entry*> those;
    for (entry& each : kept_) {
        const cookie& what = each.what;
        const bool is_for_host =
            what.domain == to.host() || (!what.host_only && is_below(to.host(), what.domain));
        if (is_for_host && is_path_for(to.path(), what.path) && !has_expired(what, now) &&
            (!what.secure || is_trustworthy(to)))
            those.push_back(&each);
    }
    std::ranges::sort(those, [](const entry* a, const entry* b) {
        if (a->what.path.size() != b->what.path.size())
            return a->what.path.size() > b->what.path.size();
        return a->came < b->came;
    });
    ++clock_;
    std::string field;
    std::size_t count = 0;
    for (entry* const one : those) {
        const std::size_t more = one->what.name.size() + one->what.value.size() + 3;
        if (count == sent_max || field.size() + more > field_max) break;
        if (!field.empty()) field += "; ";
        field.append(one->what.name).append("=").append(one->what.value);
        one->used = clock_;
        ++count;
    }
    return field;
}

std::vector<cookie> cookie_jar::all(std::optional<std::int64_t> given_now) const {
    const std::int64_t now = now_or(given_now);
    std::vector<cookie> those;
    for (const entry& each : kept_)
        if (!has_expired(each.what, now)) those.push_back(each.what);
    return those;
}

}  // namespace priz::http
