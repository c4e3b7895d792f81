// priz/http/errc.hpp: why an exchange came to nothing, where neither the network nor the form of a
// message is to blame.
//
// What is wrong with a message, an URL or a field is a defect (defect.hpp); what happens to
// connections has the causes of priz/error.hpp and priz/tls/error.hpp. All of them are causes of
// the one priz::failure. Python: requests.exceptions
#pragma once

#include <system_error>
#include <type_traits>

#include "priz/export.hpp"

namespace priz::http {

enum class errc {
    bad_status = 1,      // response::raise_for_status() of 4xx and 5xx. Python: HTTPError
    too_many_redirects,  // Python: TooManyRedirects
    refused_redirect,    // from https to http, or to something that is not HTTP
    not_repeatable,      // content has to be sent again, and its source gives it but once
    proxy_refused,       // the proxy makes no connection; the hint says why. Python: ProxyError
    unsupported_proxy,   // no kind of proxy that is known here
    unexpected_answer,   // bytes that nobody asked for, too many interim answers, or an upgrade
    wrong_range,         // another part than the one that was asked for
};

// Compares equal to std::errc::protocol_error but for not_repeatable and unsupported_proxy.
PRIZ_API const std::error_category& exchange_category() noexcept;
PRIZ_API std::error_code make_error_code(errc cause) noexcept;

}  // namespace priz::http

template <>
struct std::is_error_code_enum<priz::http::errc> : std::true_type {};
