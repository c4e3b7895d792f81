#include "core/resolve_lookup.hpp"

#include <algorithm>

#include "core/resolve_search.hpp"
#include "core/resolve_words.hpp"

namespace priz::detail {

namespace {

// What nss-myhostname(8) answers besides localhost.
bool is_for_myhostname(const std::string& name) {
    const auto own = try_gethostname();
    const std::string_view bare = without_final_dot(name);
    return (own && same_name(bare, *own)) || same_name(bare, "_gateway") ||
           same_name(bare, "_outbound");
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

lookup terms_of(const resolve_options& options) {
    static const resolver machine;
    return {std::min(options.until, deadline::after(options.timeout)), options.hook,
            options.through != nullptr ? options.through : &machine};
}

}  // namespace priz::detail
