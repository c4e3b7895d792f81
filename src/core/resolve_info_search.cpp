// Numbers, ports, types, protocols and flags are read by the C library's getaddrinfo(3): told that
// the host is a number (AI_NUMERICHOST), it asks no one, checks everything, and says EAI_NONAME
// where a name is left to be looked up. So every rule of its own is its own here as well, in every
// version of it. A name's addresses are then multiplied by the (type, protocol, port) triples that
// it gives for a number in the name's place.
#include "core/resolve_info_search.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "core/resolve_port.hpp"
#include "core/sort_addresses.hpp"

namespace priz::detail {

namespace {

constexpr std::int64_t host_number_max = 0xffffffff;

bool is_noname(std::error_code cause) noexcept { return cause == gai_code(EAI_NONAME); }

failure refused(errc cause, const char* op, std::string subject, const char* hint) {
    failure why(cause, op);
    why.with_subject(std::move(subject)).with_hint(hint);
    return why;
}

// What can never be right.
std::optional<failure> refusal_of(const info_query& query, const char* op) {
    std::int64_t port = 0;
    if (numeric_port(query.port, port) && (port < 0 || port > port_max))
        return port_out_of_range(port, op);
    const host& name = query.name;
    if (name.what() == host::form::number && (name.number() < 0 || name.number() > host_number_max))
        return refused(errc::overflow_error, op, std::to_string(name.number()),
                       "an IPv4 address is a number of 32 bits");
    if (name.text().find('\0') != std::string_view::npos)
        return refused(errc::value_error, op, "host", "a host's name holds no NUL byte");
    return std::nullopt;
}

std::string port_text(const service& port) {
    std::int64_t number = 0;
    return numeric_port(port, number) ? std::to_string(number) : std::string(port.text());
}

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

std::vector<address> best_first(const std::vector<address>& all, lookup_sockets* sockets) {
    if (all.size() < 2) return all;
    if (sockets == nullptr) return sort_addresses(all, sources_towards(all));
    std::vector<address> sources;
    for (const address& where : all) sources.push_back(sockets->source_towards(where));
    return sort_addresses(all, sources);
}

std::vector<address_info> product(const std::vector<address>& addresses,
                                  const std::vector<address_info>& kinds) {
    std::vector<address_info> all;
    for (const address& where : addresses)
        for (const address_info& kind : kinds)
            all.push_back(
                {.family = where.family(),
                 .type = kind.type,
                 .proto = kind.proto,
                 .address = where.with_port(static_cast<std::uint16_t>(kind.address.port()))});
    return all;
}

}  // namespace

info_search::info_search(const info_query& query, const lookup& how, const char* op)
    : how_(how), op_(op) {
    if (auto refusal = refusal_of(query, op)) {
        found_ = std::unexpected(*std::move(refusal));
        return;
    }
    name_ = host_text(query.name);
    port_ = port_text(query.port);
    question_ = {.name = query.name.what() == host::form::none ? nullptr : name_.c_str(),
                 .service = query.port.what() == service::form::none ? nullptr : port_.c_str(),
                 .family = query.family,
                 .type = query.type,
                 .proto = query.proto,
                 .flags = query.flags};
    begin();
}

void info_search::begin() {
    const bool only_numeric = question_.name == nullptr || (question_.flags & AI_NUMERICHOST) != 0;
    libc_question numeric = question_;
    if (question_.name != nullptr) numeric.flags |= AI_NUMERICHOST;
    auto answer = ask_libc(numeric);
    const bool is_name = !answer && !only_numeric && is_noname(answer.error());
    const bool is_of_no_use = (question_.flags & AI_ADDRCONFIG) != 0 &&
                              question_.family != AF_UNSPEC && is_name &&
                              !has_family(question_.family);
    if (is_name && !is_of_no_use)
        begin_with_name();
    else
        take_answer(std::move(answer));
}

void info_search::begin_with_name() {
    if (!is_possible_name(name_)) return fail(gai_code(EAI_NONAME));
    if (how_.until.has_passed()) return fail(errc::timed_out);
    if (const std::error_code cause = how_.read_sources()) return fail(cause);
    needs_libc_ = detail::needs_libc(name_, how_);
    if (needs_libc_) return;
    auto kinds = ask_libc({.name = "127.0.0.1",
                           .service = question_.service,
                           .family = AF_INET,
                           .type = question_.type,
                           .proto = question_.proto,
                           .flags = AI_NUMERICHOST | (question_.flags & AI_NUMERICSERV)});
    if (!kinds) return fail(kinds.error());
    kinds_ = *std::move(kinds);
    seek(narrowed(question_.family, question_.flags));
}

void info_search::seek(int family) {
    hosts_.emplace(name_, family, how_);
    if (hosts_->pending() == nullptr) hear(hosts_->take());
}

void info_search::go_on() {
    hosts_->go_on();
    if (hosts_->pending() == nullptr) hear(hosts_->take());
}

// AI_V4MAPPED: where a host has no IPv6 address, its IPv4 ones in IPv6's form; with AI_ALL, these
// besides.
void info_search::hear(record_result&& record) {
    if (v6_) return hear_mapped(std::move(record));
    const bool may_be_mapped = question_.family == AF_INET6 && (question_.flags & AI_V4MAPPED) != 0;
    const bool wants_more =
        record ? (question_.flags & AI_ALL) != 0 : record.error().category() == gai_category();
    if (!may_be_mapped || !wants_more) return finish(record);
    v6_ = std::move(record);
    seek(AF_INET);
}

void info_search::hear_mapped(record_result&& v4) {
    if (!v4) return finish(v6_->has_value() ? *v6_ : v4);
    std::ranges::transform(v4->addresses, v4->addresses.begin(), as_mapped);
    if (!v6_->has_value()) return finish(v4);
    auto& all = v6_->value().addresses;
    all.insert(all.end(), v4->addresses.begin(), v4->addresses.end());
    finish(*v6_);
}

void info_search::finish(const record_result& record) {
    if (!record) return fail(record.error());
    auto all = product(best_first(record->addresses, how_.sockets), kinds_);
    if ((question_.flags & AI_CANONNAME) != 0) all.front().canonname = record->name;
    take_answer(std::move(all));
}

void info_search::take_answer(libc_answer&& answer) {
    if (!answer) return fail(answer.error());
    end();
    found_ = *std::move(answer);
}

void info_search::fail(std::error_code cause) {
    end();
    const bool about_port = cause == gai_code(EAI_SERVICE);
    found_ =
        std::unexpected(lookup_failure(cause, op_, about_port ? "service '" + port_ + "'" : name_));
}

void info_search::end() noexcept {
    needs_libc_ = false;
    hosts_.reset();
}

}  // namespace priz::detail
