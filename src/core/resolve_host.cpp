#include <netdb.h>

#include <algorithm>
#include <string_view>

#include "core/resolve_guard.hpp"
#include "core/resolve_infos.hpp"
#include "core/resolve_libc.hpp"
#include "core/resolve_lookup.hpp"
#include "core/resolve_one.hpp"
#include "core/resolve_search.hpp"
#include "priz/resolve.hpp"

namespace priz {

using detail::guarded;
using detail::host_record;
using detail::lookup;

namespace {

host_entry as_entry(host_record&& record) {
    host_entry entry{std::move(record.name), std::move(record.aliases), {}};
    for (const address& where : record.addresses) entry.addresses.push_back(where.host());
    return entry;
}

result<address> first_ipv4(const host& name, const resolve_options& options, const char* op) {
    return detail::resolve_one({name, nullptr}, AF_INET, SOCK_STREAM, 0, options, op);
}

// Nothing has to be looked up for it: a number in any form, or a text with a meaning of its own.
bool is_literal(const host& name, const std::string& text) {
    if (name.what() != host::form::text || text.empty() || text == "<broadcast>") return true;
    if (text.find('\0') != std::string::npos) return true;
    const auto number =
        detail::ask_libc({.name = text.c_str(), .family = AF_INET, .flags = AI_NUMERICHOST});
    return number || number.error() != detail::gai_code(EAI_NONAME);
}

// The deadline is held while the name's addresses are looked up; the names come after.
detail::record_result record_by_libc(const std::string& name, const lookup& how) {
    const auto known = detail::ask_libc_until({.name = name.c_str(), .family = AF_INET}, how);
    if (!known) return std::unexpected(known.error());
    return detail::libc_record(name, how);
}

detail::record_result ipv4_record(const std::string& name, lookup how) {
    if (!detail::is_possible_name(name)) return std::unexpected(detail::gai_code(EAI_NONAME));
    if (how.until.has_passed()) return std::unexpected(make_error_code(errc::timed_out));
    if (const auto cause = how.read_sources()) return std::unexpected(cause);
    return detail::needs_libc(name, how) ? record_by_libc(name, how)
                                         : detail::find_addresses(name, AF_INET, how);
}

std::error_code as_herror(std::error_code cause) noexcept {
    if (cause.category() != gai_category()) return cause;
    switch (cause.value()) {
        case EAI_AGAIN:
            return {TRY_AGAIN, herror_category()};
        case EAI_NODATA:
            return {NO_DATA, herror_category()};
        case EAI_NONAME:
            return {HOST_NOT_FOUND, herror_category()};
        default:
            return {NO_RECOVERY, herror_category()};
    }
}

detail::record_result names_of(const address& where, lookup how) {
    if (how.until.has_passed()) return std::unexpected(make_error_code(errc::timed_out));
    if (const auto cause = how.read_sources()) return std::unexpected(cause);
    return detail::needs_libc_for_names(how) ? detail::libc_record(where, how)
                                             : detail::find_names(where, how);
}

result<address> first_address(const host& name, const resolve_options& options, const char* op) {
    auto found = detail::find_infos({name, nullptr, AF_UNSPEC, SOCK_STREAM}, options, op);
    if (!found) return std::unexpected(std::move(found).error());
    return found->front().address;
}

// This machine's domain, with the dot that begins it; NI_NOFQDN cuts it off.
result<std::string> own_domain(const resolve_options& options) {
    const auto own = try_gethostname();
    if (!own) return std::string();
    auto full = try_getfqdn(*own, options);
    if (!full) return full;
    const std::size_t dot = full->find('.');
    return dot == std::string::npos ? std::string() : full->substr(dot);
}

result<std::string> without_own_domain(std::string name, const resolve_options& options) {
    const auto domain = own_domain(options);
    if (!domain) return domain;
    if (!domain->empty() && name.ends_with(*domain)) name.resize(name.size() - domain->size());
    return name;
}

bool has_names(const address& where) {
    return where.family() == AF_INET || where.family() == AF_INET6;
}

result<name_info> name_info_of(const address& where, int flags, const resolve_options& options) {
    constexpr const char* op = "getnameinfo";
    const bool numeric = (flags & NI_NUMERICHOST) != 0 || !has_names(where);
    const int libc_flags = numeric ? flags : (flags & ~NI_NAMEREQD) | NI_NUMERICHOST;
    auto text = detail::libc_names(where, libc_flags);
    if (!text) return std::unexpected(detail::lookup_failure(text.error(), op, where.str()));
    if (numeric) return *std::move(text);
    auto record = names_of(where, detail::terms_of(options));
    if (record) {
        text->host = record->name;
        if ((flags & NI_NOFQDN) == 0) return *std::move(text);
        auto shorter = without_own_domain(record->name, options);
        if (!shorter) return std::unexpected(std::move(shorter).error());
        text->host = *std::move(shorter);
        return *std::move(text);
    }
    const bool unknown = record.error().category() == gai_category();
    if (unknown && (flags & NI_NAMEREQD) == 0) return *std::move(text);
    return std::unexpected(detail::lookup_failure(record.error(), op, where.host()));
}

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view blanks = " \t\n\r\v\f";
    text.remove_prefix(std::min(text.find_first_not_of(blanks), text.size()));
    return text.substr(0, text.find_last_not_of(blanks) + 1);
}

result<std::string> full_name_of(std::string_view given, const resolve_options& options) {
    std::string name(trimmed(given));
    if (name.empty() || name == "0.0.0.0" || name == "::") {
        auto own = try_gethostname();
        if (!own) return own;
        name = *std::move(own);
    }
    auto known = try_gethostbyaddr(name, options);
    if (!known) {
        const std::error_code cause = known.error().code();
        if (cause.category() == gai_category() || cause.category() == herror_category())
            return name;
        return std::unexpected(std::move(known).error());
    }
    const auto has_dot = [](const std::string& text) { return text.find('.') != text.npos; };
    if (has_dot(known->name)) return std::move(known->name);
    const auto alias = std::ranges::find_if(known->aliases, has_dot);
    return alias != known->aliases.end() ? *alias : known->name;
}

}  // namespace

