// resolve_libc.hpp: getaddrinfo(3) as the C library has it.
#pragma once

#include <expected>
#include <string>
#include <system_error>
#include <vector>

#include "priz/resolve.hpp"

namespace priz::detail {

// What getaddrinfo(3) is asked; null for no name or no service.
struct libc_question {
    const char* name = nullptr;
    const char* service = nullptr;
    int family = AF_UNSPEC;
    int type = 0;
    int proto = 0;
    int flags = 0;
};

using libc_answer = std::expected<std::vector<address_info>, std::error_code>;

// Asks at once and waits as long as it takes. With AI_NUMERICHOST no one is asked.
libc_answer ask_libc(const libc_question& question);

}  // namespace priz::detail
