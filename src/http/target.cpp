#include "http/target.hpp"

#include "http/authority.hpp"
#include "http/text.hpp"

namespace priz::http::detail {

namespace {

// "http" or "https" alone. Userinfo is refused (RFC 9110, 4.2.4).
target_reading read_absolute(std::string_view target) noexcept {
    target_reading read{defect::bad_target, target_form::absolute, {}};
    const std::size_t colon = target.find(':');
    const std::string_view scheme = target.substr(0, colon);
    std::string_view rest = target.substr(colon);
    if (!is_word(scheme, "http") && !is_word(scheme, "https")) return read;
    if (!rest.starts_with("://")) return read;
    rest.remove_prefix(3);
    read.authority = rest.substr(0, rest.find_first_of("/?"));
    const auto found = read_authority(read.authority);
    if (found && !found->host.empty()) read.found = defect::none;
    return read;
}

}  // namespace

target_reading read_target(std::string_view method, std::string_view target) noexcept {
    using enum target_form;
    const bool connect = method == "CONNECT";
    const auto only_if = [](bool right) {
        return right ? defect::none : defect::wrong_target_form;
    };
    if (target.empty()) return {defect::bad_target, origin, {}};
    if (target[0] == '/') return {only_if(!connect), origin, {}};
    if (target == "*") return {only_if(method == "OPTIONS"), asterisk, {}};
    if (target.find("://") != std::string_view::npos) {
        target_reading read = read_absolute(target);
        if (connect) read.found = defect::wrong_target_form;
        return read;
    }
    const auto peer = read_authority(target);
    if (!peer || peer->host.empty() || peer->port.value_or(0) == 0)
        return {defect::bad_target, authority, {}};
    return {only_if(connect), authority, target};
}

}  // namespace priz::http::detail
