#include "core/sort_addresses.hpp"

#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <numeric>
#include <utility>

#include "core/sys.hpp"
#include "priz/unique_fd.hpp"

namespace priz::detail {

namespace {

using bits128 = std::array<std::uint8_t, 16>;

// IPv4 addresses as IPv4-mapped ones, as the policy table has them.
bits128 bits_of(const address& a) noexcept {
    bits128 bits{};
    if (a.family() == AF_INET6) {
        ::sockaddr_in6 exact{};
        std::memcpy(&exact, a.data(), sizeof exact);
        std::memcpy(bits.data(), &exact.sin6_addr, bits.size());
        return bits;
    }
    bits[10] = bits[11] = 0xff;
    for (unsigned i = 0; i < 4; ++i)
        bits[12 + i] = static_cast<std::uint8_t>(a.ipv4_number() >> (24 - 8 * i));
    return bits;
}

int common_prefix(const bits128& a, const bits128& b, int limit) noexcept {
    int length = 0;
    for (std::size_t i = 0; i < a.size() && length < limit; ++i) {
        const auto differing = static_cast<std::uint8_t>(a[i] ^ b[i]);
        length += std::countl_zero(differing);
        if (differing != 0) break;
    }
    return std::min(length, limit);
}

struct policy {
    bits128 prefix;
    int length;
    int precedence;
    int label;
};

// RFC 6724, section 2.1; the longest prefix first.
constexpr std::array<policy, 9> policies{{
    {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, 128, 50, 0},  // ::1/128
    {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, 96, 35, 4},         // ::ffff:0:0/96
    {{}, 96, 1, 3},                                                  // ::/96
    {{0x20, 0x01}, 32, 5, 5},                                        // 2001::/32
    {{0x20, 0x02}, 16, 30, 2},                                       // 2002::/16
    {{0x3f, 0xfe}, 16, 1, 12},                                       // 3ffe::/16
    {{0xfe, 0xc0}, 10, 1, 11},                                       // fec0::/10
    {{0xfc}, 7, 3, 13},                                              // fc00::/7
    {{}, 0, 40, 1},                                                  // ::/0
}};

const policy& policy_for(const bits128& bits) noexcept {
    return *std::ranges::find_if(policies, [&](const policy& p) {
        return common_prefix(bits, p.prefix, p.length) == p.length;
    });
}

// RFC 4007's numbers, which multicast addresses carry; section 3.2 gives IPv4 its place in them.
enum scope : int { link_local = 2, site_local = 5, global = 14 };

int scope_of(const address& a, const bits128& bits) noexcept {
    if (a.family() == AF_INET6 && a.is_multicast()) return bits[1] & 0x0f;
    if (a.is_loopback() || a.is_link_local()) return link_local;
    return bits[0] == 0xfe && (bits[1] & 0xc0) == 0xc0 ? site_local : global;
}

// The part of an IPv6 address that names a network; what lies behind it names the interface.
constexpr int network_bits = 64;

// One number a rule, in the order of the rules; less is better.
using rank = std::array<int, 6>;

rank rank_of(const address& to, const address& from) noexcept {
    const bits128 to_bits = bits_of(to);
    const policy& to_policy = policy_for(to_bits);
    const int to_scope = scope_of(to, to_bits);
    if (from.empty()) return {1, 1, 1, -to_policy.precedence, to_scope, 0};
    const bits128 from_bits = bits_of(from);
    return {
        0,
        to_scope == scope_of(from, from_bits) ? 0 : 1,
        to_policy.label == policy_for(from_bits).label ? 0 : 1,
        -to_policy.precedence,
        to_scope,
        to.family() == AF_INET6 ? -common_prefix(to_bits, from_bits, network_bits) : 0,
    };
}

address source_towards(const address& destination) noexcept {
    const unique_fd probe(sys::socket(destination.family(), SOCK_DGRAM, 0));
    if (!probe || sys::connect(probe.get(), destination.data(), destination.size()) < 0) return {};
    ::sockaddr_storage storage{};
    ::socklen_t size = sizeof storage;
    auto* const local = reinterpret_cast<::sockaddr*>(&storage);
    if (sys::getsockname(probe.get(), local, &size) < 0) return {};
    return address::from_sockaddr(local, size);
}

// A datagram socket does not connect to port 0 everywhere; any other will do.
constexpr std::uint16_t probe_port = 9;

}  // namespace

std::vector<address> sort_addresses(std::span<const address> destinations,
                                    std::span<const address> sources) {
    std::vector<rank> ranks;
    for (std::size_t i = 0; i < destinations.size(); ++i)
        ranks.push_back(rank_of(destinations[i], sources[i]));
    std::vector<std::size_t> order(destinations.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    // Equal ranks keep their order. (libstdc++ 12's stable_sort does not compile in Clang 19.)
    std::ranges::sort(order, {}, [&](std::size_t i) { return std::pair(ranks[i], i); });
    std::vector<address> sorted;
    for (const std::size_t i : order) sorted.push_back(destinations[i]);
    return sorted;
}

std::vector<address> sources_towards(std::span<const address> destinations) {
    std::vector<address> sources;
    for (const address& destination : destinations)
        sources.push_back(source_towards(destination.with_port(probe_port)));
    return sources;
}

}  // namespace priz::detail
