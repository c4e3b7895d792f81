#include "http/client/prepare.hpp"

#include <algorithm>
#include <utility>

#include "http/client/base64.hpp"
#include "http/client/dial.hpp"
#include "http/client/told.hpp"
#include "http/text.hpp"
#include "priz/http/defect.hpp"
#include "priz/http/errc.hpp"

namespace priz::http::detail {

namespace {

constexpr std::uint64_t expect_above = std::uint64_t{1024} * 1024;

// What tells a server who asks. It stays with the origin that it was meant for.
bool is_credential(std::string_view name) noexcept {
    return is_word(name, "authorization") || is_word(name, "cookie");
}

bool has_content_by_method(std::string_view method) noexcept {
    return method == "POST" || method == "PUT" || method == "PATCH";
}

bool goes_through_proxy_openly(const url& where, const std::optional<http::proxy>& by) noexcept {
    return by && !where.secure() && (by->how == proxy::kind::http || by->how == proxy::kind::https);
}

std::string basic(std::string_view user, std::string_view password) {
    std::string both(user);
    both.append(":").append(password);
    return "Basic " + base64(both);
}

// b64token (RFC 6750, 2.1).
bool is_bearer_token(std::string_view text) noexcept {
    constexpr std::string_view others = "-._~+/";
    std::size_t end = text.size();
    while (end > 0 && text[end - 1] == '=') --end;
    return end > 0 && std::ranges::all_of(text.substr(0, end), [&](char c) {
               return is_letter(c) || is_digit(c) || others.find(c) != others.npos;
           });
}

// Of the option, of the URL, or none.
std::string authorization_of(const request_plan& plan) {
    if (plan.is_foreign) return {};
    if (const auto& token = plan.options.bearer) {
        if (plan.options.auth)
            refuse(priz::errc::value_error, "bearer", "either a user and a password or a token");
        if (!is_bearer_token(*token))
            refuse(priz::errc::value_error, "bearer",
                   "letters, digits and -._~+/ with = behind them make a token");
        return "Bearer " + *token;
    }
    if (const auto& given = plan.options.auth) {
        if (given->username.find(':') != std::string::npos)
            refuse(priz::errc::value_error, "auth", "a user's name has no colon");
        return basic(given->username, given->password);
    }
    const auto& userinfo = plan.where.userinfo();
    if (!userinfo) return {};
    const std::string_view text = *userinfo;
    const std::size_t colon = std::min(text.find(':'), text.size());
    const std::string user = unquote(text.substr(0, colon));
    const std::string password = unquote(text.substr(std::min(colon + 1, text.size())));
    if (user.find(':') != std::string::npos)
        refuse(priz::errc::value_error, plan.where.str(), "a user's name has no colon");
    return basic(user, password);
}

class field_maker {
public:
    field_maker(const request_plan& plan, const client_options& of_client)
        : plan_(plan), of_client_(of_client) {}

    http::headers make(const std::string& authorization) {
        const auto host = plan_.options.headers.get("Host");
        made_.add("Host", host ? *host : std::string_view(plan_.where.authority()));
        add_unless_given("User-Agent", of_client_.user_agent);
        add_unless_given("Accept", "*/*");
        if (accepts_codings()) made_.add("Accept-Encoding", "gzip, br, zstd");
        if (!authorization.empty()) made_.add("Authorization", authorization);
        if (!plan_.options.content_type.empty())
            add_unless_given("Content-Type", plan_.options.content_type);
        for (const field_view field : of_client_.headers)
            if (!plan_.options.headers.contains(field.name)) add(field, authorization);
        for (const field_view field : plan_.options.headers) add(field, authorization);
        // Chosen for this very URL, whoever has led here.
        if (of_client_.cookies != nullptr && !made_.contains("Cookie")) {
            const std::string kept = of_client_.cookies->give(plan_.where);
            if (!kept.empty()) made_.add("Cookie", kept);
        }
        return std::move(made_);
    }

    // A part of something coded means nothing without the rest.
    bool accepts_codings() const noexcept {
        return of_client_.decode && !is_given("Accept-Encoding") && !is_given("Range");
    }

private:
    bool is_given(std::string_view name) const noexcept {
        return plan_.options.headers.contains(name) || of_client_.headers.contains(name);
    }
    void add_unless_given(std::string_view name, std::string_view value) {
        if (!value.empty() && !is_given(name)) made_.add(name, value);
    }
    void add(const field_view& field, const std::string& authorization) {
        if (is_word(field.name, "host")) return;
        if (is_word(field.name, "authorization") && !authorization.empty()) return;
        if (plan_.is_foreign && is_credential(field.name)) return;
        if (is_word(field.name, "proxy-authorization"))
            refuse(priz::errc::value_error, "Proxy-Authorization",
                   "the proxy's URL has its user and password; the server would be told them");
        made_.add(field.name, field.value);
    }

