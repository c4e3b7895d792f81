// names.hpp: what families and types are called in messages.
#pragma once

#include <string>

#include "priz/export.hpp"

namespace priz::detail {

// "AF_INET", "SOCK_STREAM"; a number in text where the name is not known.
std::string family_name(int family);
std::string type_name(int type);

// "tcp", "udp", "unix", …: the word that stands for family, type and protocol together in messages.
PRIZ_API const char* transport_name(int family, int type, int proto) noexcept;

}  // namespace priz::detail
