#include "priz/http/range.hpp"

#include <algorithm>

#include "http/text.hpp"
#include "priz/http/defect.hpp"

namespace priz::http {

using namespace detail;

namespace {

std::unexpected<failure> refused(defect what, const char* operation) {
    return std::unexpected(parse_error{what, 0}.as_failure(operation));
}

// "bytes", and what follows behind `divider`.
std::optional<std::string_view> behind_unit(std::string_view value, char divider) noexcept {
    const std::size_t at = value.find(divider);
    if (at == std::string_view::npos || !is_word(value.substr(0, at), "bytes")) return std::nullopt;
    return value.substr(at + 1);
}

struct wanted {
    std::optional<std::uint64_t> first;
    std::optional<std::uint64_t> last;  // without a first: how many at the end
};

std::optional<wanted> read_spec(std::string_view text) noexcept {
    const std::size_t hyphen = text.find('-');
    if (hyphen == std::string_view::npos) return std::nullopt;
    const std::string_view before = text.substr(0, hyphen), behind = text.substr(hyphen + 1);
    const wanted spec{decimal(before), decimal(behind)};
    const bool right = (spec.first || before.empty()) && (spec.last || behind.empty()) &&
                       (spec.first || spec.last);
    if (!right || (spec.first && spec.last && *spec.first > *spec.last)) return std::nullopt;
    return spec;
}

std::optional<byte_range> within(const wanted& spec, std::uint64_t size) noexcept {
    if (!spec.first) {
        if (*spec.last == 0 || size == 0) return std::nullopt;
        return byte_range{size - std::min(size, *spec.last), size - 1};
    }
    if (*spec.first >= size) return std::nullopt;
    return byte_range{*spec.first, std::min(spec.last.value_or(size - 1), size - 1)};
}

std::size_t overlaps(std::vector<byte_range> ranges) {
    std::ranges::sort(ranges, {}, &byte_range::first);
    std::size_t count = 0;
    std::uint64_t reached = 0;
    for (std::size_t i = 0; i < ranges.size(); ++i) {
        if (i != 0 && ranges[i].first <= reached) ++count;
        reached = std::max(reached, ranges[i].last);
    }
    return count;
}

}  // namespace

result<std::vector<byte_range>> try_parse_range(std::string_view value, std::uint64_t size,
                                                std::size_t count_max) {
    constexpr const char* operation = "parse_range";
    auto list = behind_unit(value, '=');
    if (!list) return refused(defect::bad_syntax, operation);
    std::vector<byte_range> ranges;
    std::size_t count = 0;
    while (!list->empty()) {
        const std::string_view element = take_element(*list);
        if (element.empty()) continue;
        const auto spec = read_spec(element);
        if (!spec) return refused(defect::bad_syntax, operation);
        if (++count > count_max) return refused(defect::too_many_fields, operation);
        if (const auto range = within(*spec, size)) ranges.push_back(*range);
    }
    if (count == 0) return refused(defect::bad_syntax, operation);
    if (overlaps(ranges) > 2) return refused(defect::too_many_fields, operation);
    return ranges;
}

std::vector<byte_range> parse_range(std::string_view value, std::uint64_t size,
                                    std::size_t count_max) {
    return value_or_throw(try_parse_range(value, size, count_max));
}

std::string content_range::str() const {
    std::string text = "bytes ";
    text += range ? std::to_string(range->first) + '-' + std::to_string(range->last) : "*";
    text += '/';
    text += size ? std::to_string(*size) : "*";
    return text;
}

result<content_range> try_parse_content_range(std::string_view value) {
    constexpr const char* operation = "parse_content_range";
    const auto rest = behind_unit(value, ' ');
    const std::size_t slash = rest ? rest->find('/') : std::string_view::npos;
    if (slash == std::string_view::npos) return refused(defect::bad_syntax, operation);
    const std::string_view part = rest->substr(0, slash), whole = rest->substr(slash + 1);
    content_range found;
    if (whole != "*") {
        found.size = decimal(whole);
        if (!found.size) return refused(defect::bad_syntax, operation);
    }
    if (part == "*") {
        if (!found.size) return refused(defect::bad_syntax, operation);
        return found;
    }
    const auto spec = read_spec(part);
    // Bytes 0 to 2^64 - 1 would be more than a size can say.
    if (!spec || !spec->first || !spec->last || *spec->last == UINT64_MAX ||
        (found.size && *spec->last >= *found.size))
        return refused(defect::bad_syntax, operation);
    found.range = {*spec->first, *spec->last};
    return found;
}

content_range parse_content_range(std::string_view value) {
    return value_or_throw(try_parse_content_range(value));
}

}  // namespace priz::http
