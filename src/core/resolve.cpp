#include "priz/resolve.hpp"

#include <cstdint>

#include "core/resolve_guard.hpp"
#include "core/resolve_libc.hpp"
#include "core/resolve_port.hpp"

namespace priz {

namespace {

constexpr const char* op = "getaddrinfo";

std::optional<std::string> text_of(const host& name) {
    switch (name.what()) {
        case host::form::none:
            return std::nullopt;
        case host::form::text:
            return std::string(name.text());
        case host::form::number:
            break;
    }
    return address::ipv4(static_cast<std::uint32_t>(name.number()), 0).host();
}

}  // namespace

result<std::vector<address_info>> try_getaddrinfo(const host& name, const service& service,
                                                  int family, int type, int proto, int flags,
                                                  const resolve_options& options) noexcept {
    return detail::guarded(op, [&]() -> result<std::vector<address_info>> {
        if (options.until.has_passed()) return std::unexpected(failure(errc::timed_out, op));
        const auto host_text = text_of(name);
        std::int64_t number = 0;
        const bool numeric = detail::numeric_port(service, number);
        if (numeric && (number < 0 || number > 65535))
            return std::unexpected(detail::port_out_of_range(number, op));
        const std::string port = numeric ? std::to_string(number) : std::string(service.text());
        auto found =
            detail::ask_libc({host_text ? host_text->c_str() : nullptr,
                              service.what() == service::form::none ? nullptr : port.c_str(),
                              family, type, proto, flags});
        if (found) return *std::move(found);
        failure why(found.error(), op);
        why.with_subject(host_text.value_or(""));
        return std::unexpected(why);
    });
}

std::vector<address_info> getaddrinfo(const host& name, const service& service, int family,
                                      int type, int proto, int flags,
                                      const resolve_options& options) {
    return value_or_throw(try_getaddrinfo(name, service, family, type, proto, flags, options));
}

}  // namespace priz
