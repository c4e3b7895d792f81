#include "priz/inet.hpp"

#include <arpa/inet.h>

#include <array>
#include <cerrno>
#include <new>

#include "ip_text.hpp"
#include "text.hpp"

namespace priz {

namespace detail {

failure not_in_range(const char* operation, bool negative, std::uint64_t magnitude,
                     std::uint64_t maximum) noexcept try {
    const std::string number = (negative ? "-" : "") + std::to_string(magnitude);
    return refusal(errc::overflow_error, operation, number,
                   "it must be 0-" + std::to_string(maximum));
} catch (const std::bad_alloc&) {
    return out_of_memory(operation);
}

}  // namespace detail

namespace {

// Python raises OSError for these, not ValueError: the cause is the system's EINVAL.
std::unexpected<failure> illegal(const char* operation, std::string_view text, const char* why) {
    failure refused({EINVAL, std::system_category()}, operation);
    refused.with_subject(detail::in_quotes(text)).with_hint(why);
    return std::unexpected(std::move(refused));
}

std::unexpected<failure> wrong(const char* operation, std::string_view text, const char* why) {
    return std::unexpected(detail::refusal(errc::value_error, operation, text, why));
}

std::unexpected<failure> nul_inside(const char* operation, std::string_view text) {
    return wrong(operation, text, "an address has no NUL byte");
}

bool has_nul(std::string_view text) noexcept { return text.find('\0') != std::string_view::npos; }

bytes read_loosely(const std::string& text) {
    ::in_addr number{};
    if (::inet_aton(text.c_str(), &number) == 0) return {};
    return {reinterpret_cast<const char*>(&number), sizeof(number)};
}

// The text's bytes, or none.
template <std::size_t Size>
bytes read_strictly(bool (*read)(std::string_view, std::span<std::uint8_t, Size>) noexcept,
                    std::string_view text) {
    std::array<std::uint8_t, Size> packed{};
    if (!read(text, packed)) return {};
    return {reinterpret_cast<const char*>(packed.data()), Size};
}

template <std::size_t Size>
std::span<const std::uint8_t, Size> as_octets(bytes_view packed) noexcept {
    return std::span<const std::uint8_t, Size>(static_cast<const std::uint8_t*>(packed.data()),
                                               Size);
}

}  // namespace

result<bytes> try_inet_aton(std::string_view text) noexcept try {
    if (has_nul(text)) return nul_inside("inet_aton", text);
    bytes packed = read_loosely(std::string(text));
    if (packed.empty()) return illegal("inet_aton", text, "it is no IPv4 address in any form");
    return packed;
} catch (const std::bad_alloc&) {
    return std::unexpected(detail::out_of_memory("inet_aton"));
}

result<std::string> try_inet_ntoa(bytes_view packed) noexcept try {
    if (packed.size() != 4)
        return illegal("inet_ntoa", detail::hex_encoded(packed.text()),
                       "a packed IPv4 address has 4 bytes");
    return detail::ipv4_text(as_octets<4>(packed));
} catch (const std::bad_alloc&) {
    return std::unexpected(detail::out_of_memory("inet_ntoa"));
}

result<bytes> try_inet_pton(int family, std::string_view text) noexcept try {
    if (has_nul(text)) return nul_inside("inet_pton", text);
    if (family != AF_INET && family != AF_INET6)
        return std::unexpected(failure({EAFNOSUPPORT, std::system_category()}, "inet_pton"));
    bytes packed = family == AF_INET ? read_strictly<4>(detail::read_ipv4, text)
                                     : read_strictly<16>(detail::read_ipv6, text);
    if (packed.empty())
        return illegal("inet_pton", text,
                       family == AF_INET ? "it is no IPv4 address" : "it is no IPv6 address");
    return packed;
} catch (const std::bad_alloc&) {
    return std::unexpected(detail::out_of_memory("inet_pton"));
}

result<std::string> try_inet_ntop(int family, bytes_view packed) noexcept try {
    if (family != AF_INET && family != AF_INET6)
        return wrong("inet_ntop", std::to_string(family), "it is neither AF_INET nor AF_INET6");
    if (packed.size() != (family == AF_INET ? 4 : 16))
        return wrong("inet_ntop", detail::hex_encoded(packed.text()),
                     "a packed address has 4 bytes for AF_INET and 16 for AF_INET6");
    return family == AF_INET ? detail::ipv4_text(as_octets<4>(packed))
                             : detail::ipv6_text(as_octets<16>(packed));
} catch (const std::bad_alloc&) {
    return std::unexpected(detail::out_of_memory("inet_ntop"));
}

bytes inet_aton(std::string_view text) { return value_or_throw(try_inet_aton(text)); }

std::string inet_ntoa(bytes_view packed) { return value_or_throw(try_inet_ntoa(packed)); }

bytes inet_pton(int family, std::string_view text) {
    return value_or_throw(try_inet_pton(family, text));
}

std::string inet_ntop(int family, bytes_view packed) {
    return value_or_throw(try_inet_ntop(family, packed));
}

}  // namespace priz
