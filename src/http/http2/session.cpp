#include "http/http2/session.hpp"

#include <array>
#include <limits>
#include <new>
#include <stdexcept>
#include <string>
#include <utility>

#include "http/http2/session_state.hpp"
#include "http/text.hpp"

namespace priz::http::http2 {
namespace {

using state = session::state;

std::string_view text(nghttp2_rcbuf* of) noexcept {
    const nghttp2_vec bytes = nghttp2_rcbuf_get_buf(of);
    return {reinterpret_cast<const char*>(bytes.base), bytes.len};
}

// Runs a callback's body. Whatever it throws is a lack of memory.
template <class Body>
int guarded(void* user, Body body) noexcept {
    state& self = *static_cast<state*>(user);
    try {
        return body(self);
    } catch (...) {
        self.out_of_memory = true;
        return NGHTTP2_ERR_CALLBACK_FAILURE;
    }
}

int on_begin_frame(nghttp2_session*, const nghttp2_frame_hd* header, void* user) noexcept {
    return guarded(user, [&](state& self) { return self.begin_frame(*header); });
}

int on_begin_headers(nghttp2_session*, const nghttp2_frame* frame, void* user) noexcept {
    return guarded(user, [&](state& self) { return self.begin_headers(*frame); });
}

int on_header(nghttp2_session*, const nghttp2_frame* frame, nghttp2_rcbuf* name,
              nghttp2_rcbuf* value, std::uint8_t, void* user) noexcept {
    return guarded(user, [&](state& self) { return self.header(*frame, text(name), text(value)); });
}

int on_invalid_header(nghttp2_session*, const nghttp2_frame* frame, nghttp2_rcbuf*, nghttp2_rcbuf*,
                      std::uint8_t, void* user) noexcept {
    return guarded(user, [&](state& self) { return self.malformed(frame->hd.stream_id); });
}

int on_frame_received(nghttp2_session*, const nghttp2_frame* frame, void* user) noexcept {
    return guarded(user, [&](state& self) { return self.received(*frame); });
}

int on_data(nghttp2_session*, std::uint8_t, std::int32_t stream, const std::uint8_t* at,
            std::size_t size, void* user) noexcept {
    return guarded(
        user, [&](state& self) { return self.data(stream, std::as_bytes(std::span(at, size))); });
}

int on_frame_sent(nghttp2_session*, const nghttp2_frame* frame, void* user) noexcept {
    return guarded(user, [&](state& self) { return self.sent(*frame); });
}

// A response's head that could not be sent, as it is too large: otherwise the peer would wait for
// it. A request's stream is closed by nghttp2 itself, and the peer knows nothing of it.
int on_not_sent(nghttp2_session* session, const nghttp2_frame* frame, int, void*) noexcept {
    const std::int32_t stream = frame->hd.stream_id;
    if (frame->hd.type != NGHTTP2_HEADERS || frame->headers.cat == NGHTTP2_HCAT_REQUEST ||
        nghttp2_session_find_stream(session, stream) == nullptr)
        return 0;
    return nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, stream, NGHTTP2_INTERNAL_ERROR);
}

int on_closed(nghttp2_session*, std::int32_t stream, std::uint32_t code, void* user) noexcept {
    return guarded(user,
                   [&](state& self) { return self.closed(stream, static_cast<error_code>(code)); });
}

ssize_t on_read(nghttp2_session*, std::int32_t stream, std::uint8_t* into, std::size_t size,
                std::uint32_t* flags, nghttp2_data_source*, void* user) noexcept {
    state& self = *static_cast<state*>(user);
    try {
        return self.take(stream, std::span(into, size), *flags);
    } catch (...) {
        self.out_of_memory = true;
        return NGHTTP2_ERR_CALLBACK_FAILURE;
    }
}

void require(int outcome) {
    if (outcome != 0) throw std::bad_alloc();
}

nghttp2_data_provider provider() noexcept {
    nghttp2_data_provider made{};
    made.read_callback = on_read;
    return made;
}

nghttp2_session* make_session(state& self) {
    nghttp2_session_callbacks* made_callbacks = nullptr;
    require(nghttp2_session_callbacks_new(&made_callbacks));
    const std::unique_ptr<nghttp2_session_callbacks, decltype(&nghttp2_session_callbacks_del)>
        callbacks(made_callbacks, nghttp2_session_callbacks_del);
    nghttp2_option* made_option = nullptr;
    require(nghttp2_option_new(&made_option));
    const std::unique_ptr<nghttp2_option, decltype(&nghttp2_option_del)> option(made_option,
                                                                                nghttp2_option_del);

    nghttp2_session_callbacks* const to = callbacks.get();
    nghttp2_session_callbacks_set_on_begin_frame_callback(to, on_begin_frame);
    nghttp2_session_callbacks_set_on_begin_headers_callback(to, on_begin_headers);
    nghttp2_session_callbacks_set_on_header_callback2(to, on_header);
    nghttp2_session_callbacks_set_on_invalid_header_callback2(to, on_invalid_header);
    nghttp2_session_callbacks_set_on_frame_recv_callback(to, on_frame_received);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(to, on_data);
    nghttp2_session_callbacks_set_on_frame_send_callback(to, on_frame_sent);
    nghttp2_session_callbacks_set_on_frame_not_send_callback(to, on_not_sent);
    nghttp2_session_callbacks_set_on_stream_close_callback(to, on_closed);

    nghttp2_option_set_no_auto_window_update(option.get(), 1);
    // begin_frame() counts those of a head that is read. Of one that is skipped nghttp2 counts,
    // and counts each piece of a frame's head of nine bytes as a frame: a slow peer is let pass.
    nghttp2_option_set_max_continuations(option.get(), 10UL * (self.settings.continuations + 1));
    nghttp2_option_set_max_send_header_block_length(option.get(), 1 << 20);
    nghttp2_option_set_max_outbound_ack(option.get(), self.settings.waiting_frames);
    // Closed streams are kept for RFC 7540's priorities, which nobody uses.
    nghttp2_option_set_no_closed_streams(option.get(), 1);
    // It refills with a clock of its own. Our budget comes first (budget.hpp).
    nghttp2_option_set_stream_reset_rate_limit(option.get(), UINT32_MAX, UINT32_MAX);

    nghttp2_session* made = nullptr;
    require(self.which == role::server
                ? nghttp2_session_server_new3(&made, to, &self, option.get(), pooled_memory())
                : nghttp2_session_client_new3(&made, to, &self, option.get(), pooled_memory()));
    return made;
}

}  // namespace

