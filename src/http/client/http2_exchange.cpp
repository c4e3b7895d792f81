#include <algorithm>
#include <utility>

#include "http/client/http2_connection.hpp"
#include "http/client/told.hpp"
#include "priz/http/errc.hpp"
#include "priz/io/cancel_scope.hpp"
#include "priz/io/detail/loop_core.hpp"
#include "priz/io/scope.hpp"

namespace priz::http::detail {

class http2_exchange::writer final : public content_writer {
public:
    // `is_cancelled_then`: when the server wants no more, whoever writes is about to be cancelled.
    writer(http2_exchange& on, std::optional<std::uint64_t> length, bool is_cancelled_then)
        : on_(on), left_(length), is_cancelled_then_(is_cancelled_then) {}

    io::task<> write(bytes_view piece) override {
        if (left_) {
            if (piece.size() > *left_) refuse("more content than the length that was told");
            *left_ -= piece.size();
        }
        const bool is_taken = co_await on_.offer(piece);
        if (is_taken || !is_cancelled_then_) co_return;
        io::event never;
        co_await never.wait();
    }
    void add_trailer(std::string_view name, std::string_view value) override {
        if (!left_) trailers_.add(name, value);
    }
    void end() {
        if (left_ && *left_ != 0) refuse("less content than the length that was told");
        on_.on_.session_.send_trailers(on_.id_, trailers_);
        on_.is_sent_ = true;
        on_.on_.wake(on_);
        on_.on_.hand_on();  // somebody else may be receiving
    }

private:
    [[noreturn]] void refuse(const char* hint) const {
        failure why(priz::errc::value_error, request_operation);
        why.with_hint(hint);
        on_.fail(std::move(why));
    }

