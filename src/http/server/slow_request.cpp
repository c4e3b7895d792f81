// Requests that have to wait: with content, with a handler that awaits, with a reply that is long
// or streamed.
#include <algorithm>
#include <utility>

#include "core/sys.hpp"
#include "http/server/connection.hpp"
#include "priz/http/defect.hpp"
#include "priz/http/head_writer.hpp"
#include "priz/io/cancel_scope.hpp"
#include "priz/io/detail/loop_core.hpp"

namespace priz::http::detail {

namespace {

// A piece of a streamed reply up to this size is sent together with its chunk's head.
constexpr std::size_t joined_max = std::size_t{16} * 1024;
// How much of a file has to be taken within write_time.
constexpr std::uint64_t file_piece = std::uint64_t{512} * 1024;

using kind = framing::kind;

}  // namespace

io::task<> connection::answer_slowly() {
    if (!work_->out.empty()) {
        const auto sent = co_await flush();
        if (!sent) co_return;
    }
    const request_parser& parser = work_->parser;
    const framing content = parser.framing();
    slow_ = std::make_unique<slow_request>(content, input_.substr(parser.size()), options_);
    slow_->has_ended = content.how == kind::none || content == framing::sized(0);
    slow_->owes_continue = parser.expects_continue();
    request_facts all = facts();
    if (!slow_->has_ended) {
        all.content = this;
        if (content.how == kind::sized) all.content_length = content.length;
    }
    // One that is made already may refer to its request.
    request& r = ready_ ? *work_->asked : work_->asked.emplace(all);
    reply given = co_await ask(r);
    if (!slow_->has_ended) {
        // A client that waits for 100 may send its content all the same: nobody can know.
        const bool is_long = content.how == kind::sized && content.length > skipped_max;
        if (slow_->owes_continue || is_long) keeps_ = false;
        lingers_ = true;
    }
    keeps_ = keeps_ && !loop_.is_draining();
    if (given.rare() != nullptr && given.rare()->successor)
        co_await hand_over(r, given);
    else
        co_await send_reply(r, given);
    if (!stream_) co_return;
    if (keeps_ && !slow_->has_ended) {
        const auto sent = co_await flush();
        keeps_ = sent && co_await skip_content();
    }
    if (keeps_) go_on_behind_content();
}

io::task<reply> connection::ask(request& r) {
    if (ready_) {
        reply made = *std::move(ready_);
        ready_.reset();
        co_return made;
    }
    const router::found found = loop_.server.routes.find(r);
    if (found.handler == nullptr) co_return reply_without_handler(found);
    try {
        co_return co_await found.handler->answer(r);
    } catch (...) {
        co_return reply_of_error(loop_.server, r);
    }
}

io::task<> connection::send_reply(const request& r, const reply& given) {
    if (given.rare() != nullptr) {
        co_await stream_reply(r, given);
    } else {
        const bool is_head = r.method() == "HEAD" || !may_have_content(given.status());
        const bool is_long = given.content().size() > joined_max;
        if (write_reply(given, !is_head && !is_long) && is_long && !is_head) {
            const auto sent = co_await flush();
            // What fails ends the connection.
            if (sent) static_cast<void>(co_await send_all(given.content()));
        }
    }
    log(r);
}

io::task<> connection::stream_reply(const request& r, const reply& given) {
    const bool knows_chunks = work_->parser.version() == version::http_1_1;
    const std::optional<std::uint64_t> length = given.rare()->length;
    ++uncounted_;
    if (!may_have_content(given.status())) {
        // Nothing follows, whichever head it is.
        static_cast<void>(write_head(given, framing::none()));
        co_return;
    }
    framing content = knows_chunks ? framing::chunked() : framing::until_close();
    if (length) content = framing::sized(*length);
    if (content.how == kind::until_close) keeps_ = false;
    if (!write_head(given, content)) co_return;
    if (r.method() == "HEAD") co_return;
    slow_->how = content.how;
    slow_->left = content.length;
    if (given.rare()->file) co_return co_await send_file(*given.rare());
    try {
        co_await given.rare()->producer->write(*this);
        if (slow_->how == kind::sized && slow_->left != 0) {
            failure why(priz::errc::value_error, "write");
            why.with_hint("the reply's content was shorter than the length that was announced");
            why.raise();
        }
        if (slow_->how == kind::chunked) append_last_chunk(work_->out, slow_->trailers.views());
    } catch (const cancelled&) {
        cut_off();
        throw;
    } catch (...) {
        loop_.server.failed.fetch_add(1, std::memory_order_relaxed);
        if (options_.observer != nullptr) options_.observer->failed(r, std::current_exception());
        end_short();
    }
}

// A reply that is not whole. Where its framing has an end, the absence of that tells; where the
// connection's end is the end, that has to be a reset, which takes with it what the client has not
// received yet.
void connection::end_short() noexcept {
    if (slow_->how == kind::until_close) return cut_off();
    keeps_ = false;
    lingers_ = true;
}

// Short ones go with the head, and cost one send.
io::task<> connection::send_file(const reply::uncommon& what) {
    const int fd = what.file.get();
    std::uint64_t left = *what.length;
    std::uint64_t at = what.first;
    std::string& out = work_->out;
    if (left <= joined_max) {
        const std::size_t before = out.size();
        out.resize(before + left);
        const ::ssize_t count = sys::pread(fd, out.data() + before, left, static_cast<::off_t>(at));
        if (count >= 0 && static_cast<std::uint64_t>(count) == left) co_return;
        out.resize(before);
        co_return end_short();
    }
    const auto told = co_await flush();
    if (!told) co_return;
    while (left > 0) {
        const std::size_t piece = std::min(left, file_piece);
        const auto sent = co_await io::fail_after(
            options_.write_time, stream_.try_sendfile(fd, at, static_cast<std::size_t>(piece)));
        const bool is_late = !sent && sent.error().code() == priz::errc::timed_out;
        const std::size_t gone = sent ? *sent : sent.error().transferred();
        at += gone;
        sent_ += gone;
        left -= gone;
        if (sent && gone == 0) co_return end_short();  // the file has become shorter
        if (sent || (is_late && gone > 0)) continue;
        if (is_late) loop_.server.note(refusal::late_client);
        co_return cut_off();
    }
}

io::task<> connection::write(bytes_view piece) {
    const std::string_view text(static_cast<const char*>(piece.data()), piece.size());
    if (text.empty()) co_return;
    if (slow_->how == kind::sized) {
        if (text.size() > slow_->left) {
            failure why(priz::errc::value_error, "write");
            why.with_hint("more than the length that was announced").raise();
        }
        slow_->left -= text.size();
    }
    std::string& out = work_->out;
    const bool is_chunk = slow_->how == kind::chunked;
    if (is_chunk) out += chunk_head(text.size()).text();
    const bool is_joined = text.size() <= joined_max;
    if (is_joined) out += text;
    if (is_joined && is_chunk) out += "\r\n";
    auto sent = co_await flush();
    if (sent && !is_joined) sent = co_await send_all(text);
    if (!sent) sent.error().raise();
    if (!is_joined && is_chunk) out += "\r\n";
}

void connection::add_trailer(std::string_view name, std::string_view value) {
    slow_->trailers.add(name, value);
}

// A connection changes to another protocol where its client has asked for that, and behind the
// whole of its request: what is left of it would be taken for the other protocol's.
io::task<> connection::hand_over(const request& r, const reply& given) {
    if (!work_->parser.upgrade() || !slow_->has_ended) {
        keeps_ = false;
        // It is a good one.
        static_cast<void>(
            write_reply({400, "this is for requests to upgrade, without content"}, true));
        co_return log(r);
    }
    ++uncounted_;
    const bool is_its_own = write_head(given, framing::tunnel());
    log(r);
    if (!is_its_own) co_return;
    const auto sent = co_await flush();
    if (!sent) co_return;
    std::string received(slow_->unread);
    const std::string target(r.target());
    request_facts later;
    later.method = "GET";
    later.target = target;
    later.protocol = "HTTP/1.1";
    slow_.reset();
    loop_.give_back(std::move(work_));
    chunk_ = io::chunk();
    held_ = std::string();
    input_ = {};
    keeps_ = false;
    try {
        co_await given.rare()->successor->take_over(std::move(stream_), std::move(received));
    } catch (const cancelled&) {
        throw;
    } catch (const error&) {
        // What the connection fails with is its program's to notice.
    } catch (...) {
        loop_.server.failed.fetch_add(1, std::memory_order_relaxed);
        const request once(later);
        if (options_.observer != nullptr) options_.observer->failed(once, std::current_exception());
    }
}

io::task<std::string_view> connection::read() {
    for (;;) {
        if (slow_->has_ended) co_return std::string_view();
        const auto step = slow_->body.next(slow_->unread);
        slow_->unread.remove_prefix(step.consumed);
        switch (step.how) {
            case decoded::content:
                co_return step.content;
            case decoded::more:
                co_await receive_content();
                break;
            case decoded::complete:
                slow_->has_ended = true;
                co_return std::string_view();
            case decoded::failed:
                keeps_ = false;
                const parse_error& why = slow_->body.error();
                throw status_error(answer_status(why.what), why.message());
        }
    }
}

io::task<> connection::receive_content() {
    if (std::exchange(slow_->owes_continue, false) && slow_->how == kind::none) {
        const auto told = co_await send_all("HTTP/1.1 100 Continue\r\n\r\n");
        if (!told) told.error().raise();
    }
    io::detail::loop_core& clock = io::detail::this_loop_core();
    const std::int64_t began = clock.now();
    const deadline until = slow_->pace.until(began, options_.read_time);
    auto came = co_await io::fail_at(until, stream_.try_recv());
    // Also of a read that is cancelled, and is tried again.
    slow_->pace.came(clock.now() - began, came ? came->size() : 0);
    if (!came) {
        const bool is_cut = came.error().code() == priz::errc::cancelled;
        if (!is_cut) keeps_ = false;
        if (came.error().code() != priz::errc::timed_out) came.error().raise();
        loop_.server.note(refusal::late_content);
        throw status_error(408, "the content of the request took too long");
    }
    received_ += came->size();
    if (came->empty()) {
        keeps_ = false;
        throw status_error(400, "the content of the request is not whole");
    }
    if (slow_->unread.empty()) {
        slow_->more = *std::move(came);
        slow_->unread = slow_->more.text();
        co_return;
    }
    std::string joined(slow_->unread);
    joined += came->text();
    slow_->joined = std::move(joined);
    slow_->unread = slow_->joined;
}

field_list connection::trailers() const noexcept {
    return slow_->has_ended ? slow_->body.trailers() : field_list();
}

// False: there is too much of it, or it does not come.
io::task<bool> connection::skip_content() {
    std::uint64_t skipped = 0;
    try {
        while (skipped <= skipped_max) {
            const std::string_view piece = co_await read();
            if (piece.empty()) co_return true;
            skipped += piece.size();
        }
    } catch (const status_error&) {
        // The reply has been sent: it is the end.
    } catch (const error&) {
        // The same.
    }
    co_return false;
}

// What came behind the content is the input from now on.
void connection::go_on_behind_content() {
    const std::string_view rest = slow_->unread;
    const auto is_in = [&](std::string_view all) {
        return rest.data() >= all.data() && rest.data() <= all.data() + all.size();
    };
    lingers_ = false;
    if (rest.empty()) {
        input_ = {};
    } else if (is_in(slow_->joined)) {
        held_ = rest;
        input_ = held_;
        chunk_ = io::chunk();
    } else if (is_in(slow_->more.text())) {
        chunk_ = std::move(slow_->more);
        input_ = rest;
        held_.clear();
    } else {
        input_ = rest;
    }
    slow_.reset();
    turn_ = io::detail::this_loop_core().now();
    work_->parser.reset();
}

}  // namespace priz::http::detail
