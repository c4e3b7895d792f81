// prepare.hpp: from what a caller asks for to what goes on a connection.
#pragma once

#include <optional>
#include <string>

#include "http/client/connection.hpp"
#include "http/client/pool.hpp"
#include "priz/http/client_options.hpp"
#include "priz/http/url.hpp"

namespace priz::http::detail {

// A request in the making. Redirections change it.
struct request_plan {
    std::string method;
    http::url where;
    request_options options;
    std::vector<http::url> history;
    // A redirection has led to another origin: no credentials from here on, not even back home.
    bool is_foreign = false;
    bool may_expect = true;
};

// Errors: value_error and defects, of what cannot be sent.
request_plan plan_request(std::string method, const std::string& url, request_options options);

struct prepared_request {
    outgoing_request request;  // refers to the plan's content
    std::optional<http::proxy> proxy;
    std::string credentials;
    bool accepts_codings = false;  // the caller did not say what they accept
};

// Errors: defects of fields that cannot be sent.
prepared_request prepare(const request_plan& plan, const client_options& of_client);

// Whether an answer redirects, and may be followed as far as its status goes.
bool is_redirect(int status) noexcept;

// Makes the plan that of the redirection's target.
//
// Errors: errc::too_many_redirects, refused_redirect, not_repeatable; the defects of the URL.
void follow(request_plan& plan, const answer_head& head, const client_options& of_client);

}  // namespace priz::http::detail
