// networks.hpp: a list of networks, and whether an address is in one of them.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "priz/address.hpp"

namespace priz::http::detail {

class networks {
public:
    // Errors: value_error for a text that is no network, or that has bits beyond its prefix.
    explicit networks(const std::vector<std::string>& texts);

    bool empty() const noexcept { return all_.empty() && !has_unix_; }
    // IPv4 addresses that are written as IPv6 ones are in the networks of IPv4.
    bool contain(const address& a) const noexcept;

private:
    using bytes = std::array<std::uint8_t, 16>;
    struct network {
        bytes first;
        unsigned prefix;  // of 128 bits, as IPv4 is mapped
    };

    static bool as_bytes(const address& a, bytes& to) noexcept;
    void add(std::string_view text);

    std::vector<network> all_;
    bool has_unix_ = false;
};

}  // namespace priz::http::detail
