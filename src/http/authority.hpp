// authority.hpp: a host and a port as RFC 3986, 3.2 writes them, without userinfo.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace priz::http::detail {

struct authority {
    std::string_view host;  // an IPv6 address with its brackets
    std::optional<std::uint16_t> port;
    bool has_colon = false;  // a colon behind the host, with a port or without
};

// Whether `host` is a name (percent codes checked), an IPv4 address, or an IPv6 address in
// brackets. The empty text is a name.
bool is_host(std::string_view host) noexcept;

// Nothing where host or port are not valid, or a port has no host. A port has digits alone and is
// at most 65535.
std::optional<authority> read_authority(std::string_view text) noexcept;

}  // namespace priz::http::detail
