#include "core/resolve_libc.hpp"

#include <cerrno>
#include <memory>

namespace priz::detail {

namespace {

struct free_results {
    void operator()(::addrinfo* all) const noexcept { ::freeaddrinfo(all); }
};
using results = std::unique_ptr<::addrinfo, free_results>;

std::error_code cause_of(int verdict) noexcept {
    if (verdict == EAI_SYSTEM) return {errno, std::system_category()};
    return {verdict, gai_category()};
}

address_info converted(const ::addrinfo& from) {
    return {.family = from.ai_family,
            .type = from.ai_socktype,
            .proto = from.ai_protocol,
            .canonname = from.ai_canonname != nullptr ? from.ai_canonname : "",
            .address = address::from_sockaddr(from.ai_addr, from.ai_addrlen)};
}

}  // namespace

libc_answer ask_libc(const libc_question& question) {
    ::addrinfo hints{};
    hints.ai_family = question.family;
    hints.ai_socktype = question.type;
    hints.ai_protocol = question.proto;
    hints.ai_flags = question.flags;
    ::addrinfo* first = nullptr;
    const int verdict = ::getaddrinfo(question.name, question.service, &hints, &first);
    if (verdict != 0) return std::unexpected(cause_of(verdict));
    const results held(first);
    std::vector<address_info> answer;
    for (const ::addrinfo* at = first; at != nullptr; at = at->ai_next)
        answer.push_back(converted(*at));
    return answer;
}

}  // namespace priz::detail
