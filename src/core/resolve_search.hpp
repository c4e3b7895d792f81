// resolve_search.hpp: a host, sought in one source after the other.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "core/resolve_dns.hpp"
#include "core/resolve_lookup.hpp"

namespace priz::detail {

// In steps: where name servers have to be waited for, it says so and goes on when they are done.
// Otherwise it is done when it is made.
class host_search {
public:
    // The record of a name for `family`, or of both families for AF_UNSPEC, not sorted.
    host_search(std::string name, int family, const lookup& how);

    // The record of an address.
    host_search(const address& where, const lookup& how);

    // What has to be waited for; null when the search is done.
    dns_query* pending() noexcept { return query_ ? &*query_ : nullptr; }

    // When pending() is done.
    void go_on();

    // Once, when the search is done.
    record_result take();

private:
    struct name_of_family {
        std::string name;
        int family;
    };

    void ask_sources();
    void hear(record_result&& record);
    std::optional<record_result> ask(host_source source);
    record_result ask_hosts_file() const;
    std::optional<record_result> ask_servers();

    std::variant<name_of_family, address> what_;
    const lookup& how_;
    std::size_t asked_ = 0;  // of the sources
    std::error_code verdict_ = gai_code(EAI_NONAME);
    std::optional<record_result> found_ = {};
    std::optional<dns_query> query_ = {};
};

// The same, waiting by the terms of `how`.
record_result find_addresses(const std::string& name, int family, const lookup& how);
record_result find_names(const address& where, const lookup& how);

// A name as it is compared: `example.org.` is `example.org`.
std::string_view without_final_dot(std::string_view name) noexcept;

}  // namespace priz::detail
