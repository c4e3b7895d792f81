#include "priz/http/field.hpp"

#include "http/text.hpp"

namespace priz::http {

bool same_name(std::string_view a, std::string_view b) noexcept {
    if (a.size() != b.size()) return false;
    for (std::size_t i = 0; i < a.size(); ++i)
        if (detail::lower(a[i]) != detail::lower(b[i])) return false;
    return true;
}

std::optional<std::string_view> field_list::find(std::string_view name) const noexcept {
    for (const auto field : *this)
        if (same_name(field.name, name)) return field.value;
    return std::nullopt;
}

std::size_t field_list::count(std::string_view name) const noexcept {
    std::size_t found = 0;
    for (const auto field : *this) found += same_name(field.name, name) ? 1U : 0U;
    return found;
}

}  // namespace priz::http
