// services.hpp: the look-up behind port names.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace priz::detail {

// The port of a service, in host byte order; `protocol` may be null for any.
std::optional<std::uint16_t> service_port(std::string_view name, const char* protocol);

}  // namespace priz::detail
