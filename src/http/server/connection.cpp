#include "http/server/connection.hpp"

#include <sys/socket.h>

#include <utility>

#include "http/target.hpp"
#include "http/text.hpp"
#include "io/socket_calls.hpp"
#include "priz/http/defect.hpp"
#include "priz/http/head_writer.hpp"
#include "priz/io/cancel_scope.hpp"
#include "priz/io/detail/loop_core.hpp"

namespace priz::http::detail {

namespace {

// Beyond this much, what was collected is sent first.
constexpr std::size_t collected_max = std::size_t{64} * 1024;
// How long a server that drains waits for the first request of a connection.
constexpr double first_request_time = 0.25;

// A list, which may come in several fields.
bool says_close(const headers& fields) noexcept {
    for (const field_view field : fields) {
        if (!same_name(field.name, "Connection")) continue;
        for (std::string_view list = field.value; !list.empty();)
            if (is_word(take_element(list), "close")) return true;
    }
    return false;
}

}  // namespace

connection::connection(io::stream s, loop_state& of, connection_facts known) noexcept
    : stream_(std::move(s)),
      loop_(of),
      options_(of.server.options),
      hosts_(options_, stream_),
      known_(known) {}

connection::~connection() {
    count();
    if (work_ != nullptr) loop_.give_back(std::move(work_));
}

// What has been done since it was counted last.
void connection::count() {
    loop_.server.requests.fetch_add(std::exchange(uncounted_, 0), std::memory_order_relaxed);
    if (options_.observer == nullptr || (received_ | sent_) == 0) return;
    options_.observer->moved(std::exchange(received_, 0), std::exchange(sent_, 0));
}

io::task<> connection::run() {
    head_until_ = io::detail::after_on_this_loop(options_.header_time);
    for (bool goes_on = true; goes_on;) {
        const next what = advance();
        if (speaks_http2_) co_return;
        if (what == next::wait) co_await answer_slowly();
        goes_on = what != next::finish && keeps_;
        // It may have been handed over, or cut off.
        if (!stream_) co_return;
        if (work_ != nullptr && !work_->out.empty()) {
            const auto sent = co_await flush();
            if (!sent) co_return;
        }
        if (goes_on && what == next::receive) goes_on = co_await receive();
    }
    if (work_ != nullptr && !work_->out.empty()) {
        const auto sent = co_await flush();
        if (!sent) co_return;
    }
    if (lingers_ || !keeps_) co_await linger();
}

// The peer is told the end, and is given the time to receive what it was sent: to close at once
// would reset the connection where bytes come that nobody receives, such as requests that were sent
// before the last answer was there.
io::task<> connection::linger() {
    // Whatever becomes of it, it is the end.
    static_cast<void>(co_await io::move_on_after(linger_time, stream_.try_close()));
}

// A client that knows that HTTP/2 is spoken here begins with its preface (RFC 9113, 3.3), which is
// no request of HTTP/1. Inside TLS it says so in the handshake.
std::optional<connection::next> connection::look_for_preface() {
    if (answered_ > 0 || options_.tls || !options_.http2) return std::nullopt;
    const bool has_it = input_.starts_with(http2_preface);
    if (!has_it && !http2_preface.starts_with(input_)) return std::nullopt;
    speaks_http2_ = has_it;
    return has_it ? next::finish : next::receive;
}

io::stream connection::give_up(std::string& received) {
    received = input_;
    return std::move(stream_);
}

connection::next connection::advance() {
    if (input_.empty()) return next::receive;
    if (work_ == nullptr) work_ = loop_.take_workspace();
    if (input_.starts_with(http2_preface.substr(0, 3))) {
        if (const auto found = look_for_preface()) return *found;
    }
    request_parser& parser = work_->parser;
    while (!input_.empty()) {
        const progress how = parser.parse(input_);
        if (how == progress::more) break;
        if (how == progress::failed) {
            refuse_head();
            return next::finish;
        }
        if (!may_be_asked_as(parser.host())) {
            refuse(refusal::wrong_host, 421, "this server is not known by that host");
            return next::finish;
        }
        if (known_.is_of_proxy && !learn_client()) {
            refuse(refusal::bad_proxy, 400, "what the proxy says of the client cannot be read");
            return next::finish;
        }
        begin_request();
        if (!answer_at_once()) return next::wait;
        input_.remove_prefix(parser.size());
        parser.reset();
        if (!keeps_) return next::finish;
        if (work_->out.size() > collected_max) return next::send;
    }
    return next::receive;
}

// Without Host, as HTTP/1.0 may be, the target says it, or nobody: pages in browsers always do.
bool connection::may_be_asked_as(std::string_view host) {
    if (host.empty()) host = read_target(work_->parser.method(), work_->parser.target()).authority;
    return hosts_.allows(host);
}

// False: it is told in no way that can be read.
bool connection::learn_client() {
    const auto read =
        read_told_client(work_->parser.fields(), options_.proxies.field, loop_.server.trusted);
    work_->client = read.client;
    return read.is_good;
}

void connection::begin_request() {
    arrived_ = turn_;
    has_begun_ = false;
    ++answered_;
    keeps_ = work_->parser.keep_alive() && !loop_.is_draining() &&
             (!options_.requests_max || answered_ < *options_.requests_max);
}

request_facts connection::facts() const {
    const request_parser& parser = work_->parser;
    request_facts all;
    all.method = parser.method();
    all.target = parser.target();
    all.host = parser.host();
    bool is_secure = known_.is_secure;
    // Of another connection, the workspace may have what was said last.
    if (known_.is_of_proxy && work_->client) {
        all.client = &work_->client->who;
        is_secure = work_->client->is_secure.value_or(is_secure);
    }
    all.scheme = is_secure ? "https" : "http";
    all.protocol = parser.version() == version::http_1_1 ? "HTTP/1.1" : "HTTP/1.0";
    all.fields = parser.fields();
    all.connection = stream_.native_endpoint();
    all.accepts = loop_.accepts;
    return all;
}

// The requests that need no waiting: without content, for a handler that answers at once. False:
// it is another one, or its reply is.
bool connection::answer_at_once() {
    const framing content = work_->parser.framing();
    if (content.how != framing::kind::none && content != framing::sized(0)) return false;
    request& r = work_->asked.emplace(facts());
    const router::found found = loop_.server.routes.find(r);
    if (found.handler != nullptr && !found.handler->is_immediate()) return false;
    try {
        ready_.emplace(found.handler == nullptr ? reply_without_handler(found)
                                                : found.handler->answer_now(r));
    } catch (...) {
        ready_.emplace(reply_of_error(loop_.server, r));
    }
    if (ready_->rare() != nullptr || ready_->content().size() > collected_max) return false;
    // Another head than its own ends the connection, and that is all.
    static_cast<void>(write_reply(*ready_, r.method() != "HEAD"));
    log(r);
    ready_.reset();
    return true;
}

void connection::refuse_head() {
    const parse_error& why = work_->parser.error();
    const int status = answer_status(why.what);
    refuse(refusal_of(status), status, why.message());
}

void connection::refuse(refusal why, int status, std::string text) {
    loop_.server.note(why);
    keeps_ = false;
    lingers_ = true;
    // It is a good one.
    static_cast<void>(write_reply({status, std::move(text)}, true));
}

bool connection::write_reply(const reply& given, bool has_content) {
    const int status = given.status();
    const bool may_have = may_have_content(status);
    ++uncounted_;
    if (!write_head(given, may_have ? framing::sized(given.content().size()) : framing::none()))
        return false;
    if (may_have && has_content) work_->out += given.content();
    return true;
}

// False: another head was written than the reply's, which ends with it.
bool connection::write_head(const reply& given, framing content) {
    status_ = given.status();
    if (append_head(given, content)) return true;
    status_ = 500;
    // A handler gave a status that is none, or fields that the server writes itself.
    loop_.server.failed.fetch_add(1, std::memory_order_relaxed);
    keeps_ = false;
    // This one is good.
    static_cast<void>(append_head(reply(500, ""), framing::sized(0)));
    return false;
}

bool connection::append_head(const reply& given, framing content) {
    auto& fields = work_->fields;
    fields.clear();
    const headers& own = given.fields();
    if (own.empty() || !own.contains("Date")) fields.emplace_back("Date", loop_.date());
    if (!options_.name.empty()) fields.emplace_back("Server", options_.name);
    const bool has_content = !given.content().empty() || given.rare() != nullptr;
    const bool is_file = given.rare() != nullptr && given.rare()->file;
    if (!given.has_type() && has_content && !is_file && content.how != framing::kind::tunnel)
        fields.emplace_back("Content-Type", text_type);
    if (!own.empty() && says_close(own))
        keeps_ = false;
    else if (content.how == framing::kind::tunnel)
        fields.emplace_back("Connection", "Upgrade");
    else if (!keeps_)
        fields.emplace_back("Connection", "close");
    else if (work_->parser.version() == version::http_1_0)
        fields.emplace_back("Connection", "keep-alive");
    for (const field_view field : own) fields.push_back(field);
    return try_append_response_head(work_->out, given.status(), fields, content).has_value();
}

// Without an end that the framing has: the client is not to take a part for the whole.
void connection::cut_off() noexcept {
    keeps_ = false;
    if (!stream_) return;
    const ::linger at_once{.l_onoff = 1, .l_linger = 0};
    // Where it cannot be reset, the end that comes too early tells it.
    static_cast<void>(io::detail::setsockopt_now(*stream_.native_endpoint(), SOL_SOCKET, SO_LINGER,
                                                 &at_once, sizeof at_once));
    stream_.reset();
}

void connection::log(const request& r) const {
    if (options_.observer == nullptr) return;
    const std::int64_t now = io::detail::this_loop_core().now();
    options_.observer->answered(r, {status_, duration::from_nanoseconds(now - arrived_)});
}

io::task<result<void>> connection::flush() {
    auto sent = co_await send_all(work_->out);
    work_->out.clear();
    co_return sent;
}

// The clock is read once for all that a receive has brought, and is exact where a handler may have
// taken its time.
deadline connection::after_turn(duration limit) noexcept {
    if (slow_ != nullptr) turn_ = io::detail::this_loop_core().now();
    std::int64_t when = 0;
    if (__builtin_add_overflow(turn_, limit.nanoseconds(), &when)) return {};
    return deadline::at(when);
}

io::task<result<void>> connection::send_all(std::string_view text) {
    for (bool is_first = true; !text.empty(); is_first = false) {
        const deadline until = is_first ? after_turn(options_.write_time)
                                        : io::detail::after_on_this_loop(options_.write_time);
        const auto sent = co_await io::fail_at(until, stream_.try_send(text));
        if (!sent) {
            if (sent.error().code() == priz::errc::timed_out)
                loop_.server.note(refusal::late_client);
            cut_off();
            co_return std::unexpected(sent.error());
        }
        text.remove_prefix(*sent);
        sent_ += *sent;
    }
    co_return result<void>();
}

// What is left of a head is kept, and nothing else. False: the connection has ended, or is to.
io::task<bool> connection::receive() {
    count();
    if (input_.empty()) {
        held_.clear();
        if (work_ != nullptr && !has_begun_) loop_.give_back(std::move(work_));
    } else {
        std::string rest(input_);
        held_ = std::move(rest);
        if (!std::exchange(has_begun_, true) && answered_ > 0)
            head_until_ = io::detail::after_on_this_loop(options_.header_time);
    }
    chunk_ = io::chunk();
    input_ = held_;
    auto came = co_await receive_some();
    turn_ = io::detail::this_loop_core().now();
    if (!came) {
        if (came.error().code() != priz::errc::timed_out) co_return false;
        if (has_begun_)
            refuse(refusal::late_head, 408, "the head of the request took too long");
        else
            loop_.server.note(answered_ == 0 ? refusal::late_head : refusal::idle);
        co_return false;
    }
    received_ += came->size();
    if (came->empty()) {
        if (has_begun_ && work_->parser.finish() == progress::failed) refuse_head();
        co_return false;
    }
    if (held_.empty()) {
        chunk_ = *std::move(came);
        input_ = chunk_.text();
    } else {
        held_ += came->text();
        input_ = held_;
    }
    co_return true;
}

// A connection that drains, and of which nothing is under way, has ended: an empty chunk.
io::task<result<io::chunk>> connection::receive_some() {
    if (has_begun_) co_return co_await io::fail_at(head_until_, stream_.try_recv());
    const deadline until = answered_ == 0 ? head_until_ : after_turn(options_.idle_time);
    auto receiving = io::fail_at(until, stream_.try_recv());
    if (loop_.accepts == nullptr) co_return co_await std::move(receiving);
    auto came = co_await loop_.accepts->until_drain(std::move(receiving));
    if (!came && answered_ > 0) co_return io::chunk();
    // It was accepted with its first request on the way, perhaps, which nobody else would answer.
    if (!came) co_return co_await io::fail_after(first_request_time, stream_.try_recv());
    co_return *std::move(came);
}

}  // namespace priz::http::detail