    http2_exchange& on_;
    std::optional<std::uint64_t> left_;
    bool is_cancelled_then_;
    http::headers trailers_;
};

http2_exchange::http2_exchange(http2_client_connection& on) : on_(on) {
    ++on_.exchanges_;
    ++on_.not_begun_;
}

// One that was given up is reset. Where there are others, they tell the server so; where there are
// none, nobody would, and the connection is over.
http2_exchange::~http2_exchange() {
    --on_.exchanges_;
    if (id_ == 0) --on_.not_begun_;
    if (!is_finished_ && id_ != 0) leave();
    const bool was_cut_short = id_ != 0 && (!is_finished_ || !is_sent_);
    if (was_cut_short && on_.exchanges_ == 0) on_.is_leaving_ = true;
    on_.hand_on();
}

void http2_exchange::leave() noexcept {
    on_.streams_.erase(id_);
    on_.session_.release(id_, http2::error_code::cancel);
}

void http2_exchange::fail(failure why) const {
    if (!shown_.empty()) why.with_subject(shown(shown_));
    why.raise();
}

// It is over, and not as it should be.
void http2_exchange::fail() {
    if (on_.failure_ && !reset_) fail(*on_.failure_);
    if (was_refused()) {
        failure why(std::make_error_code(std::errc::connection_aborted), request_operation);
        why.with_hint("the server has not looked at the request");
        fail(std::move(why));
    }
    failure why(std::make_error_code(std::errc::connection_reset), request_operation);
    why.with_hint("the server ended the exchange (" + name_of(*reset_) + ")");
    fail(std::move(why));
}

// Waits, and drives the connection while nobody else does.
io::task<> http2_exchange::until(bool (http2_exchange::*is_so)() const noexcept) {
    struct waiter {
        explicit waiter(http2_exchange& given) : of(given) { of.on_.waiting_.push_back(&of); }
        waiter(const waiter&) = delete;
        waiter& operator=(const waiter&) = delete;
        ~waiter() {
            auto& all = of.on_.waiting_;
            all.erase(std::ranges::find(all, &of));
            of.on_.hand_on();
        }
        http2_exchange& of;
    };
    const waiter me(*this);
    for (;;) {
        changed_.clear();
        if ((this->*is_so)()) co_return;
        co_await on_.advance(*this);
    }
}

void http2_exchange::send_head(const outgoing_request& what) {
    http2::message head;
    head.method = what.method;
    head.scheme = what.scheme;
    head.authority = what.authority;
    head.path = what.target;
    head.fields = what.fields;
    // Who asks for another host than the URL's is understood.
    if (const auto host = what.fields.get("Host")) head.authority = *host;
    const auto length = what.has_content ? what.content->length() : std::nullopt;
    if (length) head.fields.set("Content-Length", std::to_string(*length));
    const bool is_whole = !what.has_content || length == 0U;
    const auto id = on_.session_.send_request(head, is_whole);
    if (!id) {
        failure why(std::make_error_code(std::errc::connection_aborted), request_operation);
        why.with_hint("the connection takes no more requests");
        fail(std::move(why));
    }
    id_ = *id;
    is_sent_ = is_whole;
    --on_.not_begun_;
    on_.streams_.emplace(id_, this);
    on_.was_full_ = on_.room() == 0;
    for (const std::string_view value : what.fields.get_all("Connection"))
        if (same_name(value, "close")) on_.is_leaving_ = true;
}

io::task<answer_head> http2_exchange::begin(const outgoing_request& what) {
    shown_ = what.shown;
    if (on_.failure_) fail(*on_.failure_);
    send_head(what);
    if (!is_sent_ && what.expects_continue)
        // Who is not told goes on without, and who is answered sees it.
        static_cast<void>(
            co_await io::move_on_after(continue_wait, until(&http2_exchange::may_send_content)));
    if (!is_sent_ && !is_refused() && !is_over()) {
        if (what.content->text() != nullptr)
            co_await send_content(*what.content);
        else
            co_await send_and_hear(what);
    }
    co_await hear();
    if (refused_) fail(failure(make_error_code(*refused_), request_operation));
    answer_head head = *std::move(head_);
    head_.emplace();
    head_->status = head.status;
    if (has_ended_ && coming_.empty() && (is_sent_ || head.status >= 300)) finish();
    co_return head;
}

io::task<> http2_exchange::hear() {
    if (!has_head())
        co_await io::fail_after(on_.settings_.times.answer, until(&http2_exchange::has_head));
    if (interim_ > interim_max) {
        failure why(errc::unexpected_answer, request_operation);
        why.with_hint("more interim answers than the limit");
        fail(std::move(why));
    }
    if (!head_) fail();
}

// Each part has its time to be taken. False: the server wants no more, or it is over.
io::task<bool> http2_exchange::offer(bytes_view all) {
    // However it ends, what was offered is referred to no more.
    struct withdrawal {
        explicit withdrawal(http2_exchange& given) noexcept : of(given) {}
        withdrawal(const withdrawal&) = delete;
        withdrawal& operator=(const withdrawal&) = delete;
        ~withdrawal() {
            if (!of.is_taken_) of.on_.session_.withdraw(of.id_);
        }
        http2_exchange& of;
    };
    const withdrawal at_the_end(*this);
    while (!all.empty() && !is_refused() && !is_over()) {
        const bytes_view part(all.data(), std::min(all.size(), sent_in_time));
        is_taken_ = false;
        const auto* const bytes = static_cast<const std::byte*>(part.data());
        if (!on_.session_.offer(id_, {bytes, part.size()}, false)) co_return false;
        co_await io::fail_after(on_.settings_.times.write, until(&http2_exchange::was_taken));
        if (!is_taken_) co_return false;
        all = all.subview(part.size());
    }
    co_return all.empty();
}

io::task<> http2_exchange::send_content(const request_content& what) {
    const std::string* const text = what.text();
    writer to(*this, what.length(), text == nullptr);
    has_drawn_content_ = text == nullptr;
    if (text != nullptr)
        co_await to.write(*text);
    else
        co_await what.write_to(to);
    if (!is_refused() && !is_over()) to.end();
}

// The answer is listened for while a coroutine writes: who refuses wants no more of it.
io::task<> http2_exchange::send_and_hear(const outgoing_request& what) {
    co_await io::with_scope([&](io::scope& group) -> io::task<> {
        group.spawn([&]() -> io::task<> { co_await send_content(*what.content); });
        co_await until(&http2_exchange::has_head);
        // Who refuses wants no more of it; a stream that is over takes no more.
        co_await until(&http2_exchange::has_done_sending);
        group.cancel();
    });
}

io::task<std::string_view> http2_exchange::read() {
    if (!given_.empty()) {
        on_.session_.consumed(id_, given_.size());
        given_.clear();
        on_.hand_on();  // the window that is given back is to be told
    }
    if (is_finished_) co_return std::string_view();
    if (!has_piece())
        co_await io::fail_after(on_.settings_.times.idle, until(&http2_exchange::has_piece));
    if (!coming_.empty()) {
        given_.swap(coming_);
        co_return given_;
    }
    if (!has_ended_) fail();
    finish();
    co_return std::string_view();
}

void http2_exchange::finish() noexcept {
    is_finished_ = true;
    leave();
}

}  // namespace priz::http::detail
