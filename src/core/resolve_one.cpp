#include "core/resolve_one.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <array>
#include <optional>
#include <string>

#include "core/resolve_guard.hpp"
#include "core/resolve_infos.hpp"
#include "core/resolve_port.hpp"
#include "priz/endpoint.hpp"
#include "priz/resolve.hpp"

namespace priz::detail {

namespace {

constexpr std::int64_t number_max = 0xffffffff;

struct wanted {
    int family;
    int type;
    int proto;
    const resolve_options& options;
    const char* op;
};

failure refused(errc cause, const wanted& w, std::string subject, std::string hint) {
    failure why(cause, w.op);
    why.with_subject(std::move(subject));
    why.with_hint(std::move(hint));
    return why;
}

failure refused_by_family(const wanted& w, std::string subject) {
    return refused(errc::type_error, w, std::move(subject), "the socket is of another family");
}

address mapped(std::uint32_t host_order, std::uint16_t port) {
    std::array<std::byte, 16> bytes{};
    bytes[10] = bytes[11] = std::byte{0xff};
    for (std::size_t i = 0; i < 4; ++i)
        bytes[12 + i] = static_cast<std::byte>(host_order >> (24 - 8 * i));
    return address::ipv6(bytes, port);
}

address any_interface(int family, std::uint16_t port) {
    if (family == AF_INET) return address::ipv4(INADDR_ANY, port);
    return address::ipv6(std::array<std::byte, 16>{}, port);
}

address from_number(int family, std::uint32_t host_order, std::uint16_t port) {
    return family == AF_INET ? address::ipv4(host_order, port) : mapped(host_order, port);
}

// A number that inet_pton(3) reads, without the C library's look-up; no scope.
std::optional<address> numeric(std::string_view text, int family, std::uint16_t port) {
    std::array<char, INET6_ADDRSTRLEN> terminated{};
    if (text.size() >= terminated.size()) return std::nullopt;
    text.copy(terminated.data(), text.size());
    ::in_addr v4{};
    ::in6_addr v6{};
    if (family == AF_INET && ::inet_pton(AF_INET, terminated.data(), &v4) == 1)
        return address::ipv4(ntohl(v4.s_addr), port);
    if (family == AF_INET6 && ::inet_pton(AF_INET6, terminated.data(), &v6) == 1)
        return address::ipv6(std::as_bytes(std::span(v6.s6_addr)), port);
    return std::nullopt;
}

result<address> looked_up(std::string_view name, std::uint16_t port, const wanted& w) {
    auto found = find_infos({name, nullptr, w.family, w.type, w.proto}, w.options, w.op);
    if (!found) return std::unexpected(std::move(found).error());
    return found->front().address.with_port(port);
}

result<address> internet_text(std::string_view name, std::uint16_t port, const wanted& w) {
    if (name.find('\0') != std::string_view::npos)
        return std::unexpected(
            refused(errc::value_error, w, "host", "a host's name holds no NUL byte"));
    if (name.empty()) return any_interface(w.family, port);
    if (name == "<broadcast>") {
        if (w.family == AF_INET) return address::ipv4(INADDR_BROADCAST, port);
        return std::unexpected(
            refused_by_family(w, "host '<broadcast>'").with_hint("IPv6 has no broadcast address"));
    }
    if (auto exact = numeric(name, w.family, port)) return *exact;
    return looked_up(name, port, w);
}

result<address> internet(const host& name, const service& service, const wanted& w) {
    const auto port = port_of(service, w.type, w.op);
    if (!port) return std::unexpected(port.error());
    switch (name.what()) {
        case host::form::none:
            return any_interface(w.family, *port);
        case host::form::text:
            return internet_text(name.text(), *port, w);
        case host::form::number:
            break;
    }
    if (name.number() < 0 || name.number() > number_max)
        return std::unexpected(refused(errc::overflow_error, w,
                                       "host " + std::to_string(name.number()),
                                       "an IPv4 address is a number of 32 bits"));
    return from_number(w.family, static_cast<std::uint32_t>(name.number()), *port);
}

// Python's pairs of numbers for families whose addresses are two numbers: (cid, port), (pid,
// groups).
result<address> number_pair(const host& first, const service& second, const wanted& w) {
    const bool numbers =
        first.what() == host::form::number && second.what() == service::form::number;
    if (!numbers || (w.family != AF_VSOCK && w.family != AF_NETLINK))
        return std::unexpected(refused_by_family(w, "a host and a port"));
    for (const std::int64_t number : {first.number(), second.number()})
        if (number < 0 || number > number_max)
            return std::unexpected(refused(errc::overflow_error, w, std::to_string(number),
                                           "both numbers are of 32 bits"));
    const auto one = static_cast<std::uint32_t>(first.number());
    const auto two = static_cast<std::uint32_t>(second.number());
    return w.family == AF_VSOCK ? address::vsock(one, two) : address::netlink(one, two);
}

bool is_internet(int family) { return family == AF_INET || family == AF_INET6; }

result<address> pair(const host& name, const service& service, const wanted& w) {
    return is_internet(w.family) ? internet(name, service, w) : number_pair(name, service, w);
}

// The same failure, told as the verb's own.
result<address> told_by(const wanted& w, std::string_view text, result<address>&& read) {
    if (read) return read;
    failure why(read.error().code(), w.op);
    why.with_subject(std::string(text)).with_hint(read.error().hint());
    return std::unexpected(why);
}

// `host:port` as endpoint.hpp has it. A scheme may stand before it, if it is the socket's.
result<address> internet_text_pair(std::string_view text, const wanted& w) {
    const auto read = try_parse_endpoint(text);
    if (!read) return told_by(w, text, std::unexpected(read.error()));
    const bool has_scheme = text.find("://") != std::string_view::npos;
    const bool fits = read->exact() == nullptr || read->exact()->family() == w.family;
    if (!fits || (has_scheme && read->type() != w.type))
        return std::unexpected(refused_by_family(w, std::string(text)));
    if (read->exact() != nullptr) return *read->exact();
    return internet(read->is_any() ? "" : std::string_view(read->host_text()), read->service_text(),
                    w);
}

result<address> unix_text(std::string_view text, const wanted& w) {
    if (text.empty()) return address::unix_unnamed();
    if (text.front() != '\0') return told_by(w, text, address::try_unix_path(text));
    return told_by(w, text.substr(1), address::try_unix_abstract(text.substr(1)));
}

result<address> from_text(std::string_view text, const wanted& w) {
    if (w.family == AF_UNIX) return unix_text(text, w);
    if (is_internet(w.family)) return internet_text_pair(text, w);
    auto read = told_by(w, text, try_parse_address(text));
    if (read && read->family() != w.family)
        return std::unexpected(refused_by_family(w, read->str()));
    return read;
}

// No address at all is one of any family: it ends a datagram socket's association.
result<address> exactly(const address& given, const wanted& w) {
    if (given.empty() || given.family() == w.family || given.family() == AF_UNSPEC) return given;
    return std::unexpected(refused_by_family(w, given.str()));
}

}  // namespace

result<address> resolve_one(const address_like& where, int family, int type, int proto,
                            const resolve_options& options, const char* op) noexcept {
    const wanted w{family, type, proto, options, op};
    return guarded(op, [&]() -> result<address> {
        switch (where.what()) {
            case address_like::form::address:
                return exactly(where.exact(), w);
            case address_like::form::host_port:
                return pair(where.host_part(), where.service_part(), w);
            case address_like::form::text:
                break;
        }
        return from_text(where.text(), w);
    });
}

result<address> resolve_one(const address_like& where, int family, int type, int proto,
                            deadline until, blocking_hook* hook, const char* op) noexcept {
    return resolve_one(where, family, type, proto, {.until = until, .hook = hook}, op);
}

}  // namespace priz::detail
