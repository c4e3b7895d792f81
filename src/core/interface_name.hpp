// interface_name.hpp: network interfaces as they stand inside the text of an address.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace priz::detail {

// The name of interface `index`; its number where there is no such interface, or where its name
// could be taken for something else (the kernel lets an interface be called `5` or `a]b`).
std::string interface_text(std::uint32_t index);

// What interface_text() wrote, or any interface's name. Nothing for a name that no interface has.
std::optional<std::uint32_t> interface_index(std::string_view text) noexcept;

}  // namespace priz::detail
