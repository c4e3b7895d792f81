// Addresses in text and in bytes.
//
// As text, the input is a number of IPv4 or IPv6 for inet_pton and for priz, which have to agree on
// whether it is one, on its bytes, and with inet_ntop on its text; and it is an address for
// parse_address(), whose values have to survive being written and read again. As bytes, the input
// is a sockaddr from some kernel, which has to survive the same.
#include <arpa/inet.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>

#include "priz/address.hpp"
#include "verdicts.hpp"

namespace {

using priz::address;

fuzz::verdicts ipv4_number, ipv6_number, text_of_an_address;

void require(bool claim) {
    if (!claim) std::abort();
}

void require_round_trip(const address& a) {
    const auto again = priz::try_parse_address(a.str());
    require(again.has_value() && *again == a && hash_value(*again) == hash_value(a));
    require(again->str() == a.str());
    require(address::from_sockaddr(a.data(), a.size()) == a);
}

// What libc says of `text`; it would stop at a NUL, which priz refuses.
template <class Bytes>
bool libc_reads(int family, const std::string& text, Bytes& bytes) {
    return text.find('\0') == std::string::npos && ::inet_pton(family, text.c_str(), &bytes) == 1;
}

template <class Bytes>
std::string libc_writes(int family, const Bytes& bytes) {
    char text[INET6_ADDRSTRLEN];
    return ::inet_ntop(family, &bytes, text, sizeof(text));
}

void hold_ipv4_against_libc(const std::string& text) {
    ::in_addr bytes{};
    const bool legal = libc_reads(AF_INET, text, bytes);
    const auto ours = address::try_ipv4(text, 80);
    require(ipv4_number.note(ours.has_value()) == legal);
    if (!legal) return;
    require(ours->ipv4_number() == ntohl(bytes.s_addr));
    require(ours->host() == libc_writes(AF_INET, bytes));
    require(priz::parse_address(text + ":80") == *ours);
}

void hold_ipv6_against_libc(const std::string& text) {
    if (text.find('%') != std::string::npos) return;  // libc has no scopes here
    ::in6_addr bytes{};
    const bool legal = libc_reads(AF_INET6, text, bytes);
    const auto ours = address::try_ipv6(text, 80);
    require(ipv6_number.note(ours.has_value()) == legal);
    if (!legal) return;
    require(std::memcmp(ours->raw_data().data() + 6, &bytes, sizeof(bytes)) == 0);
    require(ours->host() == libc_writes(AF_INET6, bytes));
    require(priz::parse_address('[' + text + "]:80") == *ours);
}

void hold_against_itself(const std::string& text) {
    const auto parsed = priz::try_parse_address(text);
    if (text_of_an_address.note(parsed.has_value())) require_round_trip(*parsed);
    if (!parsed) require(!parsed.error().message().empty());
}

void read_as_bytes(const std::string& bytes) {
    ::sockaddr_storage storage{};
    std::memcpy(&storage, bytes.data(), std::min(bytes.size(), sizeof(storage)));
    const auto size = static_cast<::socklen_t>(bytes.size());
    if (size > sizeof(storage)) return;
    require_round_trip(address::from_sockaddr(reinterpret_cast<const ::sockaddr*>(&storage), size));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string input(reinterpret_cast<const char*>(data), size);
    hold_ipv4_against_libc(input);
    hold_ipv6_against_libc(input);
    hold_against_itself(input);
    read_as_bytes(input);
    return 0;
}
