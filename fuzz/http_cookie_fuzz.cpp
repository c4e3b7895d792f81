// Cookies: what a jar takes from a server goes to that server, is one pair of the field, and has
// nothing in it that a field cannot have; a registry and others' domains get nothing. Each line of
// the input is a Set-Cookie.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "http/cookie_date.hpp"
#include "priz/http/cookies.hpp"
#include "verdicts.hpp"

namespace {

namespace http = priz::http;

fuzz::verdicts cookies, dates;

void require(bool claim) {
    if (!claim) std::abort();
}

constexpr std::int64_t now = 1'800'000'000;

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const http::url here = http::parse_url("https://www.example.co.uk/one/two");
    static const http::url others[] = {http::parse_url("https://co.uk/one/two"),
                                       http::parse_url("https://example.com/one/two"),
                                       http::parse_url("https://evilexample.co.uk/one/two")};
    std::string_view text(reinterpret_cast<const char*>(data), size);
    http::cookie_jar jar;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        const std::string_view line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        dates.note(http::detail::read_cookie_date(line).has_value());
        cookies.note(jar.take(line, here, now));
    }
    require(jar.size() <= http::cookie_jar::of_domain_max * 2);
    for (const http::cookie& one : jar.all(now)) {
        require(one.domain == "www.example.co.uk" || one.domain == "example.co.uk");
        require(one.path.starts_with('/'));
        require(!one.name.empty());
        require(one.name.find_first_of("=;\r\n") == one.name.npos);
        require(one.value.find_first_of(";\r\n") == one.value.npos);
        require(!one.expires || *one.expires > now);
    }
    const std::string sent = jar.give(here, now);
    require(sent.size() <= http::cookie_jar::field_max);
    for (const char c : sent) require(static_cast<unsigned char>(c) >= 0x20 || c == '\t');
    for (const http::url& other : others) require(jar.give(other, now).empty());
    return 0;
}