session::state::state(role the_role, const options& how)
    : which(the_role),
      settings(how),
      frames(how.useless_frames),
      useless(how.useless_streams),
      incoming(the_role == role::server ? NGHTTP2_CLIENT_MAGIC_LEN : 0) {
    session = make_session(*this);
    std::array<nghttp2_settings_entry, 5> entries{};
    std::size_t count = 0;
    const auto set = [&](std::int32_t id, std::uint32_t value) { entries[count++] = {id, value}; };
    set(NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, how.stream_window);
    set(NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, how.of_messages.head);
    set(NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES, 1);
    if (which == role::client) {
        set(NGHTTP2_SETTINGS_ENABLE_PUSH, 0);
    } else {
        set(NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, how.concurrent_streams);
        if (how.extended_connect) set(NGHTTP2_SETTINGS_ENABLE_CONNECT_PROTOCOL, 1);
    }
    int outcome = nghttp2_submit_settings(session, NGHTTP2_FLAG_NONE, entries.data(), count);
    if (outcome == 0)
        outcome = nghttp2_session_set_local_window_size(
            session, NGHTTP2_FLAG_NONE, 0, static_cast<std::int32_t>(how.connection_window));
    if (outcome == 0) return;
    nghttp2_session_del(session);
    if (outcome == NGHTTP2_ERR_NOMEM) throw std::bad_alloc();
    throw std::invalid_argument("http2: windows have at most 2^31 - 1 bytes");
}

session::state::~state() { nghttp2_session_del(session); }

session::session(role which, options how) : state_(std::make_unique<state>(which, how)) {}
session::~session() = default;

