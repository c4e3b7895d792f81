#include "http/authority.hpp"

#include <arpa/inet.h>

#include <cstring>

#include "http/text.hpp"

namespace priz::http::detail {

namespace {

bool is_ipv6(std::string_view text) noexcept {
    char copy[INET6_ADDRSTRLEN];
    if (text.size() >= sizeof(copy) || text.find('\0') != std::string_view::npos) return false;
    std::memcpy(copy, text.data(), text.size());
    copy[text.size()] = '\0';
    ::in6_addr bytes;
    return ::inet_pton(AF_INET6, copy, &bytes) == 1;
}

// "v" hexadecimal digits "." anything of a name or a colon.
bool is_ip_future(std::string_view text) noexcept {
    const std::size_t dot = text.find('.');
    if (text.empty() || lower(text[0]) != 'v' || dot == std::string_view::npos || dot < 2)
        return false;
    const std::string_view address = text.substr(dot + 1);
    if (!all_of(text.substr(1, dot - 1), in_hex) || address.empty()) return false;
    for (char c : address)
        if (!is(c, in_name) && c != ':') return false;
    return true;
}

bool is_reg_name(std::string_view text) noexcept {
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (is(text[i], in_name)) continue;
        const bool coded = text[i] == '%' && text.size() - i > 2 && is(text[i + 1], in_hex) &&
                           is(text[i + 2], in_hex);
        if (!coded) return false;
        i += 2;
    }
    return true;
}

}  // namespace

bool is_host(std::string_view host) noexcept {
    if (!host.starts_with('[')) return is_reg_name(host);
    if (host.size() < 3 || !host.ends_with(']')) return false;
    const std::string_view inside = host.substr(1, host.size() - 2);
    return is_ipv6(inside) || is_ip_future(inside);
}

std::optional<authority> read_authority(std::string_view text) noexcept {
    authority found;
    const std::size_t bracket = text.starts_with('[') ? text.find(']') : 0;
    if (bracket == std::string_view::npos) return std::nullopt;
    const std::size_t colon = text.find(':', bracket);
    found.host = text.substr(0, colon);
    if (!is_host(found.host)) return std::nullopt;
    if (colon == std::string_view::npos) return found;
    // A port of no host is nobody's address (RFC 9110, 4.2.1).
    if (found.host.empty()) return std::nullopt;
    found.has_colon = true;
    const std::string_view port = text.substr(colon + 1);
    if (port.empty()) return found;
    const auto number = decimal(port);
    if (!number || *number > 65535) return std::nullopt;
    found.port = static_cast<std::uint16_t>(*number);
    return found;
}

}  // namespace priz::http::detail
