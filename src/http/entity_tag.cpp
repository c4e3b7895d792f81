#include "priz/http/entity_tag.hpp"

#include <optional>

#include "http/text.hpp"
#include "priz/http/defect.hpp"

namespace priz::http {

using namespace detail;

namespace {

// The tag at the beginning of `rest`, taken off it. A tag may have commas, and a reverse solidus is
// a character like others (RFC 9110, 8.8.3), so that lists of other fields are read otherwise.
std::optional<entity_tag> take_tag(std::string_view& rest) noexcept {
    entity_tag tag;
    if (rest.starts_with("W/")) {
        tag.weak = true;
        rest.remove_prefix(2);
    }
    if (!rest.starts_with('"')) return std::nullopt;
    const std::size_t end = rest.find('"', 1);
    if (end == std::string_view::npos) return std::nullopt;
    tag.opaque = rest.substr(1, end - 1);
    for (char c : tag.opaque)
        if (!is(c, in_value) || is_space(c)) return std::nullopt;
    rest.remove_prefix(end + 1);
    return tag;
}

bool has_tag(std::string_view list, const entity_tag& current,
             bool (*equal)(const entity_tag&, const entity_tag&) noexcept) noexcept {
    list = trimmed(list);
    if (list == "*") return true;
    bool found = false;
    while (!list.empty()) {
        if (list.front() != ',') {
            const auto tag = take_tag(list);
            if (!tag) return false;
            found = found || equal(*tag, current);
        }
        list = trimmed(list);
        if (!list.empty() && list.front() != ',') return false;
        if (!list.empty()) list.remove_prefix(1);
        list = trimmed(list);
    }
    return found;
}

}  // namespace

std::string entity_tag::str() const {
    std::string text = weak ? "W/\"" : "\"";
    text += opaque;
    return text += '"';
}

result<entity_tag> try_parse_entity_tag(std::string_view text) {
    std::string_view rest = trimmed(text);
    const auto tag = take_tag(rest);
    if (tag && rest.empty()) return *tag;
    return std::unexpected(parse_error{defect::bad_syntax, 0}.as_failure("parse_entity_tag"));
}

entity_tag parse_entity_tag(std::string_view text) {
    return value_or_throw(try_parse_entity_tag(text));
}

bool if_none_match(std::string_view list, const entity_tag& current) noexcept {
    return has_tag(list, current, weak_equal);
}

bool if_match(std::string_view list, const entity_tag& current) noexcept {
    return has_tag(list, current, strong_equal);
}

}  // namespace priz::http
