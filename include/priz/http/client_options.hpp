// priz/http/client_options.hpp: what a client is told once, and what a request says.
//
//     http::client c({.headers = {{"Accept", "application/json"}}});
//     co_await c.get(url, {.params = {{"q", "tea"}}, .timeout = 5});
//
// Values. Nothing is read from the environment unless an option says so. Python: requests.Session's
// attributes, the arguments of requests.request()
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include "priz/duration.hpp"
#include "priz/export.hpp"
#include "priz/http/connector.hpp"
#include "priz/http/content_decoder.hpp"
#include "priz/http/cookies.hpp"
#include "priz/http/headers.hpp"
#include "priz/http/limits.hpp"
#include "priz/http/proxy.hpp"
#include "priz/http/query.hpp"
#include "priz/http/request_content.hpp"
#include "priz/http/timeouts.hpp"
#include "priz/tls/context.hpp"

namespace priz::http {

// Which versions of HTTP a client speaks.
enum class http2_use {
    never,       // HTTP/1.1
    negotiated,  // HTTP/2 where a server chooses it in the handshake of TLS, otherwise HTTP/1.1
    always,      // HTTP/2, without being asked where there is no TLS (prior knowledge)
};

struct client_options {
    // Sent with every request, unless the request has its own of that name.
    http::headers headers = {};
    std::string user_agent = "priz/0.1";

    // Whom to trust and which certificate to show; none: a context with its defaults, made when it
    // is first needed. A context of one's own keeps the application protocols that its owner gave
    // it; one that has none, and was not used yet, is given those of `http2`.
    std::optional<tls::context> tls = std::nullopt;

    // On a connection of HTTP/2 requests go side by side, up to what the server allows.
    http2_use http2 = http2_use::negotiated;

    // What servers ask to be told again; null: none are kept. A request that has a Cookie field of
    // its own gets none of these.
    std::shared_ptr<cookie_jar> cookies = nullptr;

    // None, unless told: proxy_settings::environment() reads the environment's.
    proxy_settings proxies = {};

    // Every connection goes to this Unix socket, whatever the URL's host: a server on this machine.
    // There is no proxy then, and no redirection to another origin.
    std::string unix_path = {};

    // Where connections come from; null: io::connect().
    std::shared_ptr<http::connector> connector = nullptr;

    // Asks for content in the codings that content_decoder knows, and takes them off. A request
    // that has an Accept-Encoding of its own, or a Range, gets what is sent as it is; so does
    // everyone where the server's coding is another. "deflate" is understood and not asked for:
    // two formats go by that name.
    bool decode = true;
    decoding_limits decoding = {};

    timeouts times = {};
    limits most = client_limits();

    // Connections with one identity at a time; further requests wait. Idle ones of all identities.
    // How long one may be idle.
    std::size_t connections_max = 16;
    std::size_t idle_max = 100;
    duration idle_time = 60;
};

// How far an answer has come.
struct transfer {
    std::uint64_t received = 0;                         // bytes of content, as they were sent
    std::optional<std::uint64_t> total = std::nullopt;  // nothing where it is not known
};

// What is called with each piece that comes: a callable that takes a `const transfer&`.
class PRIZ_API progress_callback {
public:
    progress_callback() noexcept = default;
    template <class Call>
    requires std::is_invocable_v<Call&, const transfer&> progress_callback(Call call)
        : called_(std::make_shared<holder<Call>>(std::move(call))) {}

    explicit operator bool() const noexcept { return called_ != nullptr; }
    void operator()(const transfer& now) const { called_->call(now); }

private:
    class base {
    public:
        virtual ~base() = default;
        virtual void call(const transfer& now) = 0;
    };
    template <class Call>
    class holder final : public base {
    public:
        explicit holder(Call call) : call_(std::move(call)) {}
        void call(const transfer& now) override { call_(now); }

    private:
        Call call_;
    };

    std::shared_ptr<base> called_;
};

// Basic authentication. Python: requests.auth.HTTPBasicAuth
struct basic_credentials {
    std::string username;
    std::string password;
};

struct request_options {
    http::headers headers = {};
    // Appended to the URL's query. Python: params
    pairs params = {};

    // What the request carries: content, or a form (application/x-www-form-urlencoded).
    request_content content = {};
    std::string content_type = {};  // empty: none is told
    pairs form = {};

    // Otherwise those of the URL, "https://user:password@host/". They go to the URL's own origin
    // alone, whatever is redirected.
    std::optional<basic_credentials> auth = std::nullopt;

    // A token that says who asks (RFC 6750), in the place of a user and a password. It goes to the
    // URL's own origin alone, too.
    // Errors: value_error beside `auth`, and for a token that is none.
    std::optional<std::string> bearer = std::nullopt;

    // For everything, from the name's look-up to the last byte of the answer. None: 300 s for an
    // answer that is collected; for one that is streamed no end but that of client_options::times.
    std::optional<duration> timeout = std::nullopt;

    // Python: allow_redirects, Session.max_redirects
    bool allow_redirects = true;
    int redirects_max = 10;

    // Of an answer that is collected, in bytes, with its coding taken off.
    std::uint64_t content_max = std::uint64_t{64} * 1024 * 1024;

    progress_callback on_progress = {};
};

}  // namespace priz::http
