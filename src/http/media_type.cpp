#include "priz/http/media_type.hpp"

#include "http/text.hpp"
#include "http/value_reader.hpp"
#include "priz/http/defect.hpp"
#include "priz/http/field.hpp"

namespace priz::http {

using namespace detail;

namespace {

std::string in_quotes(std::string_view value) {
    std::string out = "\"";
    for (char c : value) {
        if (c == '"' || c == '\\') out += '\\';
        out += c;
    }
    return out += '"';
}

}  // namespace

bool media_type::is(std::string_view essence) const noexcept {
    return same_name(essence_, essence);
}

std::optional<std::string_view> media_type::parameter(std::string_view name) const noexcept {
    for (const auto& [each, value] : parameters_)
        if (same_name(each, name)) return value;
    return std::nullopt;
}

std::string media_type::str() const {
    std::string out = essence_;
    for (const auto& [name, value] : parameters_) {
        out += "; ";
        out += name;
        out += '=';
        out += is_token(value) ? value : in_quotes(value);
    }
    return out;
}

result<media_type> try_parse_media_type(std::string_view text) {
    value_reader read(text);
    const auto refused = [&] {
        return std::unexpected(
            parse_error{defect::bad_syntax, read.at()}.as_failure("parse_media_type"));
    };
    media_type found;
    read.skip_space();
    const std::string_view type = read.token();
    if (type.empty() || !read.take('/')) return refused();
    const std::string_view subtype = read.token();
    if (subtype.empty()) return refused();
    found.essence_ = small_letters(type) + '/' + small_letters(subtype);
    found.slash_ = type.size();
    for (;;) {
        read.skip_space();
        if (read.at_end()) return found;
        if (!read.take(';')) return refused();
        read.skip_space();
        const std::string_view name = read.token();
        if (name.empty()) continue;  // a semicolon alone is allowed (RFC 9110, 5.6.6)
        if (!read.take('=') || found.parameter(name)) return refused();
        if (read.take('"')) {
            auto value = read.quoted();
            if (!value) return refused();
            found.parameters_.emplace_back(small_letters(name), *std::move(value));
        } else {
            const std::string_view value = read.token();
            if (value.empty()) return refused();
            found.parameters_.emplace_back(small_letters(name), value);
        }
    }
}

media_type parse_media_type(std::string_view text) {
    return value_or_throw(try_parse_media_type(text));
}

}  // namespace priz::http
