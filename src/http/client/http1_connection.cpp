#include "http/client/http1_connection.hpp"

#include <algorithm>
#include <utility>

#include "http/client/told.hpp"
#include "http/text.hpp"
#include "priz/http/errc.hpp"
#include "priz/http/head_writer.hpp"
#include "priz/io/cancel_scope.hpp"
#include "priz/io/scope.hpp"
#include "priz/io/sleep.hpp"

namespace priz::http::detail {

namespace {

// Content up to this goes out with the head, before the answer is listened for.
constexpr std::size_t sent_at_once = std::size_t{64} * 1024;

response_parser::to question_of(std::string_view method) noexcept {
    if (method == "HEAD") return response_parser::to::head;
    if (method == "CONNECT") return response_parser::to::connect;
    return response_parser::to::other;
}

framing framing_of(const outgoing_request& what) noexcept {
    if (!what.has_content) return framing::none();
    const auto length = what.content->length();
    return length ? framing::sized(*length) : framing::chunked();
}

bool asks_to_close(const headers& fields) {
    for (const std::string_view value : fields.get_all("Connection"))
        for (std::string_view rest = value; !rest.empty();)
            if (is_word(take_element(rest), "close")) return true;
    return false;
}

}  // namespace

// Content as it is framed: by its length, or in chunks.
class http1_exchange::writer final : public content_writer {
public:
    writer(http1_exchange& on, std::optional<std::uint64_t> length) : on_(on), left_(length) {}

    io::task<> write(bytes_view piece) override {
        if (piece.empty()) co_return;
        if (left_) {
            if (piece.size() > *left_)
                on_.fail(priz::errc::value_error, "more content than the length that was told");
            *left_ -= piece.size();
            co_await on_.send(piece);
        } else {
            const chunk_head head(piece.size());
            buffer_.assign(head.text());
            buffer_.append(piece.text()).append("\r\n");
            co_await on_.send(buffer_);
        }
    }

    void add_trailer(std::string_view name, std::string_view value) override {
        if (!left_) trailers_.add(name, value);
    }

