#include "http/server/networks.hpp"

#include <netinet/in.h>

#include <cstring>
#include <optional>

#include "http/text.hpp"
#include "priz/error.hpp"

namespace priz::http::detail {

namespace {

[[noreturn]] void refuse_network(std::string_view text, const char* hint) {
    failure why(priz::errc::value_error, "server");
    why.with_subject(std::string(text)).with_hint(hint).raise();
}

bool has_bit(std::uint8_t byte, unsigned bit) noexcept { return ((byte >> (7 - bit)) & 1) != 0; }

}  // namespace

networks::networks(const std::vector<std::string>& texts) {
    for (const std::string& text : texts) add(text);
}

bool networks::as_bytes(const address& a, bytes& to) noexcept {
    if (a.family() == AF_INET) {
        to = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
        const std::uint32_t number = a.ipv4_number();
        for (unsigned i = 0; i < 4; ++i)
            to[12 + i] = static_cast<std::uint8_t>(number >> (24 - 8 * i));
        return true;
    }
    if (a.family() != AF_INET6) return false;
    std::memcpy(to.data(), &reinterpret_cast<const ::sockaddr_in6*>(a.data())->sin6_addr, 16);
    return true;
}

void networks::add(std::string_view text) {
    if (text == "unix:") {
        has_unix_ = true;
        return;
    }
    const std::size_t slash = text.find('/');
    const std::string_view host = text.substr(0, slash);
    const bool is_ipv4 = host.find(':') == host.npos;
    const auto read = is_ipv4 ? address::try_ipv4(host, 0) : address::try_ipv6(host, 0);
    network made{};
    if (!read || read->scope_id() != 0 || !as_bytes(*read, made.first))
        refuse_network(text, "a network is an address, or one with / and a length: 10.0.0.0/8");
    const unsigned bits = is_ipv4 ? 32 : 128;
    made.prefix = 128;
    if (slash != text.npos) {
        const auto length = decimal(text.substr(slash + 1));
        if (!length || *length > bits) refuse_network(text, "the length of a network is in bits");
        made.prefix = 128 - bits + static_cast<unsigned>(*length);
    }
    for (unsigned bit = made.prefix; bit < 128; ++bit)
        if (has_bit(made.first[bit / 8], bit % 8))
            refuse_network(text, "the address has bits beyond the network's length");
    all_.push_back(made);
}

bool networks::contain(const address& a) const noexcept {
    if (a.family() == AF_UNIX) return has_unix_;
    bytes wanted;
    if (!as_bytes(a, wanted)) return false;
    for (const network& each : all_) {
        const unsigned whole = each.prefix / 8;
        if (std::memcmp(wanted.data(), each.first.data(), whole) != 0) continue;
        const unsigned rest = each.prefix % 8;
        if (rest == 0 || ((wanted[whole] ^ each.first[whole]) >> (8 - rest)) == 0) return true;
    }
    return false;
}

}  // namespace priz::http::detail
