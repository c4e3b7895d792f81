// Numbers, ports, types, protocols and flags are read by the C library's getaddrinfo(3): told that
// the host is a number (AI_NUMERICHOST), it asks no one, checks everything, and says EAI_NONAME
// where a name is left to be looked up. So every rule of its own is its own here as well, in every
// version of it. A name's addresses are then multiplied by the (type, protocol, port) triples that
// it gives for a number in the name's place.
#include "priz/resolve.hpp"

#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <cstdint>

#include "core/resolve_guard.hpp"
#include "core/resolve_infos.hpp"
#include "core/resolve_libc.hpp"
#include "core/resolve_lookup.hpp"
#include "core/resolve_port.hpp"
#include "core/sort_addresses.hpp"

namespace priz {

namespace detail {

namespace {

constexpr std::int64_t host_number_max = 0xffffffff;
constexpr std::int64_t port_max = 65535;

using infos_or_cause = std::expected<std::vector<address_info>, std::error_code>;
using addresses_or_cause = std::expected<host_record, std::error_code>;

const char* hint_for(std::error_code cause) noexcept {
    if (cause == gai_code(EAI_NONAME)) return "check its spelling";
    if (cause == gai_code(EAI_NODATA)) return "the name exists, but has no such address";
    if (cause == gai_code(EAI_AGAIN))
        return "no name server gave an answer (see: /etc/resolv.conf)";
    if (cause == gai_code(EAI_SERVICE))
        return "no service has that name (see: /etc/services); a port's number will do";
    return "";
}

bool is_noname(std::error_code cause) noexcept { return cause == gai_code(EAI_NONAME); }

// Whether AI_ADDRCONFIG leaves a family: whether an interface other than loopback has an address of
// it. The C library knows, and tells.
bool has_family(int family) {
    const char* const loopback = family == AF_INET ? "127.0.0.1" : "::1";
    return ask_libc({.name = loopback,
                     .family = family,
                     .type = SOCK_STREAM,
                     .flags = AI_NUMERICHOST | AI_ADDRCONFIG})
        .has_value();
}

// The family to look up; both where the machine has both, or neither.
int narrowed(int family, int flags) {
    if ((flags & AI_ADDRCONFIG) == 0 || family != AF_UNSPEC) return family;
    const bool v4 = has_family(AF_INET);
    if (v4 == has_family(AF_INET6)) return AF_UNSPEC;
    return v4 ? AF_INET : AF_INET6;
}

address as_mapped(const address& v4) { return address::ipv6("::ffff:" + v4.host(), 0); }

// AI_V4MAPPED: where a host has no IPv6 address, its IPv4 ones in IPv6's form; with AI_ALL, these
// besides.
addresses_or_cause with_mapped(addresses_or_cause&& v6, const std::string& name, int flags,
                               const lookup& how) {
    const bool knows = v6.has_value();
    if (knows && (flags & AI_ALL) == 0) return std::move(v6);
    if (!knows && v6.error().category() != gai_category()) return std::move(v6);
    auto v4 = find_addresses(name, AF_INET, how);
    if (!v4) return knows ? std::move(v6) : std::move(v4);
    std::ranges::transform(v4->addresses, v4->addresses.begin(), as_mapped);
    if (!knows) return v4;
    v6->addresses.insert(v6->addresses.end(), v4->addresses.begin(), v4->addresses.end());
    return std::move(v6);
}

addresses_or_cause addresses_of(const std::string& name, int family, int flags, const lookup& how) {
    auto found = find_addresses(name, narrowed(family, flags), how);
    if (family != AF_INET6 || (flags & AI_V4MAPPED) == 0) return found;
    return with_mapped(std::move(found), name, flags, how);
}

std::vector<address> best_first(const std::vector<address>& all) {
    if (all.size() < 2) return all;
    return sort_addresses(all, sources_towards(all));
}

std::vector<address_info> product(const host_record& record, bool canonical,
                                  const std::vector<address_info>& kinds) {
    std::vector<address_info> all;
    for (const address& where : best_first(record.addresses))
        for (const address_info& kind : kinds)
            all.push_back(
                {.family = where.family(),
                 .type = kind.type,
                 .proto = kind.proto,
                 .address = where.with_port(static_cast<std::uint16_t>(kind.address.port()))});
    if (canonical) all.front().canonname = record.name;
    return all;
}

infos_or_cause by_name(const std::string& name, const libc_question& question, lookup how) {
    if (!is_possible_name(name)) return std::unexpected(gai_code(EAI_NONAME));
    if (how.until.has_passed()) return std::unexpected(make_error_code(errc::timed_out));
    if (const auto cause = how.read_sources()) return std::unexpected(cause);
    if (needs_libc(name, how)) return ask_libc_until(question, how);
    libc_question kinds = question;
    kinds.name = "127.0.0.1";
    kinds.family = AF_INET;
    kinds.flags = AI_NUMERICHOST | (question.flags & AI_NUMERICSERV);
    const auto triples = ask_libc(kinds);
    if (!triples) return std::unexpected(triples.error());
    const auto record = addresses_of(name, question.family, question.flags, how);
    if (!record) return std::unexpected(record.error());
    return product(*record, (question.flags & AI_CANONNAME) != 0, *triples);
}

infos_or_cause find(const char* name, libc_question question, const lookup& how) {
    question.name = name;
    const bool only_numeric = name == nullptr || (question.flags & AI_NUMERICHOST) != 0;
    libc_question numeric = question;
    if (name != nullptr) numeric.flags |= AI_NUMERICHOST;
    auto found = ask_libc(numeric);
    if (found || only_numeric || !is_noname(found.error())) return found;
    if ((question.flags & AI_ADDRCONFIG) != 0 && question.family != AF_UNSPEC &&
        !has_family(question.family))
        return found;
    return by_name(name, question, how);
}

failure refused(errc cause, const char* op, std::string subject, const char* hint) {
    failure why(cause, op);
    why.with_subject(std::move(subject)).with_hint(hint);
    return why;
}

}  // namespace

std::string host_text(const host& name) {
    switch (name.what()) {
        case host::form::none:
            return {};
        case host::form::text:
            return std::string(name.text());
        case host::form::number:
            break;
    }
    return address::ipv4(static_cast<std::uint32_t>(name.number()), 0).host();
}

failure lookup_failure(std::error_code cause, const char* op, std::string subject) {
    failure why(cause, op);
    const bool nothing = subject.empty() && is_noname(cause);
    why.with_hint(nothing ? "no host is named" : hint_for(cause));
    why.with_subject(std::move(subject));
    return why;
}

bool is_possible_name(std::string_view name) noexcept {
    return !name.empty() && name != "." && name.size() <= NI_MAXHOST;
}

result<std::vector<address_info>> find_infos(const info_query& query,
                                             const resolve_options& options, const char* op) {
    std::int64_t port = 0;
    const bool numeric_port = detail::numeric_port(query.port, port);
    if (numeric_port && (port < 0 || port > port_max))
        return std::unexpected(port_out_of_range(port, op));
    const host& name = query.name;
    if (name.what() == host::form::number && (name.number() < 0 || name.number() > host_number_max))
        return std::unexpected(refused(errc::overflow_error, op, std::to_string(name.number()),
                                       "an IPv4 address is a number of 32 bits"));
    if (name.text().find('\0') != std::string_view::npos)
        return std::unexpected(
            refused(errc::value_error, op, "host", "a host's name holds no NUL byte"));
    const std::string host_name = host_text(name);
    const std::string port_text =
        numeric_port ? std::to_string(port) : std::string(query.port.text());
    auto found =
        find(name.what() == host::form::none ? nullptr : host_name.c_str(),
             {.service = query.port.what() == service::form::none ? nullptr : port_text.c_str(),
              .family = query.family,
              .type = query.type,
              .proto = query.proto,
              .flags = query.flags},
             terms_of(options));
    if (found) return *std::move(found);
    const bool about_port = found.error() == gai_code(EAI_SERVICE);
    return std::unexpected(
        lookup_failure(found.error(), op, about_port ? "service '" + port_text + "'" : host_name));
}

}  // namespace detail

result<std::vector<address_info>> try_getaddrinfo(const host& name, const service& service,
                                                  int family, int type, int proto, int flags,
                                                  const resolve_options& options) noexcept {
    return detail::guarded("getaddrinfo", [&] {
        return detail::find_infos({name, service, family, type, proto, flags}, options,
                                  "getaddrinfo");
    });
}

std::vector<address_info> getaddrinfo(const host& name, const service& service, int family,
                                      int type, int proto, int flags,
                                      const resolve_options& options) {
    return value_or_throw(try_getaddrinfo(name, service, family, type, proto, flags, options));
}

}  // namespace priz
