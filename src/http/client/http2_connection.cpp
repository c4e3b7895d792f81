#include "http/client/http2_connection.hpp"

#include <algorithm>
#include <utility>

#include "http/client/told.hpp"
#include "http/set_while.hpp"
#include "priz/io/cancel_scope.hpp"
#include "priz/io/loop.hpp"
#include "priz/io/scope.hpp"

namespace priz::http::detail {

namespace {

constexpr std::size_t framed_at_once = std::size_t{128} * 1024;

http2::options client_session_options(const connection_settings& of) {
    http2::options made;
    made.of_messages = of.most;
    made.stream_window = 1024 * 1024;
    made.connection_window = 4 * 1024 * 1024;
    return made;
}

// Who has a role as long as this lives.
class role_of {
public:
    role_of(http2_exchange*& role, http2_exchange& whose) noexcept : role_(role) { role_ = &whose; }
    role_of(const role_of&) = delete;
    role_of& operator=(const role_of&) = delete;
    ~role_of() { role_ = nullptr; }

private:
    http2_exchange*& role_;
};

failure lost(std::error_code cause, const char* hint) {
    failure why(cause, request_operation);
    why.with_hint(hint);
    return why;
}

}  // namespace

http2_client_connection::http2_client_connection(io::stream over,
                                                 const connection_settings& settings)
    : stream_(std::move(over)),
      settings_(settings),
      session_(http2::role::client, client_session_options(settings)) {}

// How many exchanges the server takes is known when its settings have come.
unsigned http2_client_connection::room() const noexcept {
    if (is_over() || is_looking_ || (!has_settings_ && exchanges_ > 0)) return 0;
    const std::size_t left = session_.room();
    return static_cast<unsigned>(left - std::min(left, not_begun_));
}

bool http2_client_connection::is_over() const noexcept {
    return is_leaving_ || failure_ || session_.has_failed();
}

// A peer may say what it likes on an idle connection; it is asked now.
io::task<bool> http2_client_connection::is_quiet() {
    const set_while looking(is_looking_);
    // Should the look be cancelled, the connection is not used again.
    const bool was_leaving = std::exchange(is_leaving_, true);
    for (;;) {
        const auto came = co_await io::move_on_after(0, stream_.try_recv());
        if (!came) break;
        if (!*came || (*came)->empty()) co_return false;
        take((*came)->text());
        if (is_leaving_ && failure_) co_return false;
    }
    is_leaving_ = was_leaving || has_goaway_;
    co_return !is_over();
}

std::unique_ptr<exchange> http2_client_connection::begin_exchange() {
    return std::make_unique<http2_exchange>(*this);
}

// Whether there is something to send.
bool http2_client_connection::collect() {
    if (sent_ == out_.size()) {
        out_.clear();
        sent_ = 0;
        while (out_.size() < framed_at_once) {
            const auto piece = session_.output();
            if (piece.empty()) break;
            out_.append(reinterpret_cast<const char*>(piece.data()), piece.size());
        }
        while (auto told = session_.next_event()) notice(*told);
        tell_of_room();
    }
    return sent_ < out_.size();
}

// One step for all. It ends when something may have changed for whoever asks.
io::task<> http2_client_connection::advance(http2_exchange& waiting) {
    const bool sends = !is_sending_ && collect();
    if (is_receiving_ && sends) co_return co_await send_all(waiting);
    if (!is_receiving_) co_return co_await drive(waiting, sends);
    if (waiting.changed_.is_set() || failure_) co_return;
    co_await waiting.changed_.wait();
}

// Of one who is to receive for all, and sends first what there is. Nobody else does either while
// this is between the two.
io::task<> http2_client_connection::drive(http2_exchange& waiting, bool sends) {
    const set_while receiving(is_receiving_);
    const role_of receiver(receiver_, waiting);
    if (sends) {
        const set_while sending(is_sending_);
        const bool is_sent = co_await send_now();
        if (!is_sent) co_return co_await send_and_receive();
    }
    if (waiting.changed_.is_set() || failure_) co_return;
    co_await receive();
}

// As much as the connection takes without waiting. False: there is more.
io::task<bool> http2_client_connection::send_now() {
    while (collect()) {
        const auto sent =
            co_await io::move_on_after(0, stream_.try_send(std::string_view(out_).substr(sent_)));
        if (!sent) co_return false;
        if (!*sent) {
            if (sent->error().code() == priz::errc::cancelled) sent->error().raise();
            lose(sent->error());
            co_return true;
        }
        sent_ += **sent;
    }
    co_return true;
}

// Beside somebody who receives. It ends early where nobody does any more, as whoever sends is to do
// that too then, and where something has happened to the one who sends.
io::task<> http2_client_connection::send_all(http2_exchange& waiting) {
    const set_while sending(is_sending_);
    const role_of sender(sender_, waiting);
    bool goes_on = true;
    while (goes_on && !waiting.changed_.is_set() && collect()) goes_on = co_await send_some();
}

// False: it is to stop.
io::task<bool> http2_client_connection::send_some() {
    const deadline until = io::detail::after_on_this_loop(settings_.times.write);
    auto next =
        ending_with(stream_.try_send(std::string_view(out_).substr(sent_)), until, sending_);
    const auto sent = co_await std::move(next);
    if (sent) {
        sent_ += *sent;
        co_return !sending_.is_cut;
    }
    if (sent.error().code() != priz::errc::cancelled) {
        lose(sent.error());
        co_return false;
    }
    if (!sending_.is_cut) sent.error().raise();
    if (io::loop::current().now() >= until)
        lose(lost(priz::errc::timed_out, "the server takes nothing of what it is sent"));
    co_return false;
}

io::task<> http2_client_connection::receive() {
    auto next = ending_with(stream_.try_recv(), deadline(), receiving_);
    const auto came = co_await std::move(next);
    if (!came) {
        if (receiving_.is_cut) co_return;  // there is something to send, or to look at
        if (came.error().code() == priz::errc::cancelled) came.error().raise();
        co_return lose(came.error());
    }
    if (came->empty())
        co_return lose(lost(priz::errc::end_of_stream, "the server closed the connection"));
    take(came->text());
}

// A server that sends before it reads on is read meanwhile: neither would go on otherwise.
io::task<> http2_client_connection::send_and_receive() {
    co_await io::with_scope([&](io::scope& group) -> io::task<> {
        group.spawn([&]() -> io::task<> {
            bool goes_on = true;
            while (goes_on && collect()) goes_on = co_await send_some();
            group.cancel();
        });
        co_await receive();
        group.cancel();
    });
}

void http2_client_connection::take(std::string_view received) {
    session_.receive(std::as_bytes(std::span(received)));
    while (auto told = session_.next_event()) notice(*told);
    tell_of_room();
}

// A stream that was let go may have ended now.
void http2_client_connection::tell_of_room() noexcept {
    if (on_room == nullptr || !was_full_ || room() == 0) return;
    was_full_ = false;
    on_room->set();
    on_room->clear();
}

// Whoever sends or receives is called back from it.
void http2_client_connection::wake(http2_exchange& of) noexcept {
    of.changed_.set();
    if (&of == sender_ && sending_.scope != nullptr) sending_.scope->cancel();
    if (&of == receiver_ && receiving_.scope != nullptr) receiving_.scope->cancel();
}

void http2_client_connection::notice(http2::event& told) {
    using kind = http2::event::kind;
    if (told.what == kind::goaway) is_leaving_ = has_goaway_ = true;
    if (told.what == kind::settings) {
        has_settings_ = true;
        if (on_room != nullptr) {
            on_room->set();
            on_room->clear();
        }
    }
    if (told.what == kind::failed) {
        failure why(std::make_error_code(std::errc::protocol_error), request_operation);
        why.with_hint("the server breaks HTTP/2's rules (" + name_of(told.code) + ")");
        return lose(std::move(why));
    }
    const auto at = streams_.find(told.stream);
    if (at == streams_.end()) return;
    http2_exchange& of = *at->second;
    switch (told.what) {
        case kind::head: {
            http2::message& head = *told.head;
            of.has_heard_ = true;
            if (head.refused != defect::none) of.refused_ = head.refused;
            if (head.status >= 200) {
                of.head_.emplace();
                of.head_->status = head.status;
                of.head_->version = "HTTP/2";
                of.head_->fields = std::move(head.fields);
            } else {
                ++of.interim_;
                of.was_told_to_continue_ = of.was_told_to_continue_ || head.status == 100;
            }
            break;
        }
        case kind::content:
            of.coming_.append(reinterpret_cast<const char*>(told.content.data()),
                              told.content.size());
            break;
        case kind::trailers:
            of.trailers_ = std::move(told.head->fields);
            break;
        case kind::end:
            of.has_ended_ = true;
            break;
        case kind::reset:
            of.reset_ = told.code;
            break;
        case kind::offer_taken:
            of.is_taken_ = true;
            break;
        default:
            return;
    }
    wake(of);
}

// None of the exchanges goes on.
void http2_client_connection::lose(failure why) {
    if (!failure_) failure_ = std::move(why);
    for (const auto& [id, of] : streams_) of->changed_.set();
    for (http2_exchange* const of : waiting_) of->changed_.set();
}

// Somebody leaves: another one receives, and sends what is left to send.
void http2_client_connection::hand_on() noexcept {
    const bool has_output = sent_ < out_.size() || session_.has_output();
    if (is_receiving_) {
        if (has_output && !is_sending_ && receiving_.scope != nullptr) receiving_.scope->cancel();
        return;
    }
    if (is_sending_) {
        if (sending_.scope != nullptr) sending_.scope->cancel();
        return;
    }
    if (!waiting_.empty()) waiting_.front()->changed_.set();
}

}  // namespace priz::http::detail
