// resolve_libc.hpp: name look-up as the C library has it.
#pragma once

#include <expected>
#include <string>
#include <system_error>
#include <vector>

#include "core/resolve_lookup.hpp"
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

// Asks and waits as long as it takes. With AI_NUMERICHOST no one is asked.
libc_answer ask_libc(const libc_question& question);

// Asks and waits by the terms of `how`.
libc_answer ask_libc_until(const libc_question& question, const lookup& how);

// gethostbyname(3) and gethostbyaddr(3), which have no deadline.
record_result libc_record(const std::string& name, const lookup& how);
record_result libc_record(const address& where, const lookup& how);

// getnameinfo(3), which has none either. With NI_NUMERICHOST no one is asked.
std::expected<name_info, std::error_code> libc_names(const address& where, int flags);

}  // namespace priz::detail