void session::receive(std::span<const std::byte> bytes) {
    state& self = *state_;
    if (self.failed || bytes.empty()) return;
    self.incoming.pass(bytes);
    const ssize_t count = nghttp2_session_mem_recv(
        self.session, reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
    if (self.out_of_memory || count == NGHTTP2_ERR_NOMEM)
        self.fail(error_code::internal_error);
    else if (count == NGHTTP2_ERR_BAD_CLIENT_MAGIC)
        self.fail(error_code::protocol_error);
    else if (count < 0)  // floods, and what a callback has already made fail
        self.fail(error_code::enhance_your_calm);
    else if (nghttp2_session_get_outbound_queue_size(self.session) > self.settings.waiting_frames)
        self.fail(error_code::enhance_your_calm);
}

std::optional<event> session::next_event() {
    if (state_->events.empty()) return std::nullopt;
    std::optional<event> next(std::move(state_->events.front()));
    state_->events.pop_front();
    return next;
}

std::span<const std::byte> session::output() {
    state& self = *state_;
    if (!self.goaway_made) {
        const std::uint8_t* at = nullptr;
        const ssize_t count = nghttp2_session_mem_send(self.session, &at);
        if (count >= 0) return std::as_bytes(std::span(at, static_cast<std::size_t>(count)));
        self.fail(error_code::internal_error);
    }
    if (std::exchange(self.goaway_given, true)) return {};
    return self.goaway_frame;
}

void session::consumed(std::int32_t stream, std::size_t bytes) {
    if (stream_record* record = state_->find(stream)) state_->give_back(stream, *record, bytes);
}

void session::release(std::int32_t stream, error_code why) {
    state& self = *state_;
    stream_record* record = self.find(stream);
    if (record == nullptr || !record->announced || record->released) return;
    record->released = true;
    --self.in_work;
    self.give_back(stream, *record, record->unconsumed);
    if (record->closed) {
        self.records.erase(stream);
    } else if (self.which == role::server && record->end_asked && !record->has_offer) {
        // An answer that is whole stays so: the rest of the request is refused behind it.
        if (record->got_end) return;
        if (record->sent_end)
            nghttp2_submit_rst_stream(self.session, NGHTTP2_FLAG_NONE, stream, NGHTTP2_NO_ERROR);
        record->reset_after_end = true;
    } else {
        record->offered = {};
        record->has_offer = false;
        record->asked = true;
        nghttp2_submit_rst_stream(self.session, NGHTTP2_FLAG_NONE, stream,
                                  static_cast<std::uint32_t>(why));
    }
}

std::optional<std::int32_t> session::send_request(const message& head, bool end) {
    state& self = *state_;
    if (self.which == role::server || room() == 0) return std::nullopt;
    field_block block;
    block.add(":method", head.method);
    if (head.method != "CONNECT" || !head.protocol.empty()) {
        block.add(":scheme", head.scheme);
        block.add(":path", head.path);
    }
    block.add(":authority", head.authority);
    if (!head.protocol.empty()) block.add(":protocol", head.protocol);
    for (const field_view one : head.fields)
        if (!same_name(one.name, "host") && !is_connection_specific(one.name, one.value))
            block.add(one.name, one.value);
    const nghttp2_data_provider from = provider();
    const std::int32_t stream = nghttp2_submit_request(
        self.session, nullptr, block.data(), block.size(), end ? nullptr : &from, nullptr);
    if (stream == NGHTTP2_ERR_NOMEM) throw std::bad_alloc();
    if (stream < 0) return std::nullopt;
    stream_record& record = self.records[stream];
    record.end_asked = end;
    self.announce(record);
    return stream;
}

namespace {

// Whether a response, or an informational one, can be sent on the stream.
bool may_answer(const state& self, const stream_record* record) noexcept {
    return record != nullptr && !record->closed && !record->released && !record->answered &&
           !self.failed;
}

void submit_response(state& self, std::int32_t stream, int status,
                     std::span<const field_view> fields, bool end) {
    const std::string number = std::to_string(status);
    field_block block;
    block.add(":status", number);
    block.add(fields);
    const nghttp2_data_provider from = provider();
    require(nghttp2_submit_response(self.session, stream, block.data(), block.size(),
                                    end ? nullptr : &from));
}

}  // namespace

bool session::send_response(std::int32_t stream, int status, std::span<const field_view> fields,
                            bool end) {
    stream_record* record = state_->find(stream);
    if (!may_answer(*state_, record)) return false;
    submit_response(*state_, stream, status, fields, end);
    record->answered = true;
    record->end_asked = end;
    return true;
}

bool session::send_whole_response(std::int32_t stream, int status,
                                  std::span<const field_view> fields, std::string content) {
    stream_record* record = state_->find(stream);
    if (!may_answer(*state_, record)) return false;
    record->whole = std::move(content);
    record->offered = std::as_bytes(std::span(record->whole));
    submit_response(*state_, stream, status, fields, record->whole.empty());
    record->answered = true;
    record->end_asked = true;
    return true;
}

bool session::send_informational(std::int32_t stream, int status) {
    if (!may_answer(*state_, state_->find(stream))) return false;
    const std::string number = std::to_string(status);
    field_block block;
    block.add(":status", number);
    require(nghttp2_submit_headers(state_->session, NGHTTP2_FLAG_NONE, stream, nullptr,
                                   block.data(), block.size(), nullptr));
    return true;
}

bool session::offer(std::int32_t stream, std::span<const std::byte> content, bool end) {
    state& self = *state_;
    stream_record* record = self.find(stream);
    if (record == nullptr || record->closed || record->released || record->end_asked ||
        record->has_offer || self.failed)
        return false;
    record->offered = content;
    record->has_offer = true;
    record->end_asked = end;
    // Refused where the data was not deferred, as its frame waits for its turn: it will be asked.
    nghttp2_session_resume_data(self.session, stream);
    return true;
}

void session::withdraw(std::int32_t stream) noexcept {
    stream_record* record = state_->find(stream);
    if (record == nullptr || !record->has_offer) return;
    record->offered = {};
    record->has_offer = false;
}

bool session::send_trailers(std::int32_t stream, const headers& fields) {
    state& self = *state_;
    stream_record* record = self.find(stream);
    if (record == nullptr || record->closed || record->released || record->end_asked || self.failed)
        return false;
    if (!fields.empty()) record->trailers = std::make_unique<headers>(fields);
    record->end_asked = true;
    nghttp2_session_resume_data(self.session, stream);
    return true;
}

void session::announce_shutdown() {
    if (state_->failed || state_->which == role::client) return;
    require(nghttp2_submit_shutdown_notice(state_->session));
}

void session::goaway(error_code why) {
    state& self = *state_;
    if (self.failed || self.goaway_asked == why) return;
    self.goaway_asked = why;
    require(nghttp2_submit_goaway(self.session, NGHTTP2_FLAG_NONE,
                                  nghttp2_session_get_last_proc_stream_id(self.session),
                                  static_cast<std::uint32_t>(why), nullptr, 0));
}

bool session::has_output() const noexcept {
    const state& self = *state_;
    if (self.goaway_made) return !self.goaway_given;
    return nghttp2_session_want_write(self.session) != 0;
}

std::size_t session::room() const noexcept {
    const state& self = *state_;
    if (self.failed || nghttp2_session_check_request_allowed(self.session) == 0) return 0;
    std::size_t most = self.settings.concurrent_streams;
    const std::size_t theirs =
        nghttp2_session_get_remote_settings(self.session, NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS);
    if (theirs < most) most = theirs;
    return self.records.size() < most ? most - self.records.size() : 0;
}

std::size_t session::streams() const noexcept { return state_->in_work; }
std::size_t session::open_streams() const noexcept { return state_->records.size(); }
std::uint64_t session::content_sent() const noexcept { return state_->content_sent; }
std::uint64_t session::heads_begun() const noexcept { return state_->incoming.heads_begun(); }

void session::reset_released() {
    std::vector<std::int32_t> those;
    for (const auto& [stream, record] : state_->records)
        if (record.released && !record.closed) those.push_back(stream);
    for (const std::int32_t stream : those)
        require(
            nghttp2_submit_rst_stream(state_->session, NGHTTP2_FLAG_NONE, stream, NGHTTP2_CANCEL));
}

bool session::is_in_head() const noexcept { return state_->incoming.is_in_head(); }
bool session::has_failed() const noexcept { return state_->failed; }
error_code session::failure() const noexcept { return state_->failure; }

bool session::peer_takes_extended_connect() const noexcept {
    return nghttp2_session_get_remote_settings(state_->session,
                                               NGHTTP2_SETTINGS_ENABLE_CONNECT_PROTOCOL) == 1;
}

bool session::is_over() const noexcept {
    const state& self = *state_;
    if (self.goaway_made) return self.goaway_given;
    return nghttp2_session_want_read(self.session) == 0 &&
           nghttp2_session_want_write(self.session) == 0;
}

}  // namespace priz::http::http2