    io::task<> end() {
        if (left_) {
            if (*left_ != 0)
                on_.fail(priz::errc::value_error, "less content than the length that was told");
            co_return;
        }
        buffer_.clear();
        const std::vector<field_view> fields = trailers_.views();
        append_last_chunk(buffer_, fields);
        co_await on_.send(buffer_);
    }

private:
    http1_exchange& on_;
    std::optional<std::uint64_t> left_;  // nothing: in chunks
    std::string buffer_;
    http::headers trailers_;
};

io::task<bool> http1_connection::is_quiet() {
    // Should the look be cancelled, the connection is not used again.
    is_over_ = true;
    const auto came = co_await io::move_on_after(0, stream_.try_recv(1));
    is_over_ = came.has_value();
    co_return !is_over_;
}

std::unique_ptr<exchange> http1_connection::begin_exchange() {
    return std::make_unique<http1_exchange>(*this);
}

http1_exchange::~http1_exchange() {
    if (!is_finished_) {
        on_.is_over_ = true;
        on_.is_busy_ = false;
    }
}

void http1_exchange::fail(failure why) const {
    if (!shown_.empty()) why.with_subject(shown(shown_));
    why.raise();
}

void http1_exchange::fail(std::error_code cause, const char* hint) const {
    failure why(cause, request_operation);
    why.with_hint(hint);
    fail(std::move(why));
}

io::task<answer_head> http1_exchange::begin(const outgoing_request& what) {
    shown_ = what.shown;
    method_ = question_of(what.method);
    is_last_ = asks_to_close(what.fields);
    on_.buffer_.clear();
    parser_.emplace(on_.places_, on_.settings_.most);
    parser_->reset(method_);

    const framing how = framing_of(what);
    const bool in_chunks = how.how == framing::kind::chunked;
    const std::vector<field_view> fields = what.fields.views();
    std::string out;
    append_request_head(out, what.method, what.target, fields, how);
    const std::string* const text = what.has_content ? what.content->text() : nullptr;
    const bool at_once = !what.has_content || (text != nullptr && text->size() <= sent_at_once &&
                                               !what.expects_continue);
    if (at_once && text != nullptr) out += *text;

    try {
        co_await send(out);
        is_sent_ = at_once;
    } catch (const priz::error&) {
        // The server may have answered before it closed.
        if (!send_failure_ || send_failure_->code() == priz::errc::timed_out) throw;
    }
    if (at_once || send_failure_) co_return co_await hear(true);
    if (what.expects_continue) {
        const bool has_answer = co_await wait_for_continue();
        if (has_answer) co_return co_await hear(true);
    }
    co_return co_await send_and_hear(what, in_chunks);
}

io::task<> http1_exchange::send(bytes_view all) {
    while (!all.empty()) {
        const bytes_view part(all.data(), std::min(all.size(), sent_in_time));
        auto done =
            co_await io::fail_after(on_.settings_.times.write, on_.stream_.try_sendall(part));
        if (!done) {
            sent_ += done.error().transferred();
            if (done.error().code() != priz::errc::cancelled) send_failure_ = done.error();
            done.error().raise();
        }
        sent_ += part.size();
        all = all.subview(part.size());
    }
}

io::task<> http1_exchange::send_content(const request_content& what, bool in_chunks) {
    if (const std::string* const text = what.text()) {
        co_await send(*text);
        co_return;
    }
    std::optional<std::uint64_t> length;
    if (!in_chunks) length = what.length();
    writer to(*this, length);
    co_await what.write_to(to);
    co_await to.end();
}

// True when an answer that counts has begun to come, so that the content is not wanted.
io::task<bool> http1_exchange::wait_for_continue() {
    const deadline until = io::detail::after_on_this_loop(continue_wait);
    for (;;) {
        const auto came = co_await io::move_on_at(until, on_.stream_.recv());
        if (!came) co_return false;
        if (came->empty()) co_return true;
        has_heard_ = true;
        on_.buffer_ += came->text();
        if (parse() != progress::more) co_return true;
        if (was_told_to_continue_) co_return false;
    }
}

// Content goes out while the answer is listened for: a server that has read enough says so, and
// would otherwise wait for us as we wait for it.
io::task<answer_head> http1_exchange::send_and_hear(const outgoing_request& what, bool in_chunks) {
    std::optional<answer_head> head;
    co_await io::with_scope([&](io::scope& group) -> io::task<> {
        group.spawn([&]() -> io::task<> { co_await send_then_wait(what, in_chunks); });
        head.emplace(co_await hear(false));
        has_answer_ = true;
        // Whoever refuses wants no more of it. Otherwise it is sent to its end.
        if (is_sent_ || send_failure_ || head->status >= 300) group.cancel();
    });
    co_return *std::move(head);
}

io::task<> http1_exchange::send_then_wait(const outgoing_request& what, bool in_chunks) {
    try {
        co_await send_content(*what.content, in_chunks);
        is_sent_ = true;
    } catch (const priz::error&) {
        // What the source of the content threw is the caller's; a connection that takes no more
        // may still give an answer.
        if (!send_failure_ || send_failure_->code() == priz::errc::timed_out) throw;
    }
    if (has_answer_) co_return;
    co_await io::sleep(on_.settings_.times.answer);
    if (!has_answer_) fail(priz::errc::timed_out, "the server does not answer");
}

// Looks at what is in the buffer, and takes interim answers off it.
progress http1_exchange::parse() {
    std::string& buffer = on_.buffer_;
    for (;;) {
        const progress how = parser_->parse(buffer);
        if (how == progress::failed && parser_->error().what == defect::too_many_fields &&
            on_.places_.size() < on_.settings_.most.fields) {
            on_.places_.resize(on_.settings_.most.fields);
            parser_.emplace(on_.places_, on_.settings_.most);
            parser_->reset(method_);
            continue;
        }
        if (how != progress::complete || !parser_->is_interim()) return how;
        if (++interim_ > interim_max)
            fail(errc::unexpected_answer, "more interim answers than the limit");
        was_told_to_continue_ = was_told_to_continue_ || parser_->status() == 100;
        buffer.erase(0, parser_->size());
        parser_->next_answer();
    }
}

// `in_time`: the answer has to begin within timeouts::answer.
io::task<answer_head> http1_exchange::hear(bool in_time) {
    const timeouts& times = on_.settings_.times;
    std::string& buffer = on_.buffer_;
    progress how = parse();
    deadline until = io::detail::after_on_this_loop(in_time ? times.answer : duration::max());
    bool has_begun = false;
    while (how == progress::more) {
        if (!has_begun && !buffer.empty()) {
            has_begun = true;
            until = io::detail::after_on_this_loop(times.head);
        }
        auto came = co_await io::fail_at(until, on_.stream_.try_recv());
        if (!came || came->empty()) {
            if (send_failure_ && !has_heard_) send_failure_->raise();
            if (!came) came.error().raise();
            how = parser_->finish();
            if (how == progress::more)
                fail(priz::errc::end_of_stream,
                     "the server closed the connection and said nothing");
            break;
        }
        has_heard_ = true;
        buffer += came->text();
        how = parse();
        if (buffer.empty()) {  // an interim answer has come
            has_begun = false;
            until = io::detail::after_on_this_loop(in_time ? times.answer : duration::max());
        }
    }
    if (how == progress::failed) fail(parser_->error().as_failure(request_operation));
    if (parser_->status() == 101)
        fail(errc::unexpected_answer, "the server changes the protocol, and nobody asked it to");

    answer_head head;
    head.status = parser_->status();
    head.reason = parser_->reason();
    head.version = parser_->version() == version::http_1_1 ? "HTTP/1.1" : "HTTP/1.0";
    head.fields = http::headers(parser_->fields());
    const framing content = parser_->framing();
    is_last_ = is_last_ || !parser_->keep_alive();
    input_ = std::string_view(buffer).substr(parser_->size());
    body_.emplace(content, on_.places_, on_.settings_.most);
    const bool is_empty = content.how == framing::kind::none || content == framing::sized(0);
    if (is_empty && (is_sent_ || head.status >= 300)) finish();
    co_return head;
}

io::task<std::string_view> http1_exchange::read() {
    while (!is_finished_) {
        const body_decoder::step step = body_->next(input_);
        input_.remove_prefix(step.consumed);
        decoded how = step.how;
        if (how == decoded::content) co_return step.content;
        if (how == decoded::more) {
            auto came = co_await io::fail_after(on_.settings_.times.idle, on_.stream_.try_recv());
            if (!came) came.error().raise();
            if (came->empty()) {
                how = body_->finish();
                is_last_ = true;
            } else if (input_.empty()) {
                piece_ = *std::move(came);
                input_ = piece_.text();
            } else {
                std::string joined(input_);
                joined += came->text();
                on_.buffer_ = std::move(joined);
                input_ = on_.buffer_;
            }
        }
        if (how == decoded::failed) fail(body_->error().as_failure(request_operation));
        if (how == decoded::complete) finish();
    }
    co_return std::string_view();
}

void http1_exchange::finish() noexcept {
    if (body_) trailers_ = http::headers(body_->trailers());
    is_finished_ = true;
    on_.is_busy_ = false;
    // Bytes behind the answer answer nothing: they are what a response is split with.
    on_.is_over_ = is_last_ || !is_sent_ || !input_.empty() || send_failure_.has_value();
}

}  // namespace priz::http::detail
