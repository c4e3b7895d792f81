// priz/http/media_type.hpp: a Content-Type: type, subtype and parameters (RFC 9110, 8.3.1).
//
//     auto type = http::parse_media_type(R"(text/html; charset="utf-8")");
//     type.is("text/html")          true
//     type.parameter("charset")     "utf-8"
//
// A value. Python: email.message.Message.get_content_type(), get_param()
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "priz/error.hpp"
#include "priz/export.hpp"
#include "priz/http/query.hpp"

namespace priz::http {

class PRIZ_API media_type {
public:
    // "text/html", in small letters.
    const std::string& essence() const noexcept { return essence_; }
    std::string_view type() const noexcept { return std::string_view(essence_).substr(0, slash_); }
    std::string_view subtype() const noexcept {
        return std::string_view(essence_).substr(slash_ + 1);
    }
    // Whether it is that type, whichever parameters it has; in whichever case.
    bool is(std::string_view essence) const noexcept;

    // A parameter's value, quotation marks taken off. Names are compared in whichever case.
    std::optional<std::string_view> parameter(std::string_view name) const noexcept;
    // All of them, names in small letters, in order.
    const pairs& parameters() const noexcept { return parameters_; }

    // As it is written in a field: values that are no tokens between quotation marks.
    std::string str() const;

    friend bool operator==(const media_type&, const media_type&) = default;

private:
    friend result<media_type> try_parse_media_type(std::string_view text);

    std::string essence_;
    std::size_t slash_ = 0;
    pairs parameters_;
};

// Errors: defect::bad_syntax with its place; a parameter that is there twice is refused, as two
// programs may take one each.
PRIZ_API media_type parse_media_type(std::string_view text);
PRIZ_API result<media_type> try_parse_media_type(std::string_view text);

}  // namespace priz::http
