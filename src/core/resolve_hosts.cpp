#include "core/resolve_hosts.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <span>

#include "core/resolve_words.hpp"

namespace priz::detail {

namespace {

std::optional<address> read_address(std::string_view text) {
    const std::string terminated(text);
    ::in_addr v4{};
    if (::inet_pton(AF_INET, terminated.c_str(), &v4) == 1)
        return address::ipv4(ntohl(v4.s_addr), 0);
    ::in6_addr v6{};
    if (::inet_pton(AF_INET6, terminated.c_str(), &v6) == 1)
        return address::ipv6(std::as_bytes(std::span(v6.s6_addr)), 0);
    return std::nullopt;
}

std::optional<address> as_ipv4(const address& a) {
    if (a.is_ipv4_mapped()) {
        const std::string text = a.host();
        return read_address(std::string_view(text).substr(text.rfind(':') + 1));
    }
    if (a.is_loopback()) return address::ipv4(INADDR_LOOPBACK, 0);
    return std::nullopt;
}

// The address as `family` has it; none where it has none.
std::optional<address> in_family(const address& a, int family) {
    if (family == AF_UNSPEC || family == a.family()) return a;
    return family == AF_INET ? as_ipv4(a) : std::nullopt;
}

struct table_line {
    address where;
    std::vector<std::string_view> names;
};

// Lines that are empty, have no name or begin with no address mean nothing.
std::optional<table_line> read_line(std::string_view line) {
    auto words = split_words(line);
    if (words.size() < 2) return std::nullopt;
    const auto where = read_address(words.front());
    if (!where) return std::nullopt;
    words.erase(words.begin());
    return table_line{*where, std::move(words)};
}

bool has_name(const table_line& line, std::string_view name) {
    return std::ranges::any_of(line.names,
                               [&](std::string_view known) { return same_name(known, name); });
}

void add_alias(host_record& record, std::string_view name) {
    if (name == record.name || std::ranges::find(record.aliases, name) != record.aliases.end())
        return;
    record.aliases.emplace_back(name);
}

void add_line(host_record& record, const table_line& line, const address& where) {
    if (record.name.empty()) record.name = line.names.front();
    for (const std::string_view name : line.names) add_alias(record, name);
    if (std::ranges::find(record.addresses, where) == record.addresses.end())
        record.addresses.push_back(where);
}

}  // namespace

std::optional<host_record> hosts_with_name(std::string_view table, std::string_view name,
                                           int family) {
    host_record record;
    while (!table.empty()) {
        const auto line = read_line(next_line(table));
        if (!line || !has_name(*line, name)) continue;
        if (const auto where = in_family(line->where, family)) add_line(record, *line, *where);
    }
    if (record.addresses.empty()) return std::nullopt;
    return record;
}

std::optional<host_record> hosts_with_address(std::string_view table, const address& where) {
    while (!table.empty()) {
        const auto line = read_line(next_line(table));
        if (!line || line->where != where) continue;
        host_record record;
        add_line(record, *line, where);
        return record;
    }
    return std::nullopt;
}

}  // namespace priz::detail
