// How values of each type go to the kernel and come back.
//
// An AF_INET6 socket that is not IPv6-only carries IPv4 traffic as well, and the kernel keeps the
// options of that traffic apart, at level IPPROTO_IP: a hop limit set for IPv6 alone would not hold
// for half of the peers. Where an option has a place in both, both are set, IPv6 first; raw IPv6
// sockets, which carry no IPv4, refuse that level. Reading asks the socket's own family.
#include "priz/options.hpp"

#include <net/if.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "core/socket_access.hpp"
#include "core/sys.hpp"

namespace priz::detail {

namespace {

using options::place;
using options::unit;

failure option_failure(const socket& s, std::error_code cause, const char* operation,
                       const description& o) noexcept {
    failure why = make_failure(s, cause, operation);
    why.with_subject(o.name);
    if (cause == system_code(EPERM)) why.with_hint("it needs CAP_NET_ADMIN (run it as root)");
    if (cause == system_code(ENOPROTOOPT) || cause == system_code(EOPNOTSUPP))
        why.with_hint("this kernel, or this kind of socket, does not have it");
    return why;
}

result<void> refuse(const socket& s, const description& o, errc cause, const char* hint) noexcept {
    return std::unexpected(
        option_failure(s, make_error_code(cause), "set_option", o).with_hint(hint));
}

bool has_ipv6_place(const description& o) noexcept { return o.on_ipv6.name != 0; }

place place_for(const socket& s, const description& o) noexcept {
    return s.family() == AF_INET6 && has_ipv6_place(o) ? o.on_ipv6 : o.everywhere;
}

result<void> set_at(const socket& s, const description& o, place where, const void* value,
                    std::size_t size) noexcept {
    if (sys::setsockopt(socket_access::fd(s), where.level, where.name, value,
                        static_cast<::socklen_t>(size)) == 0)
        return {};
    return std::unexpected(option_failure(s, system_code(errno), "set_option", o));
}

result<::socklen_t> get(const socket& s, const description& o, void* value,
                        std::size_t room) noexcept {
    const place where = place_for(s, o);
    auto size = static_cast<::socklen_t>(room);
    if (sys::getsockopt(socket_access::fd(s), where.level, where.name, value, &size) == 0)
        return size;
    return std::unexpected(option_failure(s, system_code(errno), "get_option", o));
}

// Reads a T; what the kernel leaves out at the end is zero.
template <class T>
result<T> get_value(const socket& s, const description& o) noexcept {
    T value{};
    if (auto size = get(s, o, &value, sizeof value); !size)
        return std::unexpected(std::move(size).error());
    return value;
}

template <class Value, class Target, class Convert>
result<void> read_as(const socket& s, const description& o, Target& target,
                     Convert&& convert) noexcept {
    auto value = get_value<Value>(s, o);
    if (!value) return std::unexpected(std::move(value).error());
    target = convert(*value);
    return {};
}

bool is_ipv4_place(place where) noexcept { return where.level == IPPROTO_IP; }

result<void> set_number_at(const socket& s, const description& o, place where, int value) noexcept {
    if (o.measured_in != unit::interface_index || !is_ipv4_place(where))
        return set_at(s, o, where, &value, sizeof value);
    ::ip_mreqn request{};
    request.imr_ifindex = value;
    return set_at(s, o, where, &request, sizeof request);
}

result<void> set_number(const socket& s, const description& o, int value) noexcept {
    auto outcome = set_number_at(s, o, place_for(s, o), value);
    const bool carries_ipv4 = s.family() == AF_INET6 && s.type() != SOCK_RAW;
    if (!outcome || !carries_ipv4 || !has_ipv6_place(o)) return outcome;
    return set_number_at(s, o, o.everywhere, value);
}

result<void> set_dscp(const socket& s, const description& o, int value) noexcept {
    if (value < 0 || value > 63) return refuse(s, o, errc::value_error, "DSCP is 0 to 63");
    const auto now = get_value<int>(s, o);
    if (!now) return std::unexpected(now.error());
    return set_number(s, o, (value << 2) | (*now & 3));
}

std::int64_t unit_ns(unit u) noexcept {
    if (u == unit::seconds) return 1'000'000'000;
    return u == unit::milliseconds ? 1'000'000 : 1'000;
}

// A duration in whole units, rounded up; none where it does not fit an int.
std::optional<int> in_units(duration value, unit u) noexcept {
    const std::int64_t each = unit_ns(u);
    const std::int64_t whole =
        value.nanoseconds() / each + (value.nanoseconds() % each != 0 ? 1 : 0);
    if (whole > 0x7fffffff) return std::nullopt;
    return static_cast<int>(whole);
}

duration from_units(int count, unit u) noexcept {
    return duration::from_nanoseconds(count * unit_ns(u));
}

// The kernel cuts longer names silently, to the names of others.
constexpr std::size_t text_max = 15;
static_assert(text_max == IFNAMSIZ - 1);

}  // namespace

result<void> write_option(socket& s, const description& o, bool value) noexcept {
    return set_number(s, o, value ? 1 : 0);
}

result<void> write_option(socket& s, const description& o, int value) noexcept {
    return o.measured_in == unit::dscp ? set_dscp(s, o, value) : set_number(s, o, value);
}

result<void> write_option(socket& s, const description& o, std::uint64_t value) noexcept {
    return set_at(s, o, place_for(s, o), &value, sizeof value);
}

result<void> write_option(socket& s, const description& o, duration value) noexcept {
    if (!value.is_valid() || value < duration())
        return refuse(s, o, errc::value_error, "a duration cannot be negative");
    const auto count = in_units(value, o.measured_in);
    if (!count) return refuse(s, o, errc::overflow_error, "longer than the kernel can count");
    return set_number(s, o, *count);
}

result<void> write_option(socket& s, const description& o, std::string_view value) noexcept {
    if (value.size() > text_max || value.find('\0') != std::string_view::npos)
        return refuse(s, o, errc::value_error, "a name has at most 15 bytes, none of them NUL");
    return set_at(s, o, place_for(s, o), value.empty() ? "" : value.data(), value.size());
}

result<void> write_option(socket& s, const description& o,
                          const std::optional<duration>& value) noexcept {
    ::linger raw{};
    if (value) {
        if (!value->is_valid() || *value < duration())
            return refuse(s, o, errc::value_error, "a duration cannot be negative");
        const auto count = in_units(*value, unit::seconds);
        if (!count) return refuse(s, o, errc::overflow_error, "longer than the kernel can count");
        raw.l_onoff = 1;
        raw.l_linger = *count;
    }
    return set_at(s, o, place_for(s, o), &raw, sizeof raw);
}

namespace {

void copy_name(::sockaddr_storage& target, const address& source) noexcept {
    std::memcpy(&target, source.data(), source.size());
}

// The names of the requests that are about one source of a group.
int with_source(int name) noexcept {
    if (name == MCAST_JOIN_GROUP) return MCAST_JOIN_SOURCE_GROUP;
    return name == MCAST_LEAVE_GROUP ? MCAST_LEAVE_SOURCE_GROUP : name;
}

bool is_about_a_source(int name) noexcept {
    return name == MCAST_BLOCK_SOURCE || name == MCAST_UNBLOCK_SOURCE;
}

}  // namespace

result<void> write_option(socket& s, const description& o, const membership& value) noexcept {
    const int family = value.group.family();
    if ((family != AF_INET && family != AF_INET6) || !value.group.is_multicast())
        return refuse(s, o, errc::value_error, "the group is not a multicast address");
    if (value.source.empty() ? is_about_a_source(o.everywhere.name)
                             : value.source.family() != family)
        return refuse(s, o, errc::value_error,
                      "the source is not an address of the group's family");
    const int level = family == AF_INET ? IPPROTO_IP : IPPROTO_IPV6;
    const auto index = value.interface_index != 0
                           ? static_cast<std::uint32_t>(value.interface_index)
                           : value.group.scope_id();
    if (value.source.empty()) {
        ::group_req request{};
        request.gr_interface = index;
        copy_name(request.gr_group, value.group);
        return set_at(s, o, {level, o.everywhere.name}, &request, sizeof request);
    }
    ::group_source_req request{};
    request.gsr_interface = index;
    copy_name(request.gsr_group, value.group);
    copy_name(request.gsr_source, value.source);
    return set_at(s, o, {level, with_source(o.everywhere.name)}, &request, sizeof request);
}

result<void> read_option(const socket& s, const description& o, bool& value) noexcept {
    return read_as<int>(s, o, value, [](int raw) { return raw != 0; });
}

result<void> read_option(const socket& s, const description& o, int& value) noexcept {
    const bool shifted = o.measured_in == unit::dscp;
    return read_as<int>(s, o, value, [&](int raw) { return shifted ? raw >> 2 : raw; });
}

result<void> read_option(const socket& s, const description& o, std::uint64_t& value) noexcept {
    return read_as<std::uint64_t>(s, o, value, [](std::uint64_t raw) { return raw; });
}

result<void> read_option(const socket& s, const description& o, duration& value) noexcept {
    return read_as<int>(s, o, value, [&](int raw) { return from_units(raw, o.measured_in); });
}

result<void> read_option(const socket& s, const description& o, std::string& value) noexcept {
    char raw[64] = {};
    const auto size = get(s, o, raw, sizeof raw);
    if (!size) return std::unexpected(size.error());
    value.assign(raw, ::strnlen(raw, *size));
    return {};
}

result<void> read_option(const socket& s, const description& o,
                         std::optional<duration>& value) noexcept {
    return read_as<::linger>(s, o, value, [](const ::linger& raw) -> std::optional<duration> {
        if (raw.l_onoff == 0) return std::nullopt;
        return from_units(raw.l_linger, unit::seconds);
    });
}

result<void> read_option(const socket& s, const description& o, credentials& value) noexcept {
    return read_as<::ucred>(s, o, value, [](const ::ucred& raw) {
        return credentials{raw.pid, raw.uid, raw.gid};
    });
}

result<void> read_option(const socket& s, const description& o, std::error_code& value) noexcept {
    return read_as<int>(s, o, value, [](int raw) { return system_code(raw); });
}

result<void> read_option(const socket& s, const description& o, unique_fd& value) noexcept {
    return read_as<int>(s, o, value, [](int raw) { return unique_fd(raw); });
}

}  // namespace priz::detail
