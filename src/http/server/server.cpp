#include "priz/http/server.hpp"

#include <array>
#include <chrono>
#include <span>
#include <utility>

#include "http/server/connection.hpp"
#include "http/server/http2_connection.hpp"
#include "http/server/proxy_header.hpp"
#include "http/server/server_state.hpp"
#include "priz/http/date.hpp"
#include "priz/io/cancel_scope.hpp"
#include "priz/io/detail/loop_core.hpp"
#include "priz/io/run.hpp"
#include "priz/tls/stream.hpp"

namespace priz::http {

namespace detail {

void server_state::note(refusal why) {
    switch (why) {
        case refusal::bad_request:
        case refusal::too_long:
        case refusal::wrong_host:
        case refusal::bad_proxy:
            refused.fetch_add(1, std::memory_order_relaxed);
            break;
        case refusal::late_head:
        case refusal::late_content:
        case refusal::late_client:
        case refusal::idle:
            late.fetch_add(1, std::memory_order_relaxed);
            break;
    }
    if (options.observer != nullptr) options.observer->refused(why);
}

std::unique_ptr<workspace> loop_state::take_workspace() {
    if (free_.empty()) return std::make_unique<workspace>(server.options.limits);
    auto taken = std::move(free_.back());
    free_.pop_back();
    return taken;
}

void loop_state::give_back(std::unique_ptr<workspace> used) noexcept {
    constexpr std::size_t grown = std::size_t{128} * 1024;
    if (free_.size() == kept_max || used->out.capacity() > grown) return;
    used->asked.reset();
    used->out.clear();
    used->parser.reset();
    try {
        free_.push_back(std::move(used));
    } catch (const std::bad_alloc&) {
        // It is freed then.
    }
}

std::string_view loop_state::date() {
    constexpr std::int64_t second = 1'000'000'000;
    const std::int64_t now = io::detail::this_loop_core().now();
    if (now >= date_until_) {
        using namespace std::chrono;
        const auto since = system_clock::now().time_since_epoch();
        const auto whole = floor<seconds>(since);
        date_ = date_text(whole.count()).text();
        date_until_ = now + second - duration_cast<nanoseconds>(since - whole).count();
    }
    return date_;
}

namespace {

// Apart, so that a connection of HTTP/1 has no memory for it.
io::task<> serve_http2(io::stream s, loop_state& of, connection_facts known, std::string received) {
    http2_connection c(std::move(s), of, known);
    co_await c.run(std::move(received));
}

// Tells the observer of a connection's beginning and end.
class connection_count {
public:
    explicit connection_count(server_observer* told) : told_(told) {
        if (told_ != nullptr) told_->connected();
    }
    connection_count(const connection_count&) = delete;
    connection_count& operator=(const connection_count&) = delete;
    ~connection_count() {
        if (told_ != nullptr) told_->disconnected();
    }

private:
    server_observer* told_;
};

// Whether it is a trusted proxy's, and what that says of it first. False: it does not say that.
io::task<bool> know_proxy(io::stream& s, server_state& state, connection_facts& known) {
    const auto name = s.try_getpeername();
    known.is_of_proxy = name && state.trusted.contain(*name);
    if (!known.is_of_proxy || !state.options.proxies.proxy_protocol) co_return true;
    const auto told = co_await io::fail_after(state.options.header_time, receive_proxy_header(s));
    if (!told) {
        const bool is_late = told.error().code() == priz::errc::timed_out;
        state.note(is_late ? refusal::late_head : refusal::bad_proxy);
        co_return false;
    }
    if (told->is_local) co_return true;
    known.is_secure = told->is_secure;
    known.is_of_proxy = told->client && state.trusted.contain(*told->client);
    co_return true;
}

io::task<> serve_one(io::stream s, loop_state& of) {
    const server_options& options = of.server.options;
    const connection_count counted(options.observer);
    connection_facts known;
    if (!of.server.trusted.empty()) {
        const bool goes_on = co_await know_proxy(s, of.server, known);
        if (!goes_on) co_return;
    }
    if (options.tls) {
        tls::over_options limit;
        limit.handshake_limit = options.header_time;
        auto made = co_await tls::try_accept_over(std::move(s), *options.tls, limit);
        if (!made) co_return;
        s = *std::move(made);
        known.is_secure = true;
    }
    std::string received;
    const bool was_agreed = options.tls && options.http2 && tls::info_of(s).alpn == "h2";
    if (!was_agreed) {
        connection c(std::move(s), of, known);
        co_await c.run();
        if (!c.speaks_http2()) co_return;
        s = c.give_up(received);
    }
    co_await serve_http2(std::move(s), of, known, std::move(received));
}

io::task<> serve_all(io::serving_place where, server_state& state, bool shares_port) {
    io::server own;
    io::serve_options serving = state.options.serving;
    if (serving.control == nullptr) serving.control = &own;
    if (shares_port) serving.reuse_port = true;
    loop_state of(state, serving.control);
    const auto serve = [&of](io::stream s) { return serve_one(std::move(s), of); };
    co_await io::serve(std::move(where), serve, serving);
}

io::task<> serve_by_itself(io::stream s, server_state& state, io::server* accepting) {
    loop_state of(state, accepting);
    co_await serve_one(std::move(s), of);
}

}  // namespace

}  // namespace detail

server_observer::~server_observer() = default;
void server_observer::answered(const request&, const access&) {}
void server_observer::failed(const request&, const std::exception_ptr&) {}
void server_observer::connected() {}
void server_observer::disconnected() {}
void server_observer::refused(refusal) {}
void server_observer::moved(std::uint64_t, std::uint64_t) {}

namespace {
constexpr std::array<std::string_view, 2> all_protocols{"h2", "http/1.1"};
}  // namespace

server::server() : server(server_options()) {}
server::server(server_options options) {
    for (const duration time : {options.header_time, options.idle_time, options.read_time,
                                options.write_time, options.content_grace}) {
        if (time.is_valid() && time >= duration()) continue;
        failure why(priz::errc::value_error, "server");
        why.with_hint("a time of the options is a number of seconds, 0 or more").raise();
    }
    if (options.tls && !options.tls->has_alpn_protocols()) {
        const auto spoken = std::span(all_protocols).subspan(options.http2 ? 0 : 1);
        // A context that connections were made with stays as it is: HTTP/1.1 is spoken with it.
        static_cast<void>(options.tls->try_set_alpn_protocols(spoken));
    }
    state_ = std::make_unique<detail::server_state>(std::move(options));
    const trusted_proxies& proxies = state_->options.proxies;
    const bool asks_somebody =
        proxies.proxy_protocol || proxies.field != trusted_proxies::client_field::none;
    if (asks_somebody && state_->trusted.empty()) {
        failure why(priz::errc::value_error, "server");
        why.with_hint("no proxy is trusted to tell the client: its network is missing").raise();
    }
}
server::server(server&&) noexcept = default;
server& server::operator=(server&&) noexcept = default;
server::~server() = default;

void server::add(std::string_view method, std::string_view pattern,
                 std::unique_ptr<detail::any_handler> does) {
    state_->routes.add(method, pattern, std::move(does));
}

void server::run(const std::string& where) {
    const unsigned threads = state_->options.threads;
    if (threads == 1) return io::run(serve(where));
    io::run(threads, [&] { return detail::serve_all(where, *state_, true); });
}

io::task<> server::serve(io::serving_place where) {
    return detail::serve_all(std::move(where), *state_, false);
}

io::task<> server::serve_stream(io::stream connection, io::server* of) {
    return detail::serve_by_itself(std::move(connection), *state_, of);
}

const server_options& server::options() const noexcept { return state_->options; }

server_statistics server::statistics() const noexcept {
    return {.requests = state_->requests.load(std::memory_order_relaxed),
            .refused = state_->refused.load(std::memory_order_relaxed),
            .late = state_->late.load(std::memory_order_relaxed),
            .failed = state_->failed.load(std::memory_order_relaxed)};
}

}  // namespace priz::http
