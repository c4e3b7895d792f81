#include <array>
#include <span>
#include <utility>

#include "http/client/client_state.hpp"
#include "http/client/dial.hpp"
#include "http/client/http2_connection.hpp"
#include "http/client/told.hpp"
#include "http/text.hpp"
#include "priz/http/defect.hpp"
#include "priz/http/errc.hpp"
#include "priz/io/cancel_scope.hpp"

namespace priz::http::detail {

namespace {

// What is read of an answer that redirects, so that its connection can be used again; and for how
// long.
constexpr std::uint64_t drained_max = std::uint64_t{64} * 1024;
constexpr duration drained_in = 2;
// Cookies that one answer may set; as curl.
constexpr std::size_t cookies_max = 50;

bool is_idempotent(std::string_view method) noexcept {
    for (const char* each : {"GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"})
        if (method == each) return true;
    return false;
}

bool is_loss_of_connection(const failure& why) noexcept {
    const std::error_code cause = why.code();
    return cause == priz::errc::end_of_stream || cause == std::errc::connection_reset ||
           cause == std::errc::broken_pipe || cause == std::errc::connection_aborted;
}

bool may_ask_again(const request_plan& plan, const exchange& after, const failure& why) {
    if (!is_loss_of_connection(why) || !after.heard_nothing()) return false;
    if (after.has_drawn_content() && !plan.options.content.is_repeatable()) return false;
    return after.sent_nothing() ||
           (is_idempotent(plan.method) && plan.options.content.is_repeatable());
}

identity identity_of(const request_plan& plan, const prepared_request& made, client_state& by) {
    identity who;
    who.scheme = plan.where.scheme();
    who.host = plan.where.host();
    who.port = plan.where.port();
    who.unix_path = by.options.unix_path;
    who.proxy = made.proxy;
    who.credentials = made.credentials;
    const bool to_secure_proxy = made.proxy && made.proxy->how == proxy::kind::https;
    if (plan.where.secure() || to_secure_proxy) who.tls = by.trusting().native_state();
    return who;
}

io::task<> open_connection(pool::lease& at, identity who, client_state& by) {
    std::optional<tls::context> trusting;
    if (who.tls != nullptr) trusting = by.trusting();
    std::optional<tls::context> of_proxy;
    if (who.proxy && who.proxy->how == proxy::kind::https) of_proxy = by.trusting_proxies();
    // A proxy is asked for "http:" URLs by requests of HTTP/1.
    const bool is_asked_openly =
        who.proxy && (who.proxy->how == proxy::kind::http || who.proxy->how == proxy::kind::https);
    const bool is_known =
        by.options.http2 == http2_use::always && (who.scheme == "https" || !is_asked_openly);
    dialled made = co_await dial(std::move(who), std::move(trusting), std::move(of_proxy),
                                 by.options.connector.get(), by.options.times);
    // A context of the caller's may have offered more than is spoken.
    if (!made.alpn.empty() && made.alpn != "http/1.1" && made.alpn != "h2")
        refuse(errc::unexpected_answer, made.alpn, "this protocol is not spoken here");
    if (made.alpn == "h2" || is_known)
        at.opened(std::make_shared<http2_client_connection>(std::move(made.stream), by.settings));
    else
        at.opened(std::make_shared<http1_connection>(std::move(made.stream), by.settings));
}

// Moves an exchange that was begun into `made`; false where it has to be begun on a new connection.
io::task<bool> try_once(const request_plan& plan, const prepared_request& what, client_state& by,
                        answer_state& made, bool fresh) {
    const identity who = identity_of(plan, what, by);
    made.connection = co_await by.connections->acquire(who, fresh);
    const bool was_used = made.connection.get() != nullptr;
    if (!was_used) co_await open_connection(made.connection, who, by);
    made.under_way = made.connection.get()->begin_exchange();
    try {
        made.head = co_await made.under_way->begin(what.request);
        co_return true;
    } catch (const priz::error& why) {
        const bool was_refused = made.under_way->was_refused();
        // Once more, and no oftener.
        if (fresh || (!was_used && !was_refused)) throw;
        if (!may_ask_again(plan, *made.under_way, why.why())) throw;
    }
    made.under_way.reset();
    made.connection = pool::lease();
    co_return false;
}

void keep_cookies(cookie_jar& in, const answer_head& of, const url& from) {
    std::size_t left = cookies_max;
    for (const field_view field : of.fields) {
        if (!same_name(field.name, "Set-Cookie")) continue;
        if (left-- == 0) return;
        // One that is refused is passed over, as by everybody.
        static_cast<void>(in.take(field.value, from));
    }
}

io::task<std::unique_ptr<answer_state>> ask_once(const request_plan& plan, client_state& by) {
    const prepared_request what = prepare(plan, by.options);
    auto made = std::make_unique<answer_state>();
    bool is_begun = co_await try_once(plan, what, by, *made, false);
    if (!is_begun) is_begun = co_await try_once(plan, what, by, *made, true);
    made->url = plan.where;
    if (by.options.cookies != nullptr) keep_cookies(*by.options.cookies, made->head, plan.where);
    made->accepts_codings = what.accepts_codings;
    co_return made;
}

io::task<> drain(answer_state& of) {
    std::uint64_t count = 0;
    for (;;) {
        const std::string_view piece = co_await of.read();
        count += piece.size();
        if (piece.empty() || count > drained_max) co_return;
    }
}

// A redirection's content is of no use; where it does not end soon, its connection is closed.
io::task<> drain_in_time(answer_state& of) {
    try {
        const bool is_done = co_await io::move_on_after(drained_in, drain(of));
        static_cast<void>(is_done);
    } catch (const priz::error&) {
        // What has failed is a connection that is not needed any more.
        of.under_way.reset();
    }
}

}  // namespace

namespace {

client_options checked(client_options given) {
    if (given.connections_max == 0)
        refuse(priz::errc::value_error, "connections_max", "a request needs a connection");
    if (!given.idle_time.is_valid() || given.idle_time < duration())
        refuse(priz::errc::value_error, "idle_time", "a number of seconds, 0 or more");
    return given;
}

}  // namespace

namespace {

void choose_protocols(tls::context& of, http2_use how) {
    constexpr std::array<std::string_view, 2> all{"h2", "http/1.1"};
    if (of.has_alpn_protocols()) return;
    const std::size_t first = how == http2_use::never ? 1 : 0;
    const std::size_t count = how == http2_use::negotiated ? 2 : 1;
    // A context that connections were made with stays as it is.
    static_cast<void>(of.try_set_alpn_protocols(std::span(all).subspan(first, count)));
}

}  // namespace

client_state::client_state(client_options given)
    : options(checked(std::move(given))),
      settings{options.times, options.most},
      connections(std::make_shared<pool>(
          pool_limits{options.connections_max, options.idle_max, options.idle_time})),
      trusting_(options.tls) {
    if (trusting_) choose_protocols(*trusting_, options.http2);
}

const tls::context& client_state::trusting() {
    if (!trusting_) {
        trusting_.emplace();
        choose_protocols(*trusting_, options.http2);
    }
    return *trusting_;
}

// Proxies are asked in HTTP/1.
const tls::context& client_state::trusting_proxies() {
    if (options.tls) return *trusting_;
    if (!trusting_proxies_) {
        trusting_proxies_.emplace();
        choose_protocols(*trusting_proxies_, http2_use::never);
    }
    return *trusting_proxies_;
}

io::task<std::string_view> answer_state::read() {
    if (has_failed) refuse(priz::errc::value_error, url.str(), "the answer has failed before");
    if (under_way == nullptr) co_return std::string_view();
    has_failed = true;  // unless what follows ends well: a cancellation is no exception's end
    std::string_view piece;
    while (!next_decoded(piece)) {
        auto came = co_await io::fail_at(until, under_way->read());
        note(came);
        if (decoder_ && !came.empty()) {
            sent_ = came;
            continue;
        }
        if (decoder_) finish_decoding();
        piece = came;
        break;
    }
    has_failed = false;
    if (piece.empty()) end();
    co_return piece;
}

void answer_state::note(std::string_view piece) {
    so_far.received += piece.size();
    if (on_progress && !piece.empty()) on_progress(so_far);
}

void answer_state::decode(const decoding_limits& most) {
    const auto told = head.fields.joined("Content-Encoding");
    if (!told) return;
    const auto codings = try_parse_content_encoding(*told);
    if (!codings || codings->empty()) return;
    if (codings->size() > most.codings) refuse(defect::too_many_codings, url.str(), *told);
    decoder_.emplace(*codings, most);
}

bool answer_state::next_decoded(std::string_view& piece) {
    if (!decoder_) return false;
    const content_decoder::step step = decoder_->next(sent_);
    sent_.remove_prefix(step.consumed);
    if (step.how == decoded::failed) fail_decoding();
    piece = step.content;
    return step.how == decoded::content;
}

void answer_state::finish_decoding() {
    if (decoder_->finish() == decoded::failed) fail_decoding();
}

void answer_state::fail_decoding() {
    under_way.reset();
    failure why = decoder_->error().as_failure(request_operation);
    why.with_subject(shown(url.str())).raise();
}

void answer_state::end() noexcept {
    trailers = under_way->trailers();
    under_way.reset();
    connection = pool::lease();
}

io::task<std::unique_ptr<answer_state>> ask(std::shared_ptr<client_state> by, request_plan plan) {
    for (;;) {
        std::unique_ptr<answer_state> made = co_await ask_once(plan, *by);
        if (made->head.status == 417 && plan.may_expect && plan.options.content.is_repeatable()) {
            // It does not know Expect (RFC 9110, 10.1.1).
            plan.may_expect = false;
            continue;
        }
        const bool follows = plan.options.allow_redirects && is_redirect(made->head.status) &&
                             made->head.fields.contains("Location");
        if (!follows) {
            made->history = std::move(plan.history);
            if (made->accepts_codings && made->head.status != 206)
                made->decode(by->options.decoding);
            made->on_progress = std::move(plan.options.on_progress);
            if (const auto length = made->head.fields.get("Content-Length"))
                made->so_far.total = decimal(*length);
            co_return made;
        }
        follow(plan, made->head, by->options);
        co_await drain_in_time(*made);
    }
}

}  // namespace priz::http::detail
