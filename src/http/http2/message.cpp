#include "http/http2/message.hpp"

#include <algorithm>
#include <array>

#include "http/authority.hpp"
#include "http/http2/error_code.hpp"
#include "http/target.hpp"
#include "http/text.hpp"

namespace priz::http::http2 {
namespace {

constexpr std::array<std::string_view, 5> of_the_connection{
    "connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade"};

// An absolute target is HTTP/1's; `*` is read as one byte.
bool is_path(std::string_view target) noexcept {
    const bool begins = target.starts_with('/') || target == "*";
    return begins && detail::all_of(target, detail::in_target);
}

}  // namespace

std::string name_of(error_code code) {
    constexpr std::array<std::string_view, 14> names{"NO_ERROR",
                                                     "PROTOCOL_ERROR",
                                                     "INTERNAL_ERROR",
                                                     "FLOW_CONTROL_ERROR",
                                                     "SETTINGS_TIMEOUT",
                                                     "STREAM_CLOSED",
                                                     "FRAME_SIZE_ERROR",
                                                     "REFUSED_STREAM",
                                                     "CANCEL",
                                                     "COMPRESSION_ERROR",
                                                     "CONNECT_ERROR",
                                                     "ENHANCE_YOUR_CALM",
                                                     "INADEQUATE_SECURITY",
                                                     "HTTP_1_1_REQUIRED"};
    const auto number = static_cast<std::uint32_t>(code);
    return number < names.size() ? std::string(names[number]) : "error " + std::to_string(number);
}

defect check_request(message& request) {
    if (request.fields.get_all("host").size() > 1) return defect::several_hosts;
    const auto host = request.fields.get("host");
    if (request.authority.empty() && host) request.authority = std::string(*host);
    if (host && !same_name(*host, request.authority)) return defect::host_is_not_target;

    const bool plain_connect = request.method == "CONNECT" && request.protocol.empty();
    const bool has_authority = request.scheme == "http" || request.scheme == "https";
    if (request.authority.empty()) {
        if (plain_connect || has_authority) return defect::no_host;
    } else if (const auto read = detail::read_authority(request.authority);
               !read || read->host.empty() || (plain_connect && !read->port)) {
        return defect::bad_host;
    }
    if (plain_connect) return defect::none;
    // The extended CONNECT has a target as GET has one.
    const std::string_view method =
        request.protocol.empty() ? std::string_view(request.method) : "GET";
    if (!has_authority) return defect::none;
    if (!is_path(request.path)) return defect::bad_target;
    return detail::read_target(method, request.path).found;
}

bool is_connection_specific(std::string_view name, std::string_view value) noexcept {
    if (same_name(name, "te")) return !same_name(detail::trimmed(value), "trailers");
    return std::ranges::any_of(of_the_connection,
                               [&](std::string_view one) { return same_name(name, one); });
}

}  // namespace priz::http::http2
