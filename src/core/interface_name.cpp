#include "interface_name.hpp"

#include <algorithm>
#include <array>

#include "sys.hpp"
#include "text.hpp"

namespace priz::detail {

namespace {

bool is_letter(char c) noexcept { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

bool is_plain(std::string_view name) noexcept {
    return is_letter(name.front()) && std::ranges::all_of(name, [](char c) {
               return is_letter(c) || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
           });
}

}  // namespace

std::string interface_text(std::uint32_t index) {
    std::array<char, IF_NAMESIZE> name{};
    if (index != 0 && sys::if_indextoname(index, name.data()) != nullptr && is_plain(name.data()))
        return name.data();
    return std::to_string(index);
}

std::optional<std::uint32_t> interface_index(std::string_view text) noexcept {
    if (const auto number = read_number(text, UINT32_MAX))
        return static_cast<std::uint32_t>(*number);
    std::array<char, IF_NAMESIZE> name{};
    if (text.size() >= name.size() || text.find('\0') != std::string_view::npos)
        return std::nullopt;
    std::ranges::copy(text, name.begin());
    const unsigned index = sys::if_nametoindex(name.data());
    return index != 0 ? std::optional<std::uint32_t>(index) : std::nullopt;
}

}  // namespace priz::detail
