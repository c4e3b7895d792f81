#include "priz/resolve.hpp"

#include "core/resolve_guard.hpp"
#include "core/resolve_info_search.hpp"
#include "core/resolve_infos.hpp"

namespace priz {

namespace detail {

namespace {

const char* hint_for(std::error_code cause) noexcept {
    if (cause == gai_code(EAI_NONAME)) return "check its spelling";
    if (cause == gai_code(EAI_NODATA)) return "the name exists, but has no such address";
    if (cause == gai_code(EAI_AGAIN))
        return "no name server gave an answer (see: /etc/resolv.conf)";
    if (cause == gai_code(EAI_SERVICE))
        return "no service has that name (see: /etc/services); a port's number will do";
    return "";
}

bool is_noname(std::error_code cause) noexcept { return cause == gai_code(EAI_NONAME); }

}  // namespace

std::string host_text(const host& name) {
    switch (name.what()) {
        case host::form::none:
            return {};
        case host::form::text:
            return std::string(name.text());
        case host::form::number:
            break;
    }
    return address::ipv4(static_cast<std::uint32_t>(name.number()), 0).host();
}

failure lookup_failure(std::error_code cause, const char* op, std::string subject) {
    failure why(cause, op);
    const bool nothing = subject.empty() && is_noname(cause);
    why.with_hint(nothing ? "no host is named" : hint_for(cause));
    why.with_subject(std::move(subject));
    return why;
}

bool is_possible_name(std::string_view name) noexcept {
    return !name.empty() && name != "." && name.size() <= NI_MAXHOST;
}

result<std::vector<address_info>> find_infos(const info_query& query,
                                             const resolve_options& options, const char* op) {
    const lookup how = terms_of(options);
    info_search search(query, how, op);
    while (dns_query* const servers = search.pending()) {
        if (const std::error_code stop = wait_for(*servers, how))
            search.stop(stop);
        else
            search.go_on();
    }
    if (const libc_question* const question = search.for_libc())
        search.take_answer(ask_libc_until(*question, how));
    return search.take();
}

}  // namespace detail

result<std::vector<address_info>> try_getaddrinfo(const host& name, const service& service,
                                                  int family, int type, int proto, int flags,
                                                  const resolve_options& options) noexcept {
    return detail::guarded("getaddrinfo", [&] {
        return detail::find_infos({name, service, family, type, proto, flags}, options,
                                  "getaddrinfo");
    });
}

std::vector<address_info> getaddrinfo(const host& name, const service& service, int family,
                                      int type, int proto, int flags,
                                      const resolve_options& options) {
    return value_or_throw(try_getaddrinfo(name, service, family, type, proto, flags, options));
}

}  // namespace priz
