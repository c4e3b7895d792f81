#include "priz/address.hpp"

#include <algorithm>
#include <new>
#include <optional>

#include "address_layout.hpp"
#include "interface_name.hpp"
#include "ip_text.hpp"
#include "text.hpp"

namespace priz {

namespace {

using detail::refusal;

constexpr const char* operation = "address";
constexpr std::uint32_t flow_label_max = 0xfffff;

template <class T>
address wrap(const T& form, std::size_t size = sizeof(T)) noexcept {
    return address::from_sockaddr(reinterpret_cast<const ::sockaddr*>(&form),
                                  static_cast<::socklen_t>(size));
}

std::unexpected<failure> refused(errc cause, std::string_view text, std::string why) {
    return std::unexpected(refusal(cause, operation, text, std::move(why)));
}

// The answer in case of no memory for the text of a refusal.
template <class F>
result<address> guarded(F&& make) noexcept try {
    return make();
} catch (const std::bad_alloc&) {
    return std::unexpected(detail::out_of_memory(operation));
}

std::optional<std::unexpected<failure>> check_port(int port) {
    if (port >= 0 && port <= 0xffff) return std::nullopt;
    return refused(errc::overflow_error, std::to_string(port), "port must be 0-65535");
}

result<std::uint32_t> read_scope(std::string_view text, std::string_view scope,
                                 std::uint32_t scope_id) {
    const auto index = detail::interface_index(scope);
    if (!index) return refused(errc::value_error, text, "no interface has the name of its scope");
    if (scope_id != 0 && scope_id != *index)
        return refused(errc::value_error, text,
                       "its scope is not the scope id " + std::to_string(scope_id));
    return *index;
}

result<address> make_ipv4(std::string_view dotted, int port) {
    std::uint8_t bytes[4];
    if (!detail::read_ipv4(dotted, bytes))
        return refused(errc::value_error, dotted,
                       "an IPv4 address is four numbers from 0 to 255 joined by dots");
    if (auto bad = check_port(port)) return *bad;
    std::uint32_t number = 0;
    for (const std::uint8_t byte : bytes) number = number << 8 | byte;
    return address::ipv4(number, static_cast<std::uint16_t>(port));
}

result<address> make_ipv6(std::string_view text, int port, std::uint32_t flowinfo,
                          std::uint32_t scope_id) {
    std::string_view scope = text;
    const std::string_view number = detail::take_before(scope, '%');
    std::uint8_t bytes[16];
    if (!detail::read_ipv6(number, bytes))
        return refused(errc::value_error, text,
                       "an IPv6 address is eight groups of up to four hexadecimal digits joined by "
                       "colons, or fewer with ::");
    if (auto bad = check_port(port)) return *bad;
    if (flowinfo > flow_label_max)
        return refused(errc::overflow_error, std::to_string(flowinfo),
                       "flowinfo must be 0-1048575");
    if (detail::consume(scope, "%")) {
        const auto index = read_scope(text, scope, scope_id);
        if (!index) return std::unexpected(index.error());
        scope_id = *index;
    }
    return address::ipv6(std::as_bytes(std::span(bytes)), static_cast<std::uint16_t>(port),
                         flowinfo, scope_id);
}

// A path, or after one skipped NUL an abstract name. The address counts one byte more than `name`:
// that NUL, or the one behind a path.
address make_unix(std::string_view name, std::size_t skipped) noexcept {
    ::sockaddr_un form{};
    form.sun_family = AF_UNIX;
    std::ranges::copy(name, form.sun_path + skipped);
    return wrap(form, detail::family_size + name.size() + 1);
}

result<address> make_unix_path(std::string_view path) {
    if (path.empty())
        return refused(errc::value_error, path, "a Unix socket's path has one byte at least");
    if (path.find('\0') != std::string_view::npos)
        return refused(errc::value_error, path,
                       "a path holds no NUL byte; names in the abstract namespace do");
    if (path.size() >= detail::unix_path_max)
        return refused(errc::path_too_long, path,
                       std::to_string(path.size()) +
                           " bytes where 107 fit; use a shorter or a relative path, or a name in "
                           "the abstract namespace");
    return make_unix(path, 0);
}

result<address> make_unix_abstract(std::string_view name) {
    if (name.size() >= detail::unix_path_max)
        return refused(errc::path_too_long, name,
                       std::to_string(name.size()) + " bytes where 107 fit");
    return make_unix(name, 1);
}

result<address> make_packet(int interface_index, std::uint16_t protocol, std::uint8_t packet_type,
                            std::uint16_t hardware_type, bytes_view hardware_address) {
    ::sockaddr_ll form{};
    if (hardware_address.size() > sizeof(form.sll_addr))
        return refused(errc::value_error, detail::hex_encoded(hardware_address.text()),
                       "a hardware address has at most 8 bytes");
    form.sll_family = AF_PACKET;
    form.sll_protocol = htons(protocol);
    form.sll_ifindex = interface_index;
    form.sll_hatype = hardware_type;
    form.sll_pkttype = packet_type;
    form.sll_halen = static_cast<std::uint8_t>(hardware_address.size());
    std::ranges::copy(hardware_address.text(), form.sll_addr);
    return wrap(form);
}

result<address> make_raw(int family, bytes_view data) {
    ::sockaddr_storage form{};
    if (family < 0 || family > 0xffff)
        return refused(errc::overflow_error, std::to_string(family), "a family is 0-65535");
    if (data.size() > sizeof(form) - detail::family_size)
        return refused(errc::value_error, std::to_string(data.size()),
                       "an address has at most 126 bytes behind its family");
    form.ss_family = static_cast<::sa_family_t>(family);
    std::ranges::copy(data.text(), reinterpret_cast<char*>(&form) + detail::family_size);
    return wrap(form, detail::family_size + data.size());
}

}  // namespace

result<address> address::try_ipv4(std::string_view dotted, int port) noexcept {
    return guarded([&] { return make_ipv4(dotted, port); });
}

address address::ipv4(std::string_view dotted, int port) {
    return value_or_throw(try_ipv4(dotted, port));
}

address address::ipv4(std::uint32_t host_order, std::uint16_t port) noexcept {
    ::sockaddr_in form{};
    form.sin_family = AF_INET;
    form.sin_port = htons(port);
    form.sin_addr.s_addr = htonl(host_order);
    return wrap(form);
}

result<address> address::try_ipv6(std::string_view text, int port, std::uint32_t flowinfo,
                                  std::uint32_t scope_id) noexcept {
    return guarded([&] { return make_ipv6(text, port, flowinfo, scope_id); });
}

address address::ipv6(std::string_view text, int port, std::uint32_t flowinfo,
                      std::uint32_t scope_id) {
    return value_or_throw(try_ipv6(text, port, flowinfo, scope_id));
}

address address::ipv6(std::span<const std::byte, 16> network_order, std::uint16_t port,
                      std::uint32_t flowinfo, std::uint32_t scope_id) noexcept {
    ::sockaddr_in6 form{};
    form.sin6_family = AF_INET6;
    form.sin6_port = htons(port);
    form.sin6_flowinfo = htonl(flowinfo);
    form.sin6_scope_id = scope_id;
    std::memcpy(&form.sin6_addr, network_order.data(), network_order.size());
    return wrap(form);
}

result<address> address::try_unix_path(std::string_view path) noexcept {
    return guarded([&] { return make_unix_path(path); });
}

address address::unix_path(std::string_view path) { return value_or_throw(try_unix_path(path)); }

result<address> address::try_unix_abstract(std::string_view name) noexcept {
    return guarded([&] { return make_unix_abstract(name); });
}

address address::unix_abstract(std::string_view name) {
    return value_or_throw(try_unix_abstract(name));
}

address address::unix_unnamed() noexcept {
    ::sockaddr_un form{};
    form.sun_family = AF_UNIX;
    return wrap(form, detail::family_size);
}

address address::vsock(std::uint32_t cid, std::uint32_t port) noexcept {
    ::sockaddr_vm form{};
    form.svm_family = AF_VSOCK;
    form.svm_cid = cid;
    form.svm_port = port;
    return wrap(form);
}

address address::netlink(std::uint32_t pid, std::uint32_t groups) noexcept {
    ::sockaddr_nl form{};
    form.nl_family = AF_NETLINK;
    form.nl_pid = pid;
    form.nl_groups = groups;
    return wrap(form);
}

result<address> address::try_packet(int interface_index, std::uint16_t protocol,
                                    std::uint8_t packet_type, std::uint16_t hardware_type,
                                    bytes_view hardware_address) noexcept {
    return guarded([&] {
        return make_packet(interface_index, protocol, packet_type, hardware_type, hardware_address);
    });
}

address address::packet(int interface_index, std::uint16_t protocol, std::uint8_t packet_type,
                        std::uint16_t hardware_type, bytes_view hardware_address) {
    return value_or_throw(
        try_packet(interface_index, protocol, packet_type, hardware_type, hardware_address));
}

result<address> address::try_raw(int family, bytes_view data) noexcept {
    return guarded([&] { return make_raw(family, data); });
}

address address::raw(int family, bytes_view data) { return value_or_throw(try_raw(family, data)); }

}  // namespace priz