result<std::string> try_gethostbyname(const host& name, const resolve_options& options) noexcept {
    constexpr const char* op = "gethostbyname";
    return guarded(op, [&]() -> result<std::string> {
        auto found = first_ipv4(name, options, op);
        if (!found) return std::unexpected(std::move(found).error());
        return found->host();
    });
}

result<host_entry> try_gethostbyname_ex(const host& name, const resolve_options& options) noexcept {
    constexpr const char* op = "gethostbyname_ex";
    return guarded(op, [&]() -> result<host_entry> {
        const std::string text = detail::host_text(name);
        if (is_literal(name, text)) {
            const auto only = first_ipv4(name, options, op);
            if (!only) return std::unexpected(only.error());
            return host_entry{text.empty() ? only->host() : text, {}, {only->host()}};
        }
        auto record = ipv4_record(text, detail::terms_of(options));
        if (record) return as_entry(*std::move(record));
        return std::unexpected(detail::lookup_failure(record.error(), op, text));
    });
}

result<host_entry> try_gethostbyaddr(const host& name, const resolve_options& options) noexcept {
    constexpr const char* op = "gethostbyaddr";
    return guarded(op, [&]() -> result<host_entry> {
        const auto where = first_address(name, options, op);
        if (!where) return std::unexpected(where.error());
        auto record = names_of(*where, detail::terms_of(options));
        if (record) return as_entry(*std::move(record));
        return std::unexpected(
            detail::lookup_failure(as_herror(record.error()), op, where->host()));
    });
}

result<name_info> try_getnameinfo(const address& where, int flags,
                                  const resolve_options& options) noexcept {
    return guarded("getnameinfo", [&] { return name_info_of(where, flags, options); });
}

result<std::string> try_getfqdn(std::string_view name, const resolve_options& options) noexcept {
    return guarded("getfqdn", [&] { return full_name_of(name, options); });
}

std::string gethostbyname(const host& name, const resolve_options& options) {
    return value_or_throw(try_gethostbyname(name, options));
}

host_entry gethostbyname_ex(const host& name, const resolve_options& options) {
    return value_or_throw(try_gethostbyname_ex(name, options));
}

host_entry gethostbyaddr(const host& name, const resolve_options& options) {
    return value_or_throw(try_gethostbyaddr(name, options));
}

name_info getnameinfo(const address& where, int flags, const resolve_options& options) {
    return value_or_throw(try_getnameinfo(where, flags, options));
}

std::string getfqdn(std::string_view name, const resolve_options& options) {
    return value_or_throw(try_getfqdn(name, options));
}

}  // namespace priz
