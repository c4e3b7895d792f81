#include "http/server/http2_connection.hpp"

#include <algorithm>
#include <utility>

#include "priz/http/defect.hpp"
#include "priz/http/status.hpp"
#include "priz/io/cancel_scope.hpp"
#include "priz/io/detail/loop_core.hpp"

namespace priz::http::detail {

namespace {

// Beyond this much, what was framed is sent first.
constexpr std::size_t framed_max = std::size_t{128} * 1024;
// How long a client may go on beginning requests after it was told that the server drains: those
// that were under way by then have arrived, unless it is further away than that.
constexpr double last_requests_time = 0.25;
// A client whose request was answered before its end is given that long to end it; then the stream
// is reset. Some take a reset that comes together with the reply for the reply's failure.
constexpr double skip_time = 1;

http2::options server_session_options(const server_options& of) {
    http2::options made;
    made.of_messages = of.limits;
    made.concurrent_streams = of.streams_max;
    made.extended_connect = true;
    return made;
}

std::int64_t now() noexcept { return io::detail::this_loop_core().now(); }

deadline after(std::int64_t since, duration limit) noexcept {
    std::int64_t when = 0;
    if (__builtin_add_overflow(since, limit.nanoseconds(), &when)) return {};
    return deadline::at(when);
}

}  // namespace

http2_connection::http2_connection(io::stream s, loop_state& of, connection_facts known)
    : stream_(std::move(s)),
      loop_(of),
      options_(of.server.options),
      hosts_(options_, stream_),
      session_(http2::role::server, server_session_options(options_)),
      known_(known) {}

http2_connection::~http2_connection() { count(); }

// What has been done since it was counted last.
void http2_connection::count() {
    loop_.server.requests.fetch_add(std::exchange(uncounted_, 0), std::memory_order_relaxed);
    if (options_.observer == nullptr || (received_ | sent_) == 0) return;
    options_.observer->moved(std::exchange(received_, 0), std::exchange(sent_, 0));
}

io::task<> http2_connection::run(std::string received) {
    turn_ = now();
    co_await io::with_scope([&](io::scope& group) -> io::task<> {
        group_ = &group;
        group.spawn(write_all());
        co_await read_all(std::move(received));
    });
    if (is_cut_) {
        stream_.reset();
    } else {
        // Whatever becomes of it, it is the end. What still comes is dropped, so that it does not
        // reset the connection before its last bytes have been received.
        static_cast<void>(co_await io::move_on_after(linger_time, stream_.try_close()));
    }
}

io::task<> http2_connection::read_all(std::string received) {
    take(received);
    while (!session_.has_failed()) {
        const auto came = co_await receive();
        if (!came || came->empty()) break;
        take(bytes_view(came->data(), came->size()));
        if (options_.requests_max && answered_ >= *options_.requests_max) session_.goaway();
    }
    is_ending_ = true;
    wake();
}

void http2_connection::take(bytes_view received) {
    turn_ = now();
    session_.receive({static_cast<const std::byte*>(received.data()), received.size()});
    // Content is read from where it was received.
    while (notice()) {
    }
    received_ += received.size();
    count();
    wake();
}

io::task<result<io::chunk>> http2_connection::receive() {
    for (;;) {
        auto receiving = ending_with(stream_.try_recv(), limit_of_wait(), receiving_);
        std::optional<result<io::chunk>> came;
        if (loop_.accepts == nullptr || is_draining_)
            came.emplace(co_await std::move(receiving));
        else
            came = co_await loop_.accepts->until_drain(std::move(receiving));
        if (!came) {
            begin_drain();
        } else if (*came || !receiving_.is_cut) {
            co_return *std::move(came);
        } else if (drain_until_ && *drain_until_ <= now()) {
            drain_until_.reset();
            session_.goaway();
            wake();
        } else if (limit_of_wait() <= deadline::at(now())) {
            if (stalled_since_ && !head_since_ && session_.streams() > 0) {
                loop_.server.note(refusal::late_client);
                session_.reset_released();
                stalled_since_.reset();
                wake();
                continue;
            }
            const bool is_idle = idle_since_ && !head_since_;
            refusal why = refusal::late_client;
            if (head_since_ || answered_ == 0)
                why = refusal::late_head;
            else if (is_idle)
                why = refusal::idle;
            loop_.server.note(why);
            session_.goaway(is_idle ? http2::error_code::no_error
                                    : http2::error_code::enhance_your_calm);
            co_return io::chunk();
        }
    }
}

// What may last how long: a head, a client that takes nothing, a connection on which nothing is
// under way. Requests that are, have limits of their own.
deadline http2_connection::limit_of_wait() noexcept {
    const auto lasts = [](std::optional<std::int64_t>& since, bool is_so) {
        if (!is_so) since.reset();
        if (is_so && !since) since = now();
    };
    const bool is_idle = session_.open_streams() == 0;
    if (std::exchange(sent_before_, session_.content_sent()) != session_.content_sent())
        stalled_since_.reset();
    if (std::exchange(heads_before_, session_.heads_begun()) != session_.heads_begun())
        head_since_.reset();
    lasts(head_since_, session_.is_in_head());
    lasts(idle_since_, is_idle);
    // Replies that are whole, and of which no handler knows any more.
    lasts(stalled_since_, session_.open_streams() > session_.streams());
    deadline first;
    if (head_since_) first = std::min(first, after(*head_since_, options_.header_time));
    if (idle_since_)
        first = std::min(
            first, after(*idle_since_, answered_ == 0 ? options_.header_time : options_.idle_time));
    if (stalled_since_) first = std::min(first, after(*stalled_since_, options_.write_time));
    if (drain_until_) first = std::min(first, deadline::at(*drain_until_));
    return first;
}

void http2_connection::set_limit() noexcept {
    if (receiving_.scope != nullptr) receiving_.scope->set_deadline(limit_of_wait());
}

// Two steps (RFC 9113, 6.8): requests that are on their way are still taken.
void http2_connection::begin_drain() {
    is_draining_ = true;
    session_.announce_shutdown();
    drain_until_ = after(now(), last_requests_time).monotonic_ns();
    wake();
}

// What the session has to send now, and what it finds while it does.
void http2_connection::collect() {
    do {
        while (out_.size() < framed_max) {
            const auto piece = session_.output();
            if (piece.empty()) break;
            out_.append(reinterpret_cast<const char*>(piece.data()), piece.size());
        }
    } while (notice() && out_.size() < framed_max);
}

io::task<> http2_connection::write_all() {
    for (;;) {
        wanted_.clear();
        collect();
        if (out_.empty()) {
            if (is_ending_ || session_.is_over() || session_.has_failed()) break;
            set_limit();
            co_await wanted_.wait();
            continue;
        }
        const bool is_sent = co_await send(out_);
        if (!is_sent) break;
        out_.clear();
        if (out_.capacity() > 2 * framed_max) out_.shrink_to_fit();
    }
    group_->cancel();
}

io::task<bool> http2_connection::send(std::string_view text) {
    while (!text.empty()) {
        const auto sent = co_await io::fail_after(options_.write_time, stream_.try_send(text));
        if (!sent) {
            if (sent.error().code() == priz::errc::timed_out)
                loop_.server.note(refusal::late_client);
            is_cut_ = true;
            co_return false;
        }
        text.remove_prefix(*sent);
        sent_ += *sent;
    }
    co_return true;
}

bool http2_connection::notice() {
    bool has_found = false;
    while (auto told = session_.next_event()) {
        has_found = true;
        notice(*told);
    }
    return has_found;
}

void http2_connection::notice(http2::event& told) {
    using kind = http2::event::kind;
    if (told.what == kind::head) return begin_request(told);
    const auto at = streams_.find(told.stream);
    if (at == streams_.end()) return;
    http2_stream& s = *at->second;
    switch (told.what) {
        case kind::content: {
            const auto* const data = reinterpret_cast<const char*>(told.content.data());
            s.coming.append(data, told.content.size());
            s.received += told.content.size();
            break;
        }
        case kind::trailers:
            if (told.head->refused == defect::none) s.trailers_in = std::move(told.head->fields);
            break;
        case kind::end:
            s.has_ended = true;
            break;
        case kind::reset:
            s.is_over = true;
            if (s.answering.scope != nullptr) s.answering.scope->cancel();
            break;
        case kind::offer_taken:
            s.is_taken = true;
            break;
        default:
            return;
    }
    s.changed();
}

void http2_connection::begin_request(http2::event& told) {
    ++answered_;
    if (told.head->refused != defect::none) return refuse(told.stream, told.head->refused);
    auto made =
        std::make_unique<http2_stream>(*this, told.stream, std::move(told.head), told.is_whole);
    http2_stream& s = *made;
    if (!hosts_.allows(s.head->authority))
        refuse(s, refusal::wrong_host, 421, "this server is not known by that host");
    else if (known_.is_of_proxy && !learn_client(s))
        refuse(s, refusal::bad_proxy, 400, "what the proxy says of the client cannot be read");
    else if (!s.head->protocol.empty() && s.head->protocol != "websocket")
        refuse(s, refusal::bad_request, 501, "only WebSockets are made of streams here");
    else if (s.asked->content_length() && *s.asked->content_length() > options_.limits.content)
        refuse(s, refusal::too_long, 413, std::string(reason_phrase(413)));
    else if (answer_at_once(s))
        return;
    streams_.emplace(s.id, std::move(made));
    group_->spawn(serve(s));
}

void http2_connection::refuse(http2_stream& s, refusal why, int status, std::string text) {
    loop_.server.note(why);
    s.ready.emplace(status, std::move(text));
}

// One whose head is not whole, so that there is no request.
void http2_connection::refuse(std::int32_t stream, defect found) {
    const int status = answer_status(found);
    loop_.server.note(refusal_of(status));
    ++uncounted_;
    const reply made(status, make_error_code(found).message());
    // It is a good one.
    static_cast<void>(fill_fields(made, made.content().size()));
    session_.send_whole_response(stream, status, fields_, made.content());
    session_.release(stream);
}

// False: it is told in no way that can be read.
bool http2_connection::learn_client(http2_stream& s) {
    const auto read =
        read_told_client(s.asked->fields(), options_.proxies.field, loop_.server.trusted);
    if (read.client) s.be_asked_by(*read.client);
    return read.is_good;
}

// The requests that need no waiting, as connection::answer_at_once(). False: it is another one, or
// its reply is.
bool http2_connection::answer_at_once(http2_stream& s) {
    const router::found found = loop_.server.routes.find(*s.asked);
    s.handler = found.handler;
    if (found.handler == nullptr) s.ready.emplace(reply_without_handler(found));
    if (!s.has_ended) return false;
    if (found.handler != nullptr) {
        if (!found.handler->is_immediate()) return false;
        try {
            s.ready.emplace(found.handler->answer_now(*s.asked));
        } catch (...) {
            s.ready.emplace(reply_of_error(loop_.server, *s.asked));
        }
    }
    if (s.ready->rare() != nullptr || !s.head->protocol.empty()) return false;
    send_whole(s, *std::move(s.ready));
    log(s);
    return true;
}

// A request that its client gives up ends whatever its handler waits for.
io::task<> http2_connection::serve(http2_stream& s) {
    // It may take the memory of what runs here with it.
    struct removal {
        removal(http2_connection& given, std::int32_t stream) noexcept : of(given), id(stream) {}
        removal(const removal&) = delete;
        removal& operator=(const removal&) = delete;
        ~removal() {
            of.streams_.erase(id);
            of.set_limit();
        }
        http2_connection& of;
        std::int32_t id;
    };
    const removal at_the_end(*this, s.id);
    if (s.is_over) co_return;
    auto answering = ending_with(answer(s), deadline(), s.answering);
    try {
        co_await std::move(answering);
    } catch (const cancelled&) {
        if (!s.is_over) throw;
        log(s);
    }
    if (s.has_ended || s.is_over) co_return;
    // It has had its time, or has ended: both are the end.
    static_cast<void>(co_await io::move_on_after(skip_time, s.skip(skipped_max)));
}

}  // namespace priz::http::detail
