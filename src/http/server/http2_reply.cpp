// What is sent in answer to requests of HTTP/2.
#include <algorithm>
#include <utility>

#include "http/server/http2_connection.hpp"
#include "http/server/served_folder.hpp"
#include "priz/error.hpp"
#include "priz/io/detail/loop_core.hpp"

namespace priz::http::detail {

namespace {

// A file up to this size is sent as a reply that is whole.
constexpr std::uint64_t whole_max = std::uint64_t{16} * 1024;
// How much of a longer one is read at a time.
constexpr std::size_t read_size = std::size_t{64} * 1024;

bool is_of_framing(std::string_view name) noexcept {
    return same_name(name, "content-length") || same_name(name, "transfer-encoding");
}

bool is_head(const http2_stream& s) noexcept { return s.asked->method() == "HEAD"; }

}  // namespace

io::task<reply> http2_connection::ask(http2_stream& s) {
    if (s.ready) {
        reply made = *std::move(s.ready);
        s.ready.reset();
        co_return made;
    }
    try {
        co_return co_await s.handler->answer(*s.asked);
    } catch (...) {
        co_return reply_of_error(loop_.server, *s.asked);
    }
}

io::task<> http2_connection::answer(http2_stream& s) {
    reply given = co_await ask(s);
    if (given.rare() != nullptr && given.rare()->successor) co_return co_await hand_over(s, given);
    // To a client that has asked for a tunnel, any 2xx would be one (RFC 8441, 5).
    if (!s.head->protocol.empty() && given.status() / 100 == 2)
        given = reply(400, "this is no WebSocket");
    if (given.rare() == nullptr)
        send_whole(s, std::move(given));
    else
        co_await send_streamed(s, given);
    wake();
    log(s);
}

void http2_connection::log(http2_stream& s) const {
    if (options_.observer == nullptr || std::exchange(s.is_logged, true)) return;
    const std::int64_t now = io::detail::this_loop_core().now();
    options_.observer->answered(*s.asked, {s.status, duration::from_nanoseconds(now - s.arrived)});
}

bool http2_connection::fill_fields(const reply& given, std::optional<std::uint64_t> length) {
    fields_.clear();
    const headers& own = given.fields();
    if (own.empty() || !own.contains("Date")) fields_.emplace_back("date", loop_.date());
    if (!options_.name.empty()) fields_.emplace_back("server", options_.name);
    const bool is_file = given.rare() != nullptr && given.rare()->file;
    const bool has_content = !given.content().empty() || given.rare() != nullptr;
    if (!given.has_type() && has_content && !is_file)
        fields_.emplace_back("content-type", text_type);
    if (length && may_have_content(given.status())) {
        length_text_ = std::to_string(*length);
        fields_.emplace_back("content-length", length_text_);
    }
    for (const field_view field : own) {
        if (is_of_framing(field.name)) return false;
        fields_.push_back(field);
    }
    return given.status() >= 200 && given.status() <= 599;
}

// A handler gave a status that is none, or fields that the server writes itself.
void http2_connection::fail_reply(http2_stream& s) {
    loop_.server.failed.fetch_add(1, std::memory_order_relaxed);
    s.status = 500;
    const reply empty(500, "");
    // This one is good.
    static_cast<void>(fill_fields(empty, 0));
    session_.send_whole_response(s.id, s.status, fields_, {});
}

bool http2_connection::send_whole(http2_stream& s, reply given) {
    ++uncounted_;
    s.status = given.status();
    if (!fill_fields(given, given.content().size())) {
        fail_reply(s);
        return false;
    }
    const bool has_content = may_have_content(s.status) && !is_head(s);
    // `fields_` refer to the reply's fields, which stay.
    return session_.send_whole_response(s.id, s.status, fields_,
                                        has_content ? std::move(given).content() : std::string());
}

bool http2_connection::send_head(http2_stream& s, const reply& given,
                                 std::optional<std::uint64_t> length, bool is_end) {
    ++uncounted_;
    s.status = given.status();
    if (!fill_fields(given, length)) {
        fail_reply(s);
        return false;
    }
    return session_.send_response(s.id, s.status, fields_, is_end);
}

io::task<> http2_connection::send_streamed(http2_stream& s, const reply& given) {
    const reply::uncommon& what = *given.rare();
    const bool has_content = may_have_content(given.status()) && !is_head(s);
    if (what.file && has_content && *what.length <= whole_max) {
        ++uncounted_;
        std::string content;
        if (!read_part(what.file.get(), content, what.first,
                       static_cast<std::size_t>(*what.length)))
            co_return fail_reply(s);
        s.status = given.status();
        if (!fill_fields(given, *what.length)) co_return fail_reply(s);
        session_.send_whole_response(s.id, s.status, fields_, std::move(content));
        co_return;
    }
    const bool is_begun = send_head(s, given, what.length, !has_content);
    if (!is_begun || !has_content) co_return;
    s.left = what.length;
    if (what.file) co_return co_await send_file(s, what);
    try {
        co_await what.producer->write(s);
        if (s.left && *s.left != 0) {
            failure why(priz::errc::value_error, "write");
            why.with_hint("the reply's content was shorter than the length that was announced");
            why.raise();
        }
        session_.send_trailers(s.id, s.trailers_out);
    } catch (const cancelled&) {
        throw;
    } catch (...) {
        // Without its end it is reset, so that a part is never taken for the whole.
        loop_.server.failed.fetch_add(1, std::memory_order_relaxed);
        if (options_.observer != nullptr)
            options_.observer->failed(*s.asked, std::current_exception());
    }
}

io::task<> http2_connection::send_file(http2_stream& s, const reply::uncommon& what) {
    std::string piece;
    std::uint64_t at = what.first;
    for (std::uint64_t left = *what.length; left > 0;) {
        const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(left, read_size));
        // A file that has become shorter resets the stream.
        if (!read_part(what.file.get(), piece, at, size)) co_return;
        const auto sent = co_await s.offer(piece);
        if (!sent) co_return;
        at += size;
        left -= size;
    }
    session_.send_trailers(s.id, s.trailers_out);
}

// The answer to an extended CONNECT is 200 (RFC 8441, 5), and there is no handshake in fields.
io::task<> http2_connection::hand_over(http2_stream& s, const reply& given) {
    if (s.head->protocol.empty()) {
        send_whole(s, {400, "this is for requests to upgrade"});
        co_return log(s);
    }
    reply agreed(200, "");
    agreed.fields() = given.fields();
    const bool is_begun = send_head(s, agreed, std::nullopt, false);
    log(s);
    if (!is_begun) co_return;
    try {
        // Named, as GCC 12 destroys twice what is made inside a co_await expression.
        io::stream over = http2_tunnel::open(s);
        std::string received;
        co_await given.rare()->successor->take_over(std::move(over), std::move(received));
    } catch (const cancelled&) {
        throw;
    } catch (const error&) {
        // What the stream fails with is its program's to notice.
    } catch (...) {
        loop_.server.failed.fetch_add(1, std::memory_order_relaxed);
        if (options_.observer != nullptr)
            options_.observer->failed(*s.asked, std::current_exception());
    }
    co_await s.end_tunnel();
}

}  // namespace priz::http::detail
