// URLs: what is accepted is written and read again as the same, with a host that is a name or a
// number and nothing else. Behind a line's end stands a reference, which is resolved.
#include <arpa/inet.h>

#include <cstdint>
#include <cstdlib>
#include <string>

#include "priz/http/url.hpp"
#include "verdicts.hpp"

namespace {

namespace http = priz::http;

fuzz::verdicts urls, references;

void require(bool claim) {
    if (!claim) std::abort();
}

bool has_only(const std::string& text, const char* more) {
    for (const char c : text) {
        const bool letter = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        if (!letter && std::string_view(more).find(c) == std::string_view::npos) return false;
    }
    return true;
}

void check_host(const http::url& u) {
    unsigned char bytes[16];
    ::in_addr loose;
    const std::string& host = u.host();
    require(!host.empty());
    if (host.find(':') != std::string::npos) {
        require(::inet_pton(AF_INET6, host.c_str(), bytes) == 1);
        return;
    }
    // What the C library would take as an address of another spelling is no host.
    if (::inet_pton(AF_INET, host.c_str(), bytes) != 1)
        require(::inet_aton(host.c_str(), &loose) == 0);
    require(has_only(host, "-._~!$&'()*+,;="));
}

void check(const http::url& u) {
    const auto again = http::try_parse_url(u.str_with_userinfo());
    require(again.has_value() && *again == u && again->str() == u.str());
    const auto bare = http::try_parse_url(u.str());
    require(bare.has_value() && !bare->userinfo() && same_origin(*bare, u));
    require(u.port() != 0 && u.path().starts_with('/') && u.target().starts_with('/'));
    for (const char c : u.str()) require(c > 0x20 && c < 0x7f);
    check_host(u);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string input(reinterpret_cast<const char*>(data), size);
    const std::size_t line = input.find('\n');
    const auto parsed = http::try_parse_url(input.substr(0, line));
    if (!urls.note(parsed.has_value())) {
        require(!parsed.error().message().empty());
        return 0;
    }
    check(*parsed);
    if (line == std::string::npos) return 0;
    const std::string reference = input.substr(line + 1);
    const std::string quoted = http::quote_reference(reference);
    require(http::quote_reference(quoted) == quoted);
    const auto found = parsed->try_resolve(reference);
    if (!references.note(found.has_value())) return 0;
    require(quoted == reference);
    check(*found);
    if (!reference.empty() && reference[0] != '?' && reference[0] != '#')
        require((found->path() + '/').find("/../") == std::string::npos);
    return 0;
}
