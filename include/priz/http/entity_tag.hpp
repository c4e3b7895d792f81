// priz/http/entity_tag.hpp: ETag, and the lists of them in If-Match and If-None-Match (RFC 9110,
// 8.8.3 and 13.1).
//
//     if (http::if_none_match(*field, {.opaque = "33a64df5"})) … the client has it: 304
//
// Functions of their arguments. Python has no equivalent in its standard library.
#pragma once

#include <string>
#include <string_view>

#include "priz/error.hpp"
#include "priz/export.hpp"

namespace priz::http {

// A tag, as a view into the field that it was read from.
struct entity_tag {
    std::string_view opaque;  // between the quotation marks
    bool weak = false;        // W/"…": the same meaning, not the same bytes

    // "\"x\"" or "W/\"x\"".
    PRIZ_API std::string str() const;
    friend bool operator==(const entity_tag&, const entity_tag&) = default;
};

// Whether the two name the same bytes: neither is weak. What ranges and If-Match ask for.
inline bool strong_equal(const entity_tag& a, const entity_tag& b) noexcept {
    return !a.weak && !b.weak && a.opaque == b.opaque;
}
// Whether the two mean the same. What If-None-Match asks for.
inline bool weak_equal(const entity_tag& a, const entity_tag& b) noexcept {
    return a.opaque == b.opaque;
}

// Errors: defect::bad_syntax.
PRIZ_API entity_tag parse_entity_tag(std::string_view text);
PRIZ_API result<entity_tag> try_parse_entity_tag(std::string_view text);

// Whether a list of tags, or "*", has that of the representation there is: weakly for
// If-None-Match, strongly for If-Match. A list that is not of the syntax has none.
PRIZ_API bool if_none_match(std::string_view list, const entity_tag& current) noexcept;
PRIZ_API bool if_match(std::string_view list, const entity_tag& current) noexcept;

}  // namespace priz::http
