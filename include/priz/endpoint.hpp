// priz/endpoint.hpp: where to connect or listen, as people write it on one line.
//
// An endpoint is a transport and an address that may still have to be looked up. It is what a
// program takes from its command line or its configuration, and what the `priz` tool takes
// everywhere. Parsing asks no resolver; names and services are looked up by the verbs that use the
// endpoint.
//
//     tcp://example.org:443      a host by name, a port by number
//     tcp://example.org:https    a port by its service's name
//     example.org:443            the same: tcp is understood
//     127.0.0.1:80, [::1]:80     hosts by number; IPv6 stands in brackets
//     [fe80::1%eth0]:80          the interface a link-local address belongs to, by name or number
//     :8080                      this machine alone (localhost), on IPv4 and IPv6
//     any:8080                   every interface, on IPv4 and IPv6
//     any:0                      a port that the kernel chooses
//     udp://any:53               datagrams; every form above may follow `udp://`
//     udp://<broadcast>:9        255.255.255.255
//     unix:/run/app.sock         a stream socket at a path
//     unix-abstract:app          a stream socket with a name in the abstract namespace
//     unix-dgram:/run/log        a datagram socket at a path
//     unix-seqpacket:/run/bus    a sequenced-packet socket at a path
//     vsock:2:1024               a context id and a port of virtual machines; either may be `any`
//
// In paths and abstract names %XX is the byte XX, so that every byte can be written (%25 is a
// percent sign); a path that begins with %00 is an abstract name. A host that is called `any` is
// written `any.`; names are not case-sensitive and kept in lower case.
//
// A value that owns its text: copy, compare, hash and keep it freely. Elsewhere: addresses, which
// need no look-up (address.hpp), and the look-up (resolve.hpp).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "priz/address.hpp"
#include "priz/error.hpp"
#include "priz/export.hpp"

namespace priz {

namespace detail {
class endpoint_reader;
}

class PRIZ_API endpoint {
public:
    enum class transport { tcp, udp, unix_stream, unix_dgram, unix_seqpacket, vsock };

    transport via() const noexcept { return transport_; }
    // "tcp", "udp", "unix", "unix-abstract", "unix-dgram", "unix-seqpacket", "vsock".
    const char* scheme() const noexcept;

    // For socket(): AF_INET or AF_INET6 for a host by number, AF_UNIX, AF_VSOCK; AF_UNSPEC where
    // the look-up decides. SOCK_STREAM, SOCK_DGRAM or SOCK_SEQPACKET.
    int family() const noexcept;
    int type() const noexcept;

    // The address itself where nothing has to be looked up; otherwise null.
    const address* exact() const noexcept { return exact_.empty() ? nullptr : &exact_; }

    // `any:PORT`. There is no host to look up: bind to every interface.
    bool is_any() const noexcept { return host_form_ == host_form::any; }
    // `:PORT`. The host to look up is `localhost`.
    bool is_loopback() const noexcept { return host_form_ == host_form::loopback; }

    // tcp and udp: the host as the resolver takes it, a name or a number without brackets; empty
    // for `any`. Other transports: empty.
    const std::string& host_text() const noexcept { return host_; }
    // tcp and udp: the port's number or the service's name. Other transports: empty.
    const std::string& service_text() const noexcept { return service_; }
    // tcp and udp: the port where it was given as a number.
    std::optional<std::uint16_t> port() const noexcept { return port_; }

    // The full form with its scheme, which parse_endpoint() reads back to an equal endpoint.
    std::string str() const;

    friend bool operator==(const endpoint& a, const endpoint& b) noexcept;

private:
    friend class detail::endpoint_reader;
    enum class host_form { none, any, loopback, name, number };

    endpoint(transport way, const address& exact) noexcept : transport_(way), exact_(exact) {}
    explicit endpoint(transport way) noexcept : transport_(way) {}

    transport transport_;
    host_form host_form_ = host_form::none;
    std::optional<std::uint16_t> port_;
    std::string host_;
    std::string service_;
    address exact_;
};

PRIZ_API bool operator==(const endpoint& a, const endpoint& b) noexcept;
PRIZ_API std::size_t hash_value(const endpoint& a) noexcept;

// Errors: value_error, overflow_error (a port outside 0 to 65535), path_too_long; the message
// quotes the text and says at which column what is wrong.
PRIZ_API endpoint parse_endpoint(std::string_view text);
PRIZ_API result<endpoint> try_parse_endpoint(std::string_view text) noexcept;

}  // namespace priz

template <>
struct std::hash<priz::endpoint> {
    std::size_t operator()(const priz::endpoint& a) const noexcept { return priz::hash_value(a); }
};
