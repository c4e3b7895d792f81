// priz/http/session.hpp: HTTP requests that block, in one line.
//
//     auto r = priz::http::get("https://example.org/x.json");
//
//     http::session s;                          // keeps connections from one request to the next
//     s.get("http://localhost:8080/login");
//
// These run the awaited client (client.hpp) on a loop of their own, in the calling thread: there
// are no other threads. Each call returns when its answer has come, whole; every call has a
// deadline (request_options::timeout, 300 s by itself). Where a loop runs in the thread already
// they fail: await a client there. The environment's proxies are used, as requests and curl do it;
// say client_options::proxies to a session to have others.
//
// Python: requests.get() and the others, requests.Session
#pragma once

#include <memory>
#include <string>

#include "priz/export.hpp"
#include "priz/http/client_options.hpp"
#include "priz/http/response.hpp"

namespace priz::http {

class PRIZ_API session {
public:
    // With the environment's proxies, and a jar for cookies. Errors: as
    // proxy_settings::environment(); as io::run().
    session();
    // As the options say: no proxies but those, and no cookies without a jar.
    explicit session(client_options options);
    session(session&&) noexcept;
    session& operator=(session&&) noexcept;
    ~session();

    // As those of client. Errors: as client::request(); value_error where a loop runs in this
    // thread.
    response request(const std::string& method, const std::string& url,
                     const request_options& options = {});
    response get(const std::string& url, const request_options& options = {});
    response head(const std::string& url, const request_options& options = {});
    response post(const std::string& url, const request_options& options = {});
    response put(const std::string& url, const request_options& options = {});
    response patch(const std::string& url, const request_options& options = {});
    response delete_(const std::string& url, const request_options& options = {});
    result<response> try_request(const std::string& method, const std::string& url,
                                 const request_options& options = {});

private:
    class inside;
    std::unique_ptr<inside> inside_;
};

// One request on a session of its own. For other methods, and for try_request(), there is session.
// Errors: as those of session.
PRIZ_API response get(const std::string& url, const request_options& options = {});
PRIZ_API response head(const std::string& url, const request_options& options = {});
PRIZ_API response post(const std::string& url, const request_options& options = {});
PRIZ_API response put(const std::string& url, const request_options& options = {});
PRIZ_API response patch(const std::string& url, const request_options& options = {});
PRIZ_API response delete_(const std::string& url, const request_options& options = {});

}  // namespace priz::http
