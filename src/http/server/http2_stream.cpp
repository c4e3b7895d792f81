#include "http/server/http2_stream.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>

#include "http/server/http2_connection.hpp"
#include "http/text.hpp"
#include "priz/error.hpp"
#include "priz/http/defect.hpp"
#include "priz/io/detail/loop_core.hpp"

namespace priz::http::detail {

namespace {

// How much has to be taken within write_time.
constexpr std::size_t offered_max = std::size_t{64} * 1024;

failure stream_failure(int number, const char* operation, const char* hint) {
    failure why(std::error_code(number, std::system_category()), operation);
    why.with_hint(hint);
    return why;
}

// A client may divide Cookie, which is one field to everybody else (RFC 9113, 8.2.3).
void join_cookies(headers& fields) {
    const auto all = fields.get_all("cookie");
    if (all.size() < 2) return;
    std::string one;
    for (const std::string_view each : all) {
        if (!one.empty()) one += "; ";
        one += each;
    }
    fields.set("cookie", one);
}

}  // namespace

http2_stream::http2_stream(http2_connection& of, std::int32_t the_id,
                           std::unique_ptr<http2::message> the_head, bool is_whole)
    : id(the_id),
      head(std::move(the_head)),
      arrived(of.turn_),
      has_ended(is_whole),
      of_(of),
      facts_(facts_of(*head)),
      pace_(of.options_) {
    asked.emplace(facts_);
}

void http2_stream::be_asked_by(const told_client& who) {
    client_ = who;
    facts_.client = &client_->who;
    if (client_->is_secure) facts_.scheme = *client_->is_secure ? "https" : "http";
    asked.emplace(facts_);
}

// Nobody may write into what has been destroyed.
http2_stream::~http2_stream() {
    if (tunnel != nullptr) tunnel->leave();
    of_.session_.release(id,
                         is_over ? http2::error_code::cancel : http2::error_code::internal_error);
    of_.wake();
}

request_facts http2_stream::facts_of(http2::message& of) {
    join_cookies(of.fields);
    // A handler finds the host where it finds it on HTTP/1.1.
    if (!of.authority.empty() && !of.fields.contains("host")) of.fields.add("host", of.authority);
    request_facts all;
    all.method = of.protocol.empty() ? std::string_view(of.method) : "GET";
    all.target = of.path.empty() ? std::string_view(of.authority) : of.path;
    all.host = of.authority;
    all.scheme = of_.known_.is_secure ? "https" : "http";
    all.protocol = "HTTP/2";
    all.extended_connect = of.protocol;
    all.fields = of.fields.list();
    all.connection = of_.stream_.native_endpoint();
    all.accepts = of_.loop_.accepts;
    if (has_ended || !of.protocol.empty()) return all;
    all.content = this;
    if (const auto told = of.fields.get("content-length")) {
        std::uint64_t length = 0;
        // nghttp2 has checked that it is a number.
        if (std::from_chars(told->data(), told->data() + told->size(), length).ec == std::errc())
            all.content_length = length;
    }
    const auto expected = of.fields.get("expect");
    owes_continue = expected && same_name(*expected, "100-continue");
    return all;
}

void http2_stream::changed() noexcept {
    changed_.set();
    changed_.clear();
    if (is_taken && queue.size() > 0) send_queue();
    if (tunnel != nullptr) tunnel->tell();
}

const io::detail::endpoint& http2_stream::connection() const noexcept {
    return *of_.stream_.native_endpoint();
}

result<address> http2_stream::name(bool peer) const noexcept {
    return peer ? of_.stream_.try_getpeername() : of_.stream_.try_getsockname();
}

void http2_stream::drop(std::size_t count) noexcept {
    coming.erase(0, count);
    of_.session_.consumed(id, count);
    of_.wake();
}

// One part is with the session at a time.
void http2_stream::send_queue() noexcept {
    if (is_over || queue.has_ended || !is_taken) return;
    queue.offered.clear();
    queue.offered.swap(queue.waiting);
    if (!queue.offered.empty()) {
        is_taken = false;
        is_over = !of_.session_.offer(id, std::as_bytes(std::span(queue.offered)), false);
    } else if (queue.ends) {
        queue.has_ended = true;
        of_.session_.send_trailers(id, {});
    }
    of_.wake();
}

io::task<> http2_stream::end_tunnel() {
    while (queue.is_open && !is_over) co_await changed_.wait();
    while (!queue.has_ended && !is_over) {
        const bool came = co_await io::move_on_after(of_.options_.write_time, changed_.wait());
        if (!came) is_over = true;
    }
}

// What was read makes room for more.
void http2_stream::give_back() noexcept {
    if (given_.empty()) return;
    of_.session_.consumed(id, given_.size());
    given_.clear();
    of_.wake();
}

io::task<> http2_stream::skip(std::uint64_t most) {
    while (!has_ended && !is_over) {
        if (most > 0) {
            give_back();
            given_.swap(coming);
            most -= std::min<std::uint64_t>(most, given_.size());
        }
        co_await changed_.wait();
    }
}

io::task<std::string_view> http2_stream::read() {
    give_back();
    for (;;) {
        if (received > of_.options_.limits.content)
            throw status_error(413, make_error_code(defect::content_too_large).message());
        if (!coming.empty()) {
            pace_.came(0, static_cast<std::size_t>(received - std::exchange(paced, received)));
            given_.swap(coming);
            co_return given_;
        }
        if (is_over)
            stream_failure(ECONNRESET, "read", "the client has given the request up").raise();
        if (has_ended) co_return std::string_view();
        if (std::exchange(owes_continue, false) && of_.session_.send_informational(id, 100))
            of_.wake();
        const bool came = co_await wait_for_content();
        if (came) continue;
        of_.loop_.server.note(refusal::late_content);
        throw status_error(408, "the content of the request took too long");
    }
}

io::task<bool> http2_stream::wait_for_content() {
    // Also of a read that is cancelled, and is tried again.
    struct accounting {
        explicit accounting(http2_stream& given) noexcept : of(given) {}
        accounting(const accounting&) = delete;
        accounting& operator=(const accounting&) = delete;
        ~accounting() {
            const auto came = of.received - std::exchange(of.paced, of.received);
            of.pace_.came(clock.now() - began, static_cast<std::size_t>(came));
        }
        http2_stream& of;
        io::detail::loop_core& clock = io::detail::this_loop_core();
        std::int64_t began = clock.now();
    };
    const accounting at_the_end(*this);
    const deadline until = pace_.until(at_the_end.began, of_.options_.read_time);
    co_return co_await io::move_on_at(until, changed_.wait());
}

io::task<result<void>> http2_stream::offer(std::string_view text) {
    // However it ends, what was offered is referred to no more.
    struct withdrawal {
        explicit withdrawal(http2_stream& given) noexcept : of(given) {}
        withdrawal(const withdrawal&) = delete;
        withdrawal& operator=(const withdrawal&) = delete;
        ~withdrawal() {
            if (of.is_taken) return;
            of.is_over = true;
            of.of_.session_.release(of.id, http2::error_code::internal_error);
            of.of_.wake();
        }
        http2_stream& of;
    };
    const withdrawal at_the_end(*this);
    while (!text.empty()) {
        const std::string_view part = text.substr(0, offered_max);
        is_taken = false;
        if (is_over || !of_.session_.offer(id, std::as_bytes(std::span(part)), false))
            co_return std::unexpected(
                stream_failure(EPIPE, "write", "the client has given the reply up"));
        of_.wake();
        const deadline until = io::detail::after_on_this_loop(of_.options_.write_time);
        while (!is_taken && !is_over) {
            const bool came = co_await io::move_on_at(until, changed_.wait());
            if (came) continue;
            of_.loop_.server.note(refusal::late_client);
            failure why(priz::errc::timed_out, "write");
            why.with_hint("the client takes nothing of the reply");
            co_return std::unexpected(std::move(why));
        }
        text.remove_prefix(part.size());
    }
    co_return result<void>();
}

io::task<> http2_stream::write(bytes_view piece) {
    const std::string_view text(static_cast<const char*>(piece.data()), piece.size());
    if (left) {
        if (text.size() > *left) {
            failure why(priz::errc::value_error, "write");
            why.with_hint("more than the length that was announced").raise();
        }
        *left -= text.size();
    }
    const auto sent = co_await offer(text);
    if (!sent) sent.error().raise();
}

void http2_stream::add_trailer(std::string_view name, std::string_view value) {
    if (!left) trailers_out.add(name, value);
}

}  // namespace priz::http::detail
