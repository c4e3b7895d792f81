#include "core/resolve_port.hpp"

#include <netdb.h>
#include <sys/socket.h>

#include <charconv>
#include <string>
#include <string_view>
#include <vector>

#include "core/resolve_guard.hpp"
#include "core/services.hpp"

namespace priz::detail {

namespace {

const char* protocol_of(int type) noexcept {
    switch (type) {
        case SOCK_STREAM:
        case SOCK_SEQPACKET:
            return "tcp";
        case SOCK_DGRAM:
            return "udp";
        default:
            return nullptr;
    }
}

failure unknown_service(std::string_view name, const char* op) {
    failure why(std::error_code(EAI_SERVICE, gai_category()), op);
    why.with_subject("service '" + std::string(name) + "'");
    why.with_hint("/etc/services lists the names that are known; a number does as well");
    return why;
}

}  // namespace

bool numeric_port(const service& port, std::int64_t& number) noexcept {
    if (port.what() == service::form::number) {
        number = port.number();
        return true;
    }
    const std::string_view text = port.text();
    const char* const end = text.data() + text.size();
    const auto [stop, verdict] = std::from_chars(text.data(), end, number);
    if (text.empty() || stop != end) return false;
    if (verdict == std::errc::result_out_of_range) number = text.front() == '-' ? -1 : port_max + 1;
    return verdict != std::errc::invalid_argument;
}

failure port_out_of_range(std::int64_t number, const char* op) noexcept {
    failure why(errc::overflow_error, op);
    try {
        why.with_subject("port " + std::to_string(number));
        why.with_hint("port must be 0-65535");
    } catch (const std::bad_alloc&) {
        return why;
    }
    return why;
}

result<std::uint16_t> port_of(const service& port, int type, const char* op) noexcept {
    if (port.what() == service::form::none) return std::uint16_t{0};
    std::int64_t number = 0;
    if (numeric_port(port, number)) {
        if (number < 0 || number > port_max) return std::unexpected(port_out_of_range(number, op));
        return static_cast<std::uint16_t>(number);
    }
    return guarded(op, [&]() -> result<std::uint16_t> {
        if (const auto found = service_port(port.text(), protocol_of(type))) return *found;
        return std::unexpected(unknown_service(port.text(), op));
    });
}

}  // namespace priz::detail
