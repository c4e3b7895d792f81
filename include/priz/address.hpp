// priz/address.hpp: the address of a socket, of any family.
//
// An address is a value: made by one of the makers below or by parse_address(), never changed,
// compared, hashed, copied without allocation. It is what the kernel calls a sockaddr, and holds no
// name: names become addresses in resolve.hpp, and texts such as `tcp://localhost:80` are endpoints
// (endpoint.hpp). Sources: ip(7), ipv6(7), unix(7), vsock(7), netlink(7), packet(7); RFC 4007 for
// scopes, RFC 5952 for IPv6 text. Python: the tuples, strings and bytes that its socket methods
// take and return as addresses.
#pragma once

#include <sys/socket.h>

#include <compare>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "priz/bytes.hpp"
#include "priz/error.hpp"
#include "priz/export.hpp"

namespace priz {

class PRIZ_API address {
public:
    // No address: family AF_UNSPEC, size 0. What recvfrom() returns for a connected stream, and
    // what connect() takes to dissolve a datagram socket's association.
    address() noexcept = default;

    // IPv4. `dotted` is four decimal numbers; `port` 0 to 65535. Errors: value_error,
    // overflow_error.
    static address ipv4(std::string_view dotted, int port);
    static result<address> try_ipv4(std::string_view dotted, int port) noexcept;
    // From a number in host byte order: 0x7f000001 is 127.0.0.1.
    static address ipv4(std::uint32_t host_order, std::uint16_t port) noexcept;

    // IPv6. `text` may end in `%scope`, a number or an interface's name; it then stands for
    // `scope_id`. `flowinfo` is at most 0xfffff. Errors: value_error, overflow_error.
    static address ipv6(std::string_view text, int port, std::uint32_t flowinfo = 0,
                        std::uint32_t scope_id = 0);
    static result<address> try_ipv6(std::string_view text, int port, std::uint32_t flowinfo = 0,
                                    std::uint32_t scope_id = 0) noexcept;
    static address ipv6(std::span<const std::byte, 16> network_order, std::uint16_t port,
                        std::uint32_t flowinfo = 0, std::uint32_t scope_id = 0) noexcept;

    // Unix: a path of 1 to 107 bytes (Errors: path_too_long, value_error for a NUL byte inside), a
    // name in the abstract namespace of up to 107 bytes of any value (the leading NUL is not part
    // of `name`), or neither.
    static address unix_path(std::string_view path);
    static result<address> try_unix_path(std::string_view path) noexcept;
    static address unix_abstract(std::string_view name);
    static result<address> try_unix_abstract(std::string_view name) noexcept;
    static address unix_unnamed() noexcept;

    static address vsock(std::uint32_t cid, std::uint32_t port) noexcept;
    static address netlink(std::uint32_t pid, std::uint32_t groups) noexcept;

    // AF_PACKET. `protocol` in host byte order (0x0800 is IPv4); at most 8 bytes of hardware
    // address (else value_error).
    static address packet(int interface_index, std::uint16_t protocol, std::uint8_t packet_type = 0,
                          std::uint16_t hardware_type = 0, bytes_view hardware_address = {});
    static result<address> try_packet(int interface_index, std::uint16_t protocol,
                                      std::uint8_t packet_type = 0, std::uint16_t hardware_type = 0,
                                      bytes_view hardware_address = {}) noexcept;

    // Any family: `data` is what follows sa_family in the sockaddr, at most 126 bytes (else
    // value_error). `family` is 0 to 65535 (else overflow_error).
    static address raw(int family, bytes_view data);
    static result<address> try_raw(int family, bytes_view data) noexcept;

    // From the kernel's form. What is longer than sockaddr_storage is cut to it; shorter than a
    // family is no address. Padding and other bytes without meaning are not kept, so that equal
    // addresses are equal bytes.
    static address from_sockaddr(const ::sockaddr* sockaddr, ::socklen_t size) noexcept;

    int family() const noexcept { return size_ == 0 ? AF_UNSPEC : storage_.ss_family; }

