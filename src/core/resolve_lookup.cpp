#include "core/resolve_lookup.hpp"

#include <algorithm>
#include <string_view>

#include "core/resolve_dns.hpp"
#include "core/resolve_hosts.hpp"
#include "core/resolve_words.hpp"

namespace priz::detail {

namespace {

std::string_view without_final_dot(std::string_view name) {
    if (name.ends_with('.')) name.remove_suffix(1);
    return name;
}

// RFC 6761: these names are this machine, and no server is asked about them.
bool is_localhost(std::string_view name) {
    constexpr std::string_view top = "localhost";
    name = without_final_dot(name);
    if (name.size() < top.size()) return false;
    const std::string_view end = name.substr(name.size() - top.size());
    return same_name(end, top) &&
           (name.size() == top.size() || name[name.size() - top.size() - 1] == '.');
}

host_record localhost(const std::string& name, int family) {
    host_record record{name, {}, {}};
    if (family != AF_INET) record.addresses.push_back(address::ipv6("::1", 0));
    if (family != AF_INET6) record.addresses.push_back(address::ipv4("127.0.0.1", 0));
    return record;
}

// What nss-myhostname(8) answers besides localhost.
bool is_for_myhostname(const std::string& name) {
    const auto own = try_gethostname();
    const std::string_view bare = without_final_dot(name);
    return (own && same_name(bare, *own)) || same_name(bare, "_gateway") ||
           same_name(bare, "_outbound");
}

// What `find` finds in the hosts file.
template <class Find>
record_result from_hosts_file(const lookup& how, Find&& find) {
    const auto table = read_table(how.through->hosts_file);
    if (!table) return std::unexpected(table.error());
    if (auto record = find(*table)) return *std::move(record);
    return std::unexpected(gai_code(EAI_NONAME));
}

record_result addresses_from(host_source source, const std::string& name, int family,
                             const lookup& how) {
    if (source == host_source::files)
        return from_hosts_file(
            how, [&](std::string_view table) { return hosts_with_name(table, name, family); });
    return is_localhost(name) ? localhost(name, family) : dns_addresses(name, family, how);
}

record_result names_from(host_source source, const address& where, const lookup& how) {
    if (source == host_source::files)
        return from_hosts_file(
            how, [&](std::string_view table) { return hosts_with_address(table, where); });
    return dns_names(where, how);
}

// A source that only fails to know the name leaves it to the next; what the first other failure
// says is kept. A deadline that has passed or a hook that stops ends it all.
template <class Ask>
record_result first_of(const host_sources& sources, Ask&& ask) {
    std::error_code verdict = gai_code(EAI_NONAME);
    for (const host_source source : sources.order) {
        record_result record = ask(source);
        if (record || record.error().category() != gai_category()) return record;
        if (verdict == gai_code(EAI_NONAME)) verdict = record.error();
    }
    return std::unexpected(verdict);
}

}  // namespace

std::error_code lookup::read_sources() {
    sources = {.order = {host_source::files, host_source::dns}};
    if (!through->servers.empty()) return {};
    const auto table = read_table(through->nsswitch_file);
    if (!table) return table.error();
    sources = parse_nsswitch(*table);
    return {};
}

bool needs_libc(const std::string& name, const lookup& how) {
    return how.sources.needs_libc || (how.sources.myhostname && is_for_myhostname(name));
}

bool needs_libc_for_names(const lookup& how) {
    return how.sources.needs_libc || how.sources.myhostname;
}

record_result find_addresses(const std::string& name, int family, const lookup& how) {
    return first_of(how.sources,
                    [&](host_source source) { return addresses_from(source, name, family, how); });
}

record_result find_names(const address& where, const lookup& how) {
    const address bare = where.with_port(0);
    return first_of(how.sources, [&](host_source source) { return names_from(source, bare, how); });
}

lookup terms_of(const resolve_options& options) {
    static const resolver machine;
    return {std::min(options.until, deadline::after(options.timeout)), options.hook,
            options.through != nullptr ? options.through : &machine};
}

}  // namespace priz::detail
