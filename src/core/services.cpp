#include "priz/services.hpp"

#include <arpa/inet.h>
#include <netdb.h>

#include <cerrno>

#include "core/reentrant.hpp"
#include "core/resolve_guard.hpp"
#include "core/resolve_port.hpp"
#include "core/services.hpp"

namespace priz {

namespace {

const char* or_null(const std::string& text) { return text.empty() ? nullptr : text.c_str(); }

failure not_known(const char* op, std::string subject) {
    failure why(std::error_code(ENOENT, std::system_category()), op);
    why.with_subject(std::move(subject));
    return why;
}

std::string in_protocol(std::string subject, std::string_view protocol) {
    if (!protocol.empty()) subject += "/" + std::string(protocol);
    return subject;
}

std::optional<std::string> port_name(int port, const std::string& protocol) {
    return detail::reentrant<::servent>(
        [&](::servent* entry, char* texts, std::size_t size, ::servent** found) {
            return ::getservbyport_r(htons(static_cast<std::uint16_t>(port)), or_null(protocol),
                                     entry, texts, size, found);
        },
        [](const ::servent& entry) { return std::string(entry.s_name); });
}

std::optional<int> protocol_number(const std::string& name) {
    return detail::reentrant<::protoent>(
        [&](::protoent* entry, char* texts, std::size_t size, ::protoent** found) {
            return ::getprotobyname_r(name.c_str(), entry, texts, size, found);
        },
        [](const ::protoent& entry) { return entry.p_proto; });
}

// A text with a NUL byte inside names nothing, and would be cut where it stands.
bool holds_nul(std::string_view text) { return text.find('\0') != std::string_view::npos; }

}  // namespace

std::optional<std::uint16_t> detail::service_port(std::string_view name, const char* protocol) {
    if (holds_nul(name)) return std::nullopt;
    const std::string terminated(name);
    return detail::reentrant<::servent>(
        [&](::servent* entry, char* texts, std::size_t size, ::servent** found) {
            return ::getservbyname_r(terminated.c_str(), protocol, entry, texts, size, found);
        },
        [](const ::servent& entry) { return ntohs(static_cast<std::uint16_t>(entry.s_port)); });
}

result<int> try_getservbyname(std::string_view name, std::string_view protocol) noexcept {
    return detail::guarded("getservbyname", [&]() -> result<int> {
        const std::string wanted(protocol);
        if (!holds_nul(protocol))
            if (const auto port = detail::service_port(name, or_null(wanted))) return int{*port};
        return std::unexpected(
            not_known("getservbyname", in_protocol("service '" + std::string(name) + "'", wanted)));
    });
}

result<std::string> try_getservbyport(int port, std::string_view protocol) noexcept {
    constexpr const char* op = "getservbyport";
    if (port < 0 || port > 65535) return std::unexpected(detail::port_out_of_range(port, op));
    return detail::guarded(op, [&]() -> result<std::string> {
        const std::string wanted(protocol);
        if (!holds_nul(protocol))
            if (auto name = port_name(port, wanted)) return *std::move(name);
        return std::unexpected(
            not_known(op, in_protocol("port " + std::to_string(port), protocol)));
    });
}

result<int> try_getprotobyname(std::string_view name) noexcept {
    return detail::guarded("getprotobyname", [&]() -> result<int> {
        if (!holds_nul(name))
            if (const auto number = protocol_number(std::string(name))) return *number;
        return std::unexpected(not_known("getprotobyname", "protocol '" + std::string(name) + "'"));
    });
}

int getservbyname(std::string_view name, std::string_view protocol) {
    return value_or_throw(try_getservbyname(name, protocol));
}

std::string getservbyport(int port, std::string_view protocol) {
    return value_or_throw(try_getservbyport(port, protocol));
}

int getprotobyname(std::string_view name) { return value_or_throw(try_getprotobyname(name)); }

}  // namespace priz
