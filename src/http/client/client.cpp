#include "priz/http/client.hpp"

#include <utility>

#include "http/client/client_state.hpp"
#include "http/client/told.hpp"
#include "http/text.hpp"
#include "io/told.hpp"
#include "priz/http/defect.hpp"
#include "priz/io/cancel_scope.hpp"

namespace priz::http {

using namespace detail;

namespace {

constexpr duration collected_in = 300;

io::task<answer> open_until(std::shared_ptr<client_state> by, request_plan plan, deadline until) {
    std::unique_ptr<answer_state> made =
        co_await io::fail_at(until, ask(std::move(by), std::move(plan)));
    made->until = until;
    answer given(std::move(made));
    made = nullptr;
    co_return given;
}

io::task<answer> open_planned(std::shared_ptr<client_state> by, std::string method, std::string url,
                              request_options options, duration usual) {
    const deadline until = io::detail::after_on_this_loop(options.timeout.value_or(usual));
    request_plan plan = plan_request(std::move(method), url, std::move(options));
    co_return co_await open_until(std::move(by), std::move(plan), until);
}

io::task<response> perform(std::shared_ptr<client_state> by, std::string method, std::string url,
                           request_options options) {
    const std::uint64_t most = options.content_max;
    answer given = co_await open_planned(std::move(by), std::move(method), std::move(url),
                                         std::move(options), collected_in);
    co_return co_await given.collect(most);
}

template <class T>
io::task<result<T>> or_failure(io::task<T> doing) {
    try {
        co_return co_await std::move(doing);
    } catch (...) {
        co_return std::unexpected(io::detail::failure_told(request_operation));
    }
}

io::task<content_piece> read_piece(answer_state& of) {
    const std::string_view piece = co_await of.read();
    co_return content_piece(piece);
}

io::task<response> collect_all(answer_state& of, std::uint64_t most) {
    response made;
    made.status = of.head.status;
    made.reason = of.head.reason;
    made.version = of.head.version;
    made.headers = of.head.fields;
    made.url = of.url;
    made.history = of.history;
    for (;;) {
        const std::string_view piece = co_await of.read();
        if (piece.empty()) break;
        if (piece.size() > most - made.content.size()) {
            of.under_way.reset();
            of.has_failed = true;
            refuse(defect::content_too_large, of.url.str(), "see request_options::content_max");
        }
        made.content.append(piece);
    }
    made.trailers = of.trailers;
    co_return made;
}

}  // namespace

answer::answer(std::unique_ptr<answer_state> inside) noexcept : inside_(std::move(inside)) {}
answer::answer(answer&& other) noexcept = default;
answer& answer::operator=(answer&& other) noexcept = default;
answer::~answer() = default;

int answer::status() const noexcept { return inside_->head.status; }
const std::string& answer::reason() const noexcept { return inside_->head.reason; }
const std::string& answer::version() const noexcept { return inside_->head.version; }
const http::headers& answer::headers() const noexcept { return inside_->head.fields; }
const http::url& answer::url() const noexcept { return inside_->url; }
const std::vector<http::url>& answer::history() const noexcept { return inside_->history; }
const http::headers& answer::trailers() const noexcept { return inside_->trailers; }

std::optional<std::uint64_t> answer::content_length() const noexcept {
    const auto told = inside_->head.fields.get("Content-Length");
    return told ? decimal(*told) : std::nullopt;
}

io::task<content_piece> answer::read() { return read_piece(*inside_); }
io::task<result<content_piece>> answer::try_read() { return or_failure(read()); }

io::task<response> answer::collect(std::uint64_t content_max) {
    return collect_all(*inside_, content_max);
}
io::task<result<response>> answer::try_collect(std::uint64_t content_max) {
    return or_failure(collect(content_max));
}

client::client(client_options options)
    : state_(std::make_shared<client_state>(std::move(options))) {}
client::client(client&&) noexcept = default;
client& client::operator=(client&&) noexcept = default;
client::~client() {
    if (state_ != nullptr) clear();
}

io::task<response> client::request(std::string method, std::string url,
                                   const request_options& options) {
    return perform(state_, std::move(method), std::move(url), options);
}
io::task<response> client::request(std::string method, std::string url) {
    return perform(state_, std::move(method), std::move(url), request_options());
}
io::task<result<response>> client::try_request(std::string method, std::string url,
                                               const request_options& options) {
    return or_failure(request(std::move(method), std::move(url), options));
}
io::task<result<response>> client::try_request(std::string method, std::string url) {
    return or_failure(request(std::move(method), std::move(url)));
}
io::task<response> client::get(std::string url) { return request("GET", std::move(url)); }
io::task<response> client::get(std::string url, const request_options& options) {
    return request("GET", std::move(url), options);
}
io::task<response> client::head(std::string url) { return request("HEAD", std::move(url)); }
io::task<response> client::head(std::string url, const request_options& options) {
    return request("HEAD", std::move(url), options);
}
io::task<response> client::post(std::string url) { return request("POST", std::move(url)); }
io::task<response> client::post(std::string url, const request_options& options) {
    return request("POST", std::move(url), options);
}
io::task<response> client::put(std::string url) { return request("PUT", std::move(url)); }
io::task<response> client::put(std::string url, const request_options& options) {
    return request("PUT", std::move(url), options);
}
io::task<response> client::patch(std::string url) { return request("PATCH", std::move(url)); }
io::task<response> client::patch(std::string url, const request_options& options) {
    return request("PATCH", std::move(url), options);
}
io::task<response> client::delete_(std::string url) { return request("DELETE", std::move(url)); }
io::task<response> client::delete_(std::string url, const request_options& options) {
    return request("DELETE", std::move(url), options);
}

io::task<answer> client::open(std::string method, std::string url, const request_options& options) {
    return open_planned(state_, std::move(method), std::move(url), options, duration::max());
}
io::task<answer> client::open(std::string method, std::string url) {
    return open_planned(state_, std::move(method), std::move(url), request_options(),
                        duration::max());
}
io::task<result<answer>> client::try_open(std::string method, std::string url,
                                          const request_options& options) {
    return or_failure(open(std::move(method), std::move(url), options));
}
io::task<result<answer>> client::try_open(std::string method, std::string url) {
    return or_failure(open(std::move(method), std::move(url)));
}

void client::clear() noexcept { state_->connections->clear(); }
std::size_t client::connections() const noexcept { return state_->connections->size(); }
std::size_t client::idle_connections() const noexcept { return state_->connections->idle(); }

}  // namespace priz::http
