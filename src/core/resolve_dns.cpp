#include "core/resolve_dns.hpp"

#include <netinet/in.h>

#include <algorithm>
#include <cstring>
#include <new>
#include <utility>

#include "core/resolve_words.hpp"

namespace priz::detail {

namespace {

constexpr std::size_t addresses_max = 64;  // of each family

// The chain of CNAME records from the name that was asked for: each link an alias, its end the
// host's name. Both families' answers tell the chain, and one that turns back on itself ends.
void follow_aliases(host_record& record, const ::ares_addrinfo& found, const std::string& asked) {
    record.name = found.name != nullptr ? found.name : asked;
    const ::ares_addrinfo_cname* link = found.cnames;
    while (link != nullptr) {
        const bool next = link->alias != nullptr && link->name != nullptr &&
                          same_name(link->alias, record.name) &&
                          std::ranges::find(record.aliases, link->name) == record.aliases.end();
        if (next) {
            record.aliases.push_back(std::exchange(record.name, link->name));
            link = found.cnames;
        } else {
            link = link->next;
        }
    }
}

void add_address(host_record& record, const address& where) {
    const auto of_family = std::ranges::count(record.addresses, where.family(), &address::family);
    if (static_cast<std::size_t>(of_family) < addresses_max &&
        std::ranges::find(record.addresses, where) == record.addresses.end())
        record.addresses.push_back(where);
}

}  // namespace

dns_query::dns_query(const std::string& name, int family, const lookup& how)
    : name_(name), family_(family) {
    if (!open(how)) return;
    ::ares_addrinfo_hints hints{};
    hints.ai_family = family;
    hints.ai_flags = ARES_AI_NOSORT | ARES_AI_CANONNAME;
    ::ares_getaddrinfo(channel_.handle(), name.c_str(), nullptr, &hints, take_addresses, &answer_);
}

dns_query::dns_query(const address& where, const lookup& how)
    : where_(where.with_port(0)), family_(where.family()) {
    if (!open(how)) return;
    ::in6_addr v6{};
    ::in_addr v4{htonl(where.ipv4_number())};
    const bool is_v6 = family_ == AF_INET6;
    if (is_v6) {
        ::sockaddr_in6 exact{};
        std::memcpy(&exact, where.data(), sizeof exact);
        v6 = exact.sin6_addr;
    }
    ::ares_gethostbyaddr(channel_.handle(), is_v6 ? static_cast<void*>(&v6) : &v4,
                         is_v6 ? sizeof v6 : sizeof v4, family_, take_names, &answer_);
}

// A channel that could not be opened is the answer.
bool dns_query::open(const lookup& how) {
    answer_.cause = channel_.open(*how.through, how.sockets);
    answer_.done = static_cast<bool>(answer_.cause);
    return !answer_.done;
}

void dns_query::take_addresses(void* arg, int status, int, ::ares_addrinfo* found) {
    auto& taken = *static_cast<answer*>(arg);
    taken.addresses.reset(found);
    taken.cause = cause_of_ares(status);
    taken.done = true;
}

void dns_query::take_names(void* arg, int status, int, ::hostent* found) {
    auto& taken = *static_cast<answer*>(arg);
    taken.done = true;
    taken.cause = cause_of_ares(status);
    if (status != ARES_SUCCESS) return;
    try {
        taken.names.name = found->h_name;
        for (char** alias = found->h_aliases; *alias != nullptr; ++alias)
            if (!same_name(*alias, taken.names.name)) taken.names.aliases.emplace_back(*alias);
    } catch (const std::bad_alloc&) {
        taken.cause = gai_code(EAI_MEMORY);
    }
}

host_record dns_query::record_of_addresses() const {
    host_record record;
    follow_aliases(record, *answer_.addresses, name_);
    for (const auto* node = answer_.addresses->nodes; node != nullptr; node = node->ai_next)
        if (family_ == AF_UNSPEC || node->ai_family == family_)
            add_address(record, address::from_sockaddr(node->ai_addr, node->ai_addrlen));
    return record;
}

record_result dns_query::take() {
    if (answer_.cause) return std::unexpected(answer_.cause);
    if (answer_.addresses == nullptr) {
        answer_.names.addresses.push_back(where_);
        return std::move(answer_.names);
    }
    host_record record = record_of_addresses();
    if (record.addresses.empty()) return std::unexpected(gai_code(EAI_NODATA));
    return record;
}

}  // namespace priz::detail
