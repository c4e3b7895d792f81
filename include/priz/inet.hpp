// priz/inet.hpp: conversions between numbers, bytes and texts of the Internet families, the names
// of network interfaces, and the sizes of control messages.
//
// What Python's module has of these, with its errors; each is a function also where C has a macro.
// Programs that hold a priz::address need few of them: it converts by itself. Any thread may call
// them. Sources: inet(3), inet_pton(3), byteorder(3), if_nameindex(3), cmsg(3).
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "priz/bytes.hpp"
#include "priz/error.hpp"
#include "priz/export.hpp"

// The C library's macros of these names stand in the way of the functions below. Its functions of
// the same names stay.
#undef htonl
#undef htons
#undef ntohl
#undef ntohs

namespace priz {

namespace detail {

template <class I>
concept integer = std::integral<I> && !std::same_as<I, bool> && !std::same_as<I, char> &&
                  !std::same_as<I, wchar_t> && !std::same_as<I, char8_t> &&
                  !std::same_as<I, char16_t> && !std::same_as<I, char32_t>;

// overflow_error: a number, as its sign and its size, is not in 0 to `maximum`.
PRIZ_API failure not_in_range(const char* operation, bool negative, std::uint64_t magnitude,
                              std::uint64_t maximum) noexcept;

template <std::unsigned_integral To, integer I>
result<To> narrowed(const char* operation, I number, std::uint64_t maximum) noexcept {
    if (std::cmp_greater_equal(number, 0) && std::cmp_less_equal(number, maximum))
        return static_cast<To>(number);
    const bool negative = std::cmp_less(number, 0);
    const auto wide = static_cast<std::uint64_t>(number);
    return std::unexpected(not_in_range(operation, negative, negative ? 0 - wide : wide, maximum));
}

inline constexpr std::uint64_t cmsg_len_max = 0x7fffffff - CMSG_LEN(0);
inline constexpr std::uint64_t cmsg_space_max = 0x7fffffff - CMSG_SPACE(1);

}  // namespace detail

// Between the host's byte order and the network's, 32 bits (l) or 16 (s). Any integer type; Errors:
// overflow_error for a negative number or one of more bits. Python: socket.htonl() and so on
template <detail::integer I>
result<std::uint32_t> try_htonl(I number) noexcept {
    auto narrow = detail::narrowed<std::uint32_t>("htonl", number, UINT32_MAX);
    if (narrow) *narrow = ::htonl(*narrow);
    return narrow;
}
template <detail::integer I>
result<std::uint16_t> try_htons(I number) noexcept {
    auto narrow = detail::narrowed<std::uint16_t>("htons", number, UINT16_MAX);
    if (narrow) *narrow = ::htons(*narrow);
    return narrow;
}
template <detail::integer I>
result<std::uint32_t> try_ntohl(I number) noexcept {
    auto narrow = detail::narrowed<std::uint32_t>("ntohl", number, UINT32_MAX);
    if (narrow) *narrow = ::ntohl(*narrow);
    return narrow;
}
template <detail::integer I>
result<std::uint16_t> try_ntohs(I number) noexcept {
    auto narrow = detail::narrowed<std::uint16_t>("ntohs", number, UINT16_MAX);
    if (narrow) *narrow = ::ntohs(*narrow);
    return narrow;
}
template <detail::integer I>
std::uint32_t htonl(I number) {
    return value_or_throw(try_htonl(number));
}
template <detail::integer I>
std::uint16_t htons(I number) {
    return value_or_throw(try_htons(number));
}
template <detail::integer I>
std::uint32_t ntohl(I number) {
    return value_or_throw(try_ntohl(number));
}
template <detail::integer I>
std::uint16_t ntohs(I number) {
    return value_or_throw(try_ntohs(number));
}

// Four bytes from every text that inet_aton(3) takes, with its loose forms: "1.2" is 1.0.0.2,
// "0x7f.1" is 127.0.0.1, and what follows a space is not read. Texts from outside are better given
// to inet_pton(). Errors: error (EINVAL); value_error for a NUL byte. Python: socket.inet_aton()
PRIZ_API bytes inet_aton(std::string_view text);
PRIZ_API result<bytes> try_inet_aton(std::string_view text) noexcept;

// A dotted quad from four bytes. Errors: error (EINVAL) for another length.
// Python: socket.inet_ntoa()
PRIZ_API std::string inet_ntoa(bytes_view packed);
PRIZ_API result<std::string> try_inet_ntoa(bytes_view packed) noexcept;

// The bytes of an address, 4 for AF_INET and 16 for AF_INET6, in network byte order. Errors: error
// (EINVAL) for text that is no such address, error (EAFNOSUPPORT); value_error for a NUL byte.
// Python: socket.inet_pton()
PRIZ_API bytes inet_pton(int family, std::string_view text);
PRIZ_API result<bytes> try_inet_pton(int family, std::string_view text) noexcept;

// The text of an address. Errors: value_error for another length and for another family.
// Python: socket.inet_ntop()
PRIZ_API std::string inet_ntop(int family, bytes_view packed);
PRIZ_API result<std::string> try_inet_ntop(int family, bytes_view packed) noexcept;

// A network interface: its number, from 1 on, and its name.
struct interface {
    unsigned index;
    std::string name;
};

// All of them. Python: socket.if_nameindex()
PRIZ_API std::vector<interface> if_nameindex();
PRIZ_API result<std::vector<interface>> try_if_nameindex() noexcept;

// The number of an interface. Errors: error (ENODEV) where none has the name; value_error for a NUL
// byte. Python: socket.if_nametoindex()
PRIZ_API unsigned if_nametoindex(std::string_view name);
PRIZ_API result<unsigned> try_if_nametoindex(std::string_view name) noexcept;

// The name of an interface. Errors: error (ENXIO) where there is none; overflow_error for a number
// outside 32 bits. Python: socket.if_indextoname()
PRIZ_API std::string if_indextoname(std::int64_t index);
PRIZ_API result<std::string> try_if_indextoname(std::int64_t index) noexcept;

// How long a control message with `length` bytes of data is, without the padding behind it, and how
// much room it takes among others. Errors: overflow_error for a negative length and for one whose
// result a socket cannot take (above 2^31 - 1). Python: socket.CMSG_LEN(), socket.CMSG_SPACE()
template <detail::integer I>
result<std::size_t> try_cmsg_len(I length) noexcept {
    auto size = detail::narrowed<std::size_t>("cmsg_len", length, detail::cmsg_len_max);
    if (size) *size = CMSG_LEN(*size);
    return size;
}
template <detail::integer I>
result<std::size_t> try_cmsg_space(I length) noexcept {
    auto size = detail::narrowed<std::size_t>("cmsg_space", length, detail::cmsg_space_max);
    if (size) *size = CMSG_SPACE(*size);
    return size;
}
template <detail::integer I>
std::size_t cmsg_len(I length) {
    return value_or_throw(try_cmsg_len(length));
}
template <detail::integer I>
std::size_t cmsg_space(I length) {
    return value_or_throw(try_cmsg_space(length));
}

}  // namespace priz
