#include "priz/http/websocket.hpp"

#include <openssl/rand.h>

#include <cerrno>
#include <utility>

#include "http/set_while.hpp"
#include "http/websocket/websocket_state.hpp"
#include "priz/error.hpp"
#include "priz/io/cancel_scope.hpp"
#include "priz/io/serve.hpp"

namespace priz::http {

namespace detail {

namespace {

std::error_code system_error(int number) noexcept { return {number, std::system_category()}; }

[[noreturn]] void fail(std::error_code cause, const char* operation, const char* hint) {
    failure why(cause, operation);
    why.with_hint(hint).raise();
}

mask_key new_mask() {
    mask_key key;
    if (RAND_bytes(key.data(), static_cast<int>(key.size())) != 1)
        fail(system_error(EIO), "send", "there are no random bytes for the mask");
    return key;
}

struct reset_unless {
    reset_unless(io::stream& s, bool needed) noexcept : of(s), is_needed(needed) {}
    reset_unless(const reset_unless&) = delete;
    reset_unless& operator=(const reset_unless&) = delete;
    ~reset_unless() {
        if (is_needed) of.reset();
    }
    io::stream& of;
    bool is_needed;
};

std::string close_payload(int code, std::string_view reason) {
    std::string payload;
    if (code == 1005) return payload;
    payload += static_cast<char>(code >> 8);
    payload += static_cast<char>(code & 0xff);
    return payload.append(reason);
}

}  // namespace

websocket_state::websocket_state(io::stream s, bool server, std::string received,
                                 const websocket_options& given, const websocket_agreement& agreed)
    : protocol(agreed.protocol),
      stream_(std::move(s)),
      options_(given),
      inflater_(agreed.compression == nullptr
                    ? nullptr
                    : std::make_unique<message_inflater>(
                          server ? agreed.compression->client_window_bits
                                 : agreed.compression->server_window_bits,
                          server ? agreed.compression->client_keeps_context
                                 : agreed.compression->server_keeps_context)),
      reader_(server, given.limits, inflater_.get()),
      early_(std::move(received)),
      input_(early_),
      accepts_(agreed.accepts),
      is_server_(server) {
    if (agreed.compression == nullptr) return;
    const deflate_terms& terms = *agreed.compression;
    deflater_ = std::make_unique<message_deflater>(
        server ? terms.server_window_bits : terms.client_window_bits,
        server ? terms.server_keeps_context : terms.client_keeps_context);
}

// The next event, whatever it is; the connection's end is event::more.
io::task<websocket_state::event> websocket_state::receive_event() {
    for (bool has_asked = false;;) {
        const event told = reader_.next(input_);
        if (told != event::more) co_return told;
        auto came = co_await receive_some();
        if (!came) {
            const bool is_idle = came.error().code() == priz::errc::timed_out;
            if (!is_idle || has_asked) came.error().raise();
            has_asked = true;
            co_await ask_for_life();
            continue;
        }
        has_asked = false;
        if (came->empty()) co_return event::more;
        chunk_ = *std::move(came);
        input_ = chunk_.text();
    }
}

io::task<result<io::chunk>> websocket_state::receive_some() {
    if (leaving_until_) co_return co_await receive_last();
    deadline until;
    if (options_.idle_time)
        until = io::detail::after_on_this_loop(options_.idle_time->seconds() / 2);
    auto receiving = io::fail_at(until, stream_.try_recv());
    if (accepts_ == nullptr) co_return co_await std::move(receiving);
    auto came = co_await accepts_->until_drain(std::move(receiving));
    if (came) co_return *std::move(came);
    leaving_until_ = io::detail::after_on_this_loop(options_.close_time);
    // Half a frame would be the end of the connection.
    co_await io::shield(say_close(1001, {}));
    co_return co_await receive_last();
}

// The server ends, and the peer was told: one that does not close in its turn has ended.
io::task<result<io::chunk>> websocket_state::receive_last() {
    auto came = co_await io::fail_at(*leaving_until_, stream_.try_recv());
    if (came || came.error().code() != priz::errc::timed_out) co_return came;
    stream_.reset();
    co_return io::chunk();
}

// Whoever sends just now will find out without it.
io::task<> websocket_state::ask_for_life() {
    const auto held = sending_.lock_nowait();
    if (!held || has_closed_) co_return;
    try {
        co_await write(opcode::ping, false, {});
    } catch (const error&) {
        // A connection that takes nothing any more tells the receiver so itself.
    }
}

io::task<std::optional<websocket_message>> websocket_state::recv() {
    if (is_receiving_) fail(system_error(EBUSY), "recv", "another recv() is pending");
    const set_while receiving(is_receiving_);
    while (!is_closed_) {
        event told = event::more;
        try {
            told = co_await receive_event();
        } catch (const error&) {
            is_closed_ = true;
            has_ended_.set();
            throw;
        }
        switch (told) {
            case event::message:
                co_return websocket_message{std::move(reader_.message()), reader_.is_text()};
            case event::ping:
                ping_ = reader_.control();
                // Half a pong would be the end of the connection.
                co_await io::shield(answer_ping());
                break;
            case event::pong:
                break;
            case event::close:
                co_await io::shield(note_close());
                break;
            case event::failed: {
                const char* const why = reader_.why();
                co_await io::shield(say_close(reader_.close_code(), why));
                is_closed_ = true;
                has_ended_.set();
                fail(std::make_error_code(std::errc::protocol_error), "recv", why);
            }
            case event::more: {
                is_closed_ = true;
                has_ended_.set();
                if (has_closed_) break;
                failure why(priz::errc::end_of_stream, "recv");
                why.with_hint("the connection ended without a close frame").raise();
            }
        }
    }
    co_return std::nullopt;
}

io::task<> websocket_state::note_close() {
    is_closed_ = true;
    close_code = reader_.close_code();
    close_reason = reader_.control();
    co_await say_close(close_code, {});
    // Both have said it: the peer need not wait for the program to let go of the connection.
    static_cast<void>(co_await stream_.try_shutdown(SHUT_WR));
    has_ended_.set();
}

// Tells the end, once; whether it arrives is not known anyway.
io::task<> websocket_state::say_close(int code, std::string_view reason) {
    if (has_closed_) co_return;
    try {
        const auto held = co_await sending_.lock();
        if (std::exchange(has_closed_, true)) co_return;
        const std::string payload = close_payload(code, reason);
        co_await write(opcode::close, false, payload);
    } catch (const error&) {
        // The connection is gone, and with it whom to tell.
    }
}

io::task<> websocket_state::answer_ping() {
    auto held = sending_.lock_nowait();
    if (!held || has_closed_) co_return;
    try {
        while (ping_) {
            const std::string content = *std::exchange(ping_, std::nullopt);
            co_await write(opcode::pong, false, content);
        }
    } catch (const error&) {
        // A connection that takes nothing any more tells the receiver so itself.
    }
}

io::task<> websocket_state::write(opcode what, bool is_compressed, std::string_view payload) {
    std::string frame;
    if (is_server_) {
        append_frame(frame, what, true, is_compressed, payload, nullptr);
    } else {
        const mask_key key = new_mask();
        append_frame(frame, what, true, is_compressed, payload, &key);
    }
    for (std::string_view left = frame; !left.empty();) {
        const auto sent = co_await io::fail_after(options_.write_time, stream_.try_send(left));
        if (sent) {
            left.remove_prefix(*sent);
            continue;
        }
        // Amid a frame nothing else can follow.
        const bool has_begun = left.size() < frame.size();
        if (has_begun || sent.error().code() == priz::errc::timed_out) stream_.reset();
        sent.error().raise();
    }
}

io::task<> websocket_state::send(opcode what, std::string payload) {
    const auto held = co_await sending_.lock();
    if (has_closed_) fail(system_error(EPIPE), "send", "the websocket is closed");
    const bool is_data = what == opcode::text || what == opcode::binary;
    const bool is_compressed = is_data && deflater_ != nullptr;
    if (is_compressed) payload = deflater_->compress(payload);
    // What was compressed belongs to what the next message is compressed with: a message that is
    // left out makes all later ones unreadable.
    reset_unless reset(stream_, is_compressed);
    co_await write(what, is_compressed, payload);
    reset.is_needed = false;
    while (ping_) {
        const std::string content = *std::exchange(ping_, std::nullopt);
        co_await write(opcode::pong, false, content);
    }
}

// Until the peer has closed too, and the connection has ended.
io::task<> websocket_state::await_close() {
    if (is_receiving_) {
        co_await has_ended_.wait();
    } else {
        const set_while receiving(is_receiving_);
        while (!is_closed_) {
            const event told = co_await receive_event();
            if (told == event::close) {
                close_code = reader_.close_code();
                close_reason = reader_.control();
            }
            is_closed_ = told == event::close || told == event::failed || told == event::more;
        }
    }
    co_await stream_.close();
}

io::task<> websocket_state::say_and_await_close(int code, std::string_view reason) {
    co_await say_close(code, reason);
    co_await await_close();
}

io::task<> websocket_state::close(int code, std::string reason) {
    try {
        static_cast<void>(
            co_await io::move_on_after(options_.close_time, say_and_await_close(code, reason)));
    } catch (const error&) {
        // It is the end, whatever it was.
    }
    is_closed_ = true;
    stream_.reset();
}

websocket make_websocket(io::stream connection, bool is_server, std::string received,
                         const websocket_options& options, const websocket_agreement& agreed) {
    return websocket(std::make_unique<websocket_state>(std::move(connection), is_server,
                                                       std::move(received), options, agreed));
}

io::task<> end_websocket(websocket& ws, std::exception_ptr why) {
    if (ws) co_await ws.close(why == nullptr ? 1000 : 1011);
    if (why != nullptr) std::rethrow_exception(why);
}

}  // namespace detail

using detail::opcode;
using detail::utf8_check;

namespace {

[[noreturn]] void refuse_use(const char* operation, const char* hint) {
    failure why(priz::errc::value_error, operation);
    why.with_hint(hint).raise();
}

detail::websocket_state& open(const std::unique_ptr<detail::websocket_state>& state,
                              const char* operation) {
    if (state == nullptr)
        failure(std::error_code(EBADF, std::system_category()), operation).raise();
    return *state;
}

bool is_utf8(std::string_view text) noexcept {
    utf8_check check;
    return check.add(text) && check.is_whole();
}

constexpr std::size_t control_max = 125;

}  // namespace

websocket::websocket() noexcept = default;
websocket::websocket(websocket&&) noexcept = default;
websocket& websocket::operator=(websocket&&) noexcept = default;
websocket::~websocket() = default;
websocket::websocket(std::unique_ptr<detail::websocket_state> state) noexcept
    : state_(std::move(state)) {}

io::task<std::optional<websocket_message>> websocket::recv() {
    co_return co_await open(state_, "recv").recv();
}

io::task<> websocket::send(std::string text) {
    if (!is_utf8(text)) refuse_use("send", "a text is UTF-8; see send_bytes()");
    co_await open(state_, "send").send(opcode::text, std::move(text));
}

io::task<> websocket::send_bytes(std::string data) {
    co_await open(state_, "send").send(opcode::binary, std::move(data));
}

io::task<> websocket::send(const websocket_message& message) {
    return message.is_text ? send(message.data) : send_bytes(message.data);
}

io::task<> websocket::ping(std::string content) {
    if (content.size() > control_max) refuse_use("ping", "a ping has at most 125 bytes");
    co_await open(state_, "ping").send(opcode::ping, std::move(content));
}

io::task<> websocket::close(int code, std::string reason) {
    if (!detail::may_be_sent(code)) refuse_use("close", "no close frame has this code");
    if (reason.size() > control_max - 2 || !is_utf8(reason))
        refuse_use("close", "a reason is UTF-8 of at most 123 bytes");
    co_await open(state_, "close").close(code, std::move(reason));
}

int websocket::close_code() const noexcept { return state_ == nullptr ? 1006 : state_->close_code; }

const std::string& websocket::close_reason() const noexcept {
    static const std::string none;
    return state_ == nullptr ? none : state_->close_reason;
}

const std::string& websocket::protocol() const noexcept {
    static const std::string none;
    return state_ == nullptr ? none : state_->protocol;
}

websocket wrap_websocket(io::stream connection, bool is_server, std::string received,
                         const websocket_options& options) {
    if (!connection) refuse_use("wrap_websocket", "there is no connection");
    return detail::make_websocket(std::move(connection), is_server, std::move(received), options,
                                  {});
}

}  // namespace priz::http