    // The kernel's form, for bind(2) and friends.
    const ::sockaddr* data() const noexcept {
        return reinterpret_cast<const ::sockaddr*>(&storage_);
    }
    ::socklen_t size() const noexcept { return size_; }
    bool empty() const noexcept { return size_ == 0; }

    // IPv4 and IPv6: the host as a number in text, without `%scope` (that is scope_id()); other
    // families: empty.
    std::string host() const;
    // IPv4, IPv6 and vsock; 0 for other families.
    std::uint32_t port() const noexcept;
    std::uint32_t flowinfo() const noexcept;     // IPv6, host byte order
    std::uint32_t scope_id() const noexcept;     // IPv6
    std::uint32_t ipv4_number() const noexcept;  // IPv4, host byte order; 0 for other families

    // Unix: the path, or the abstract name without its leading NUL; empty when unnamed.
    std::string_view path() const noexcept;
    bool is_unix_path() const noexcept;
    bool is_unix_abstract() const noexcept;
    bool is_unix_unnamed() const noexcept;

    std::uint32_t cid() const noexcept;                  // vsock
    std::uint32_t pid() const noexcept;                  // netlink: the port id
    std::uint32_t groups() const noexcept;               // netlink
    int interface_index() const noexcept;                // packet
    std::uint16_t protocol() const noexcept;             // packet, host byte order
    std::uint8_t packet_type() const noexcept;           // packet
    std::uint16_t hardware_type() const noexcept;        // packet
    std::string_view hardware_address() const noexcept;  // packet, raw bytes

    // What follows sa_family, for any family.
    std::string_view raw_data() const noexcept;

    // An IPv4-mapped IPv6 address answers these as the IPv4 address does.
    bool is_unspecified() const noexcept;  // 0.0.0.0, ::
    bool is_loopback() const noexcept;     // 127/8, ::1
    bool is_multicast() const noexcept;    // 224/4, ff00::/8
    bool is_link_local() const noexcept;   // 169.254/16, fe80::/10
    bool is_ipv4_mapped() const noexcept;  // ::ffff:a.b.c.d

    // The same host with another port (IPv4, IPv6, vsock; others unchanged).
    address with_port(std::uint16_t port) const noexcept;

    // Text that parse_address() reads back, to an equal address:
    //
    //     127.0.0.1:80                IPv4
    //     [fe80::1%eth0]:80           IPv6; the scope by name, or by number without such an
    //                                 interface; `?flowinfo=5` behind it when that is not 0
    //     unix:/run/x                 a path; bytes that do not print, and %, as %XX
    //     unix-abstract:name          the same in the abstract namespace
    //     unix:                       unnamed
    //     vsock:2:1024                either number may be `any`; `?flags=1` behind it likewise
    //     netlink:1:0                 port id and groups
    //     packet:eth0:0x0800          and `?type=4&hardware=1&address=020000000001` where not 0
    //     family-40:00ff              any family's raw bytes, in hexadecimal
    //
    // An empty address is an empty text.
    std::string str() const;

    // Equal are addresses that mean the same to the kernel: family, host, port, flow info, scope.
    // The order is by family, then by host, then by the rest.
    friend bool operator==(const address& a, const address& b) noexcept;
    friend std::strong_ordering operator<=>(const address& a, const address& b) noexcept;

private:
    ::sockaddr_storage storage_{};
    ::socklen_t size_ = 0;
};

PRIZ_API bool operator==(const address& a, const address& b) noexcept;
PRIZ_API std::strong_ordering operator<=>(const address& a, const address& b) noexcept;
PRIZ_API std::size_t hash_value(const address& a) noexcept;

// Reads what str() writes. Names are not resolved: `localhost:80` is an error here. Errors:
// value_error, overflow_error, path_too_long, each naming the part that is wrong.
PRIZ_API address parse_address(std::string_view text);
PRIZ_API result<address> try_parse_address(std::string_view text) noexcept;

}  // namespace priz

template <>
struct std::hash<priz::address> {
    std::size_t operator()(const priz::address& a) const noexcept { return priz::hash_value(a); }
};
