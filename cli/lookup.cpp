// priz lookup: what a name stands for, and what an address is called.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <priz/resolve.hpp>

#include <algorithm>
#include <memory>

#include "support/exit_code.hpp"
#include "verb.hpp"

namespace priz::cli {

namespace {

constexpr verb_text lookup_text{
    .name = "lookup",
    .summary = "Look up a name's addresses, or an address's name.",
    .examples =
        "priz lookup example.org                # every address, in the order to try them\n"
        "priz lookup example.org https          # with the service's port\n"
        "priz lookup --family 6 localhost       # IPv6 alone\n"
        "priz lookup --reverse 127.0.0.1        # an address's name\n"
        "priz lookup                            # this machine's own name and addresses\n",
    .timeout_meaning = "For the whole look-up (default 10s)",
    .notes = "Exit code 6: there is no such name; 28: no answer in time.\n",
};

struct lookup_options {
    std::string name;
    std::string service;
    std::string family = "any";
    bool reverse = false;
    resolve_options how;
};

template <class T>
T or_stop(result<T>&& r) {
    if (!r) throw stop_here(r.error(), phase::connecting);
    return *std::move(r);
}

int family_number(const std::string& name) {
    if (name == "any") return AF_UNSPEC;
    return name == "6" ? AF_INET6 : AF_INET;
}

std::string family_name(int family) {
    if (family == AF_INET) return "IPv4";
    return family == AF_INET6 ? "IPv6" : std::to_string(family);
}

std::string type_name(int type) {
    switch (type) {
        case SOCK_STREAM:
            return "stream";
        case SOCK_DGRAM:
            return "dgram";
        case SOCK_RAW:
            return "raw";
        default:
            return std::to_string(type);
    }
}

std::string host_of(const address& a) {
    const auto zero = a.with_port(0).str();
    const auto bare = zero.substr(0, zero.rfind(':'));
    return bare.starts_with('[') ? bare.substr(1, bare.size() - 2) : bare;
}

std::vector<address_info> ask(const lookup_options& o, const std::string& name) {
    const auto service = o.service.empty() ? priz::service(nullptr) : priz::service(o.service);
    return or_stop(
        try_getaddrinfo(name, service, family_number(o.family), 0, 0, AI_CANONNAME, o.how));
}

// The same address once for each type of socket: people see one line, with the types behind it.
std::string types_of(const std::vector<address_info>& all, const address& where) {
    std::vector<std::string> types;
    for (const auto& one : all)
        if (one.address == where) types.push_back(type_name(one.type));
    return fmt::format("{}", fmt::join(types, " "));
}

void show_address(report& out, const lookup_options& o, const std::vector<address_info>& all,
                  const address& where) {
    const auto shown = o.service.empty() ? host_of(where) : where.str();
    out.result("address", {},
               fmt::format("{}  {:<40} {}", family_name(where.family()), shown,
                           out.painted(tint::dim, types_of(all, where))));
}

void show_events(report& out, const std::vector<address_info>& all) {
    for (const auto& one : all)
        out.result("address",
                   {{"family", family_name(one.family)},
                    {"type", type_name(one.type)},
                    {"proto", one.proto},
                    {"host", host_of(one.address)},
                    {"port", one.address.port()},
                    {"address", one.address.str()}},
                   "");
}

void show_addresses(report& out, const lookup_options& o, const std::vector<address_info>& all) {
    if (out.as_json()) return show_events(out, all);
    std::vector<address> seen;
    for (const auto& one : all) {
        if (std::ranges::find(seen, one.address) != seen.end()) continue;
        seen.push_back(one.address);
        show_address(out, o, all, one.address);
    }
}

void show_name(report& out, const char* what, const std::string& name) {
    out.result("name", {{"kind", what}, {"name", name}},
               fmt::format("{}: {}", what, out.painted(tint::bold, escaped(name))));
}

int lookup_name(const lookup_options& o, report& out) {
    const auto all = ask(o, o.name);
    if (!all.empty()) show_name(out, "canonical name", all.front().canonname);
    show_addresses(out, o, all);
    return 0;
}

int lookup_reverse(const lookup_options& o, report& out) {
    const auto found = or_stop(try_gethostbyaddr(o.name, o.how));
    show_name(out, "name", found.name);
    for (const auto& alias : found.aliases) show_name(out, "alias", alias);
    return 0;
}

// A machine's own name need not have an address; that is worth a word, and no failure.
int lookup_self(const lookup_options& o, report& out) {
    const auto name = or_stop(try_gethostname());
    show_name(out, "host name", name);
    show_name(out, "full name", or_stop(try_getfqdn({}, o.how)));
    const auto all = try_getaddrinfo(name, nullptr, family_number(o.family), 0, 0, 0, o.how);
    if (all)
        show_addresses(out, o, *all);
    else
        out.warning(all.error().message());
    return 0;
}

int run_lookup(lookup_options o, const invocation& chosen, report& out) {
    o.how.until = deadline::after(chosen.timeout.value_or(duration(10)));
    if (o.name.empty()) return lookup_self(o, out);
    return o.reverse ? lookup_reverse(o, out) : lookup_name(o, out);
}

}  // namespace

void add_lookup(CLI::App& root, invocation& chosen) {
    auto* verb = add_verb(root, chosen, lookup_text);
    auto o = std::make_shared<lookup_options>();
    auto* name = verb->add_option("NAME", o->name, "A host; without one, this machine")
                     ->check([](const std::string& given) {
                         return given.empty() ? std::string("it is empty") : std::string();
                     });
    auto* service = verb->add_option("SERVICE", o->service, "A port: a number or a service's name");
    verb->add_option("--family", o->family, "Addresses of this family: 4, 6 or any (default)")
        ->type_name("FAMILY")
        ->check(CLI::IsMember({"4", "6", "any"}));
    verb->add_flag("-r,--reverse", o->reverse, "NAME is an address; look up what it is called")
        ->needs(name)
        ->excludes(service);
    verb->callback([o, &chosen] {
        chosen.run = [o, &chosen](report& out) { return run_lookup(*o, chosen, out); };
    });
}

}  // namespace priz::cli
