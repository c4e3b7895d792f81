#include "priz/http/session.hpp"

#include <optional>
#include <utility>

#include "http/client/told.hpp"
#include "io/told.hpp"
#include "priz/http/client.hpp"
#include "priz/io/runner.hpp"

namespace priz::http {

class session::inside {
public:
    explicit inside(client_options options) { awaited_.emplace(std::move(options)); }
    inside(const inside&) = delete;
    inside& operator=(const inside&) = delete;
    // Connections end on the loop that they belong to.
    ~inside() {
        try {
            loop_.run(close());
        } catch (...) {
            // A loop runs in this thread, or memory has run out: they end without saying goodbye.
            awaited_.reset();
        }
    }

    response request(const std::string& method, const std::string& url,
                     const request_options& options) {
        return loop_.run(awaited_->request(method, url, options));
    }

private:
    io::task<> close() {
        awaited_.reset();
        co_return;
    }

    io::runner loop_;
    std::optional<client> awaited_;
};

namespace {

client_options usual_options() {
    client_options made;
    made.proxies = proxy_settings::environment();
    made.cookies = std::make_shared<cookie_jar>();
    return made;
}

}  // namespace

session::session() : session(usual_options()) {}
session::session(client_options options) : inside_(std::make_unique<inside>(std::move(options))) {}
session::session(session&&) noexcept = default;
session& session::operator=(session&&) noexcept = default;
session::~session() = default;

response session::request(const std::string& method, const std::string& url,
                          const request_options& options) {
    return inside_->request(method, url, options);
}
response session::get(const std::string& url, const request_options& options) {
    return request("GET", url, options);
}
response session::head(const std::string& url, const request_options& options) {
    return request("HEAD", url, options);
}
response session::post(const std::string& url, const request_options& options) {
    return request("POST", url, options);
}
response session::put(const std::string& url, const request_options& options) {
    return request("PUT", url, options);
}
response session::patch(const std::string& url, const request_options& options) {
    return request("PATCH", url, options);
}
response session::delete_(const std::string& url, const request_options& options) {
    return request("DELETE", url, options);
}
result<response> session::try_request(const std::string& method, const std::string& url,
                                      const request_options& options) {
    try {
        return request(method, url, options);
    } catch (...) {
        return std::unexpected(io::detail::failure_told(detail::request_operation));
    }
}

response get(const std::string& url, const request_options& options) {
    return session().get(url, options);
}
response head(const std::string& url, const request_options& options) {
    return session().head(url, options);
}
response post(const std::string& url, const request_options& options) {
    return session().post(url, options);
}
response put(const std::string& url, const request_options& options) {
    return session().put(url, options);
}
response patch(const std::string& url, const request_options& options) {
    return session().patch(url, options);
}
response delete_(const std::string& url, const request_options& options) {
    return session().delete_(url, options);
}
}  // namespace priz::http
