#include "core/resolve_search.hpp"

#include <utility>

#include "core/resolve_hosts.hpp"
#include "core/resolve_words.hpp"

namespace priz::detail {

namespace {

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

record_result finished(host_search&& search, const lookup& how) {
    while (dns_query* const query = search.pending()) {
        if (const std::error_code stop = wait_for(*query, how)) return std::unexpected(stop);
        search.go_on();
    }
    return search.take();
}

}  // namespace

std::string_view without_final_dot(std::string_view name) noexcept {
    if (name.ends_with('.')) name.remove_suffix(1);
    return name;
}

host_search::host_search(std::string name, int family, const lookup& how)
    : what_(name_of_family{std::move(name), family}), how_(how) {
    ask_sources();
}

host_search::host_search(const address& where, const lookup& how)
    : what_(where.with_port(0)), how_(how) {
    ask_sources();
}

void host_search::go_on() {
    record_result record = query_->take();
    query_.reset();
    hear(std::move(record));
    ask_sources();
}

record_result host_search::take() { return *std::move(found_); }

// Until one has an answer or has to be waited for.
void host_search::ask_sources() {
    const auto& order = how_.sources.order;
    while (!found_ && asked_ < order.size()) {
        auto record = ask(order[asked_++]);
        if (!record) return;
        hear(*std::move(record));
    }
    if (!found_) found_ = std::unexpected(verdict_);
}

// A source that only fails to know the name leaves it to the next; what the first other failure
// says is kept. A deadline that has passed or a hook that stops ends it all.
void host_search::hear(record_result&& record) {
    if (record || record.error().category() != gai_category())
        found_ = std::move(record);
    else if (verdict_ == gai_code(EAI_NONAME))
        verdict_ = record.error();
}

// None where the answer has to be waited for.
std::optional<record_result> host_search::ask(host_source source) {
    if (source == host_source::files) return ask_hosts_file();
    const auto* const named = std::get_if<name_of_family>(&what_);
    if (named != nullptr && is_localhost(named->name)) return localhost(named->name, named->family);
    return ask_servers();
}

record_result host_search::ask_hosts_file() const {
    const auto table = read_table(how_.through->hosts_file);
    if (!table) return std::unexpected(table.error());
    const auto* const named = std::get_if<name_of_family>(&what_);
    auto record = named != nullptr ? hosts_with_name(*table, named->name, named->family)
                                   : hosts_with_address(*table, std::get<address>(what_));
    if (record) return *std::move(record);
    return std::unexpected(gai_code(EAI_NONAME));
}

// A question that cannot be put is answered at once.
std::optional<record_result> host_search::ask_servers() {
    if (const auto* const named = std::get_if<name_of_family>(&what_))
        query_.emplace(named->name, named->family, how_);
    else
        query_.emplace(std::get<address>(what_), how_);
    if (!query_->is_done()) return std::nullopt;
    record_result record = query_->take();
    query_.reset();
    return record;
}

record_result find_addresses(const std::string& name, int family, const lookup& how) {
    return finished(host_search(name, family, how), how);
}

record_result find_names(const address& where, const lookup& how) {
    return finished(host_search(where, how), how);
}

}  // namespace priz::detail
