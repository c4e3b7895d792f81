#include "priz/http/query.hpp"

#include "http/text.hpp"
#include "priz/http/defect.hpp"

namespace priz::http {

using namespace detail;

namespace {

void append_code(std::string& out, char c) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    const auto byte = static_cast<unsigned char>(c);
    out += '%';
    out += digits[byte >> 4];
    out += digits[byte & 15];
}

result<bytes> percent_decoded(std::string_view text, bool plus_is_space, const char* operation,
                              std::size_t offset = 0) {
    bytes out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '+' && plus_is_space) {
            out += ' ';
        } else if (text[i] != '%') {
            out += text[i];
        } else {
            if (text.size() - i < 3 || !is(text[i + 1], in_hex) || !is(text[i + 2], in_hex))
                return std::unexpected(
                    parse_error{defect::bad_percent_code, offset + i}.as_failure(operation));
            out += static_cast<char>(hex_value(text[i + 1]) << 4 | hex_value(text[i + 2]));
            i += 2;
        }
    }
    return out;
}

}  // namespace

std::string quote(std::string_view text, std::string_view safe) {
    std::string out;
    out.reserve(text.size());
    for (char c : text) {
        if (is(c, in_unreserved) || safe.find(c) != std::string_view::npos) {
            out += c;
        } else {
            append_code(out, c);
        }
    }
    return out;
}

std::string quote_plus(std::string_view text) {
    std::string out = quote(text, " ");
    for (char& c : out)
        if (c == ' ') c = '+';
    return out;
}

result<bytes> try_unquote(std::string_view text) { return percent_decoded(text, false, "unquote"); }

result<bytes> try_unquote_plus(std::string_view text) {
    return percent_decoded(text, true, "unquote_plus");
}

bytes unquote(std::string_view text) { return value_or_throw(try_unquote(text)); }
bytes unquote_plus(std::string_view text) { return value_or_throw(try_unquote_plus(text)); }

std::string urlencode(const pairs& all) {
    std::string out;
    for (const auto& [name, value] : all) {
        if (!out.empty()) out += '&';
        out += quote_plus(name);
        out += '=';
        out += quote_plus(value);
    }
    return out;
}

result<pairs> try_parse_qsl(std::string_view text, std::size_t count_max) {
    constexpr const char* operation = "parse_qsl";
    pairs all;
    for (std::size_t from = 0; from < text.size();) {
        const std::size_t end = std::min(text.find('&', from), text.size());
        const std::string_view part = text.substr(from, end - from);
        if (!part.empty()) {
            if (all.size() == count_max)
                return std::unexpected(
                    parse_error{defect::too_many_fields, from}.as_failure(operation));
            const std::size_t equals = std::min(part.find('='), part.size());
            auto name = percent_decoded(part.substr(0, equals), true, operation, from);
            if (!name) return std::unexpected(std::move(name.error()));
            const std::size_t behind = std::min(equals + 1, part.size());
            auto value = percent_decoded(part.substr(behind), true, operation, from + behind);
            if (!value) return std::unexpected(std::move(value.error()));
            all.emplace_back(*std::move(name), *std::move(value));
        }
        from = end + 1;
    }
    return all;
}

pairs parse_qsl(std::string_view text, std::size_t count_max) {
    return value_or_throw(try_parse_qsl(text, count_max));
}

}  // namespace priz::http