    const request_plan& plan_;
    const client_options& of_client_;
    http::headers made_;
};

}  // namespace

request_plan plan_request(std::string method, const std::string& url, request_options options) {
    request_plan plan;
    auto where = try_parse_url(url);
    if (!where) where.error().with_operation(request_operation).raise();
    plan.where = *std::move(where);
    if (plan.where.scheme() != "http" && plan.where.scheme() != "https")
        refuse(defect::bad_scheme, plan.where.str(), "a request goes to http or https");
    if (!is_token(method)) refuse(defect::bad_method, method);
    if (method == "CONNECT")
        refuse(priz::errc::value_error, method, "tunnels are made where a proxy needs them");
    if (!options.params.empty()) {
        std::string text = plan.where.str_with_userinfo();
        text.resize(std::min(text.find('#'), text.size()));
        text += plan.where.query() ? '&' : '?';
        text += urlencode(options.params);
        plan.where = parse_url(text);
    }
    if (!options.form.empty()) {
        if (!options.content.empty())
            refuse(priz::errc::value_error, plan.where.str(), "either content or a form");
        options.content = urlencode(options.form);
        if (options.content_type.empty())
            options.content_type = "application/x-www-form-urlencoded";
    }
    plan.method = std::move(method);
    plan.options = std::move(options);
    return plan;
}

prepared_request prepare(const request_plan& plan, const client_options& of_client) {
    prepared_request made;
    const std::string authorization = authorization_of(plan);
    outgoing_request& out = made.request;
    out.method = plan.method;
    out.scheme = plan.where.scheme();
    out.authority = plan.where.authority();
    out.target = plan.where.target();
    out.shown = plan.method + " " + plan.where.str();
    out.content = &plan.options.content;
    out.has_content = !plan.options.content.empty() || has_content_by_method(plan.method);
    field_maker fields(plan, of_client);
    made.accepts_codings = fields.accepts_codings();
    out.fields = fields.make(authorization);
    for (const std::string_view value : out.fields.get_all("Authorization"))
        made.credentials.append(value).append("\n");

    const auto length = plan.options.content.length();
    if (plan.may_expect && out.has_content && length && *length > expect_above &&
        !out.fields.contains("Expect"))
        out.fields.add("Expect", "100-continue");
    out.expects_continue = out.fields.contains("Expect");

    if (of_client.unix_path.empty()) made.proxy = of_client.proxies.choose(plan.where);
    if (goes_through_proxy_openly(plan.where, made.proxy)) {
        out.target = out.scheme + "://" + out.authority + out.target;
        const std::string for_proxy = proxy_authorization(*made.proxy);
        if (!for_proxy.empty()) out.fields.add("Proxy-Authorization", for_proxy);
    }
    return made;
}

bool is_redirect(int status) noexcept {
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

namespace {

url target_of(const request_plan& plan, const answer_head& head) {
    const auto all = head.fields.get_all("Location");
    for (const std::string_view each : all)
        if (each != all.front())
            refuse(errc::refused_redirect, plan.where.str(), "it has several targets");
    auto target = plan.where.try_resolve(quote_reference(all.front()));
    if (!target) target.error().with_operation(request_operation).raise();
    return *std::move(target);
}

void drop_content(request_plan& plan) {
    plan.options.content = request_content();
    plan.options.content_type.clear();
    for (const char* name : {"Content-Type", "Content-Encoding", "Content-Language",
                             "Content-Location", "Content-MD5", "Digest", "Expect"})
        plan.options.headers.remove(name);
}

}  // namespace

void follow(request_plan& plan, const answer_head& head, const client_options& of_client) {
    const url target = target_of(plan, head);
    if (plan.history.size() >= static_cast<std::size_t>(std::max(0, plan.options.redirects_max)))
        refuse(errc::too_many_redirects, plan.where.str());
    if (target.scheme() != "http" && target.scheme() != "https")
        refuse(errc::refused_redirect, plan.where.str(), "not to http or https");
    if (plan.where.secure() && !target.secure())
        refuse(errc::refused_redirect, plan.where.str(), "from https to http: " + target.str());
    const bool is_another = !same_origin(plan.where, target);
    if (is_another && !of_client.unix_path.empty())
        refuse(errc::refused_redirect, plan.where.str(),
               "from a Unix socket to another origin: " + target.str());

    const bool was_post = plan.method == "POST" && (head.status == 301 || head.status == 302);
    if (was_post || (head.status == 303 && plan.method != "HEAD")) {
        plan.method = "GET";
        drop_content(plan);
    } else if (!plan.options.content.is_repeatable()) {
        refuse(errc::not_repeatable, plan.where.str(),
               "redirected to " + target.str() + " with content that comes but once");
    }
    // The userinfo that a server put into its target is dropped: whom to ask as is not its to say.
    std::string next = target.str();
    if (!is_another && plan.where.userinfo())
        next = target.scheme() + "://" + *plan.where.userinfo() + "@" + target.authority() +
               target.target();
    if (is_another) {
        plan.is_foreign = true;
        plan.options.auth.reset();
        for (const char* name : {"Authorization", "Cookie", "Host"})
            plan.options.headers.remove(name);
    }
    plan.history.push_back(parse_url(plan.where.str()));
    plan.where = parse_url(next);
}

}  // namespace priz::http::detail
