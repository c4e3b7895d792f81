#include "http/server/told_client.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "http/text.hpp"
#include "http/value_reader.hpp"

namespace priz::http::detail {

namespace {

bool is_obfuscated(std::string_view text) noexcept {
    if (text.size() < 2 || text[0] != '_') return false;
    for (char c : text.substr(1))
        if (!is_letter(c) && !is_digit(c) && c != '.' && c != '_' && c != '-') return false;
    return true;
}

bool is_node_port(std::string_view text, std::uint16_t& port) noexcept {
    if (is_obfuscated(text)) return true;
    const auto number = decimal(text);
    if (text.size() > 5 || !number || *number > 65535) return false;
    port = static_cast<std::uint16_t>(*number);
    return true;
}

// A node (RFC 7239, 6): empty where it is unknown or a name that only its proxy understands.
// Nothing where it is none.
std::optional<address> read_node(std::string_view text) noexcept {
    const bool is_ipv6 = text.starts_with('[');
    const std::size_t bracket = is_ipv6 ? text.find(']') : 0;
    if (bracket == text.npos) return std::nullopt;
    const std::size_t colon = text.find(':', bracket);
    std::string_view name = text.substr(0, colon);
    std::uint16_t port = 0;
    if (colon != text.npos && !is_node_port(text.substr(colon + 1), port)) return std::nullopt;
    if (is_word(name, "unknown") || is_obfuscated(name)) return address();
    if (is_ipv6) {
        if (!name.ends_with(']')) return std::nullopt;
        name = name.substr(1, name.size() - 2);
    }
    const auto read = is_ipv6 ? address::try_ipv6(name, port) : address::try_ipv4(name, port);
    if (!read || read->scope_id() != 0) return std::nullopt;
    return *read;
}

// As proxies write X-Forwarded-For: besides, IPv6 without brackets.
std::optional<address> read_plain_node(std::string_view text) noexcept {
    const auto bare = address::try_ipv6(text, 0);
    if (bare && bare->scope_id() == 0) return *bare;
    return read_node(text);
}

// Of one element; four are registered.
constexpr std::size_t parameters_max = 16;

struct element {
    std::string node;  // empty: it has none
    std::string scheme;
};

// The elements of all fields, in their order. False: it is no Forwarded.
bool read_elements(std::string_view value, std::vector<element>& all) {
    value_reader read(value);
    for (;;) {
        read.skip_space();
        if (read.at_end()) return true;
        if (read.take(',')) continue;
        element one;
        std::vector<std::string_view> names;
        do {
            const std::string_view name = read.token();
            // Between two semicolons there may be nothing.
            if (name.empty()) continue;
            for (const std::string_view before : names)
                if (same_name(before, name)) return false;
            if (names.size() == parameters_max) return false;
            names.push_back(name);
            if (!read.take('=')) return false;
            std::string parameter;
            if (read.take('"')) {
                auto quoted = read.quoted();
                if (!quoted) return false;
                parameter = *std::move(quoted);
            } else {
                parameter = read.token();
                if (parameter.empty()) return false;
            }
            if (is_word(name, "for")) {
                if (!read_node(parameter)) return false;
                one.node = std::move(parameter);
            } else if (is_word(name, "proto")) {
                one.scheme = std::move(parameter);
            }
        } while (read.take(';'));
        all.push_back(std::move(one));
        read.skip_space();
        if (!read.at_end() && !read.take(',')) return false;
    }
}

std::optional<bool> is_secure_scheme(std::string_view scheme) noexcept {
    if (is_word(scheme, "https")) return true;
    if (is_word(scheme, "http")) return false;
    return std::nullopt;
}

told_client_read from_forwarded(const field_list& fields, const networks& trusted) {
    std::vector<element> all;
    for (const field_view field : fields)
        if (same_name(field.name, "Forwarded") && !read_elements(field.value, all)) return {false};
    told_client_read told;
    for (auto at = all.rbegin(); at != all.rend(); ++at) {
        told.client.emplace();
        if (!at->node.empty()) told.client->who = read_node(at->node).value_or(address());
        told.client->is_secure = is_secure_scheme(at->scheme);
        if (!trusted.contain(told.client->who)) break;
    }
    return told;
}

told_client_read from_x_forwarded_for(const field_list& fields, const networks& trusted) {
    std::vector<std::string_view> all;
    for (const field_view field : fields) {
        if (!same_name(field.name, "X-Forwarded-For")) continue;
        // Quotation marks mean nothing here.
        for (std::string_view list = field.value; !list.empty();) {
            const std::size_t comma = std::min(list.find(','), list.size());
            const std::string_view one = trimmed(list.substr(0, comma));
            if (!one.empty()) all.push_back(one);
            list.remove_prefix(std::min(comma + 1, list.size()));
        }
    }
    told_client_read told;
    for (auto at = all.rbegin(); at != all.rend(); ++at) {
        // What does not have to be understood is not looked at: there is no grammar for it.
        const auto node = read_plain_node(*at);
        if (!node) return {false};
        told.client.emplace(*node);
        if (!trusted.contain(*node)) break;
    }
    return told;
}

}  // namespace

told_client_read read_told_client(const field_list& fields, trusted_proxies::client_field which,
                                  const networks& trusted) {
    switch (which) {
        case trusted_proxies::client_field::none:
            break;
        case trusted_proxies::client_field::forwarded:
            return from_forwarded(fields, trusted);
        case trusted_proxies::client_field::x_forwarded_for:
            return from_x_forwarded_for(fields, trusted);
    }
    return {};
}

}  // namespace priz::http::detail
