#include "http/http2/session_state.hpp"

#include <algorithm>
#include <new>
#include <utility>

#include "http/text.hpp"

namespace priz::http::http2 {
namespace {

// One frame is given back for so many bytes of content, either way: windows of peers that move
// content in small pieces are still useful.
constexpr std::uint64_t bytes_a_frame = 256;
// A stream that was carried to its end gives back the frames that go with one.
constexpr std::uint32_t frames_a_stream = 20;
// A header list of so many times the limit is not decoded to its end.
constexpr std::size_t bomb = 4;

int decimal_status(std::string_view value) noexcept {
    int status = 0;
    for (const char c : value) status = status * 10 + (c - '0');
    return status;
}

}  // namespace

void field_block::add(std::string_view name, std::string_view value) {
    if (std::ranges::any_of(name, [](char c) { return c >= 'A' && c <= 'Z'; }))
        name = small_.emplace_front(detail::small_letters(name));
    // nghttp2 copies both, and its pointers are to non-const for other uses of the same struct.
    const auto bytes = [](std::string_view of) {
        return reinterpret_cast<std::uint8_t*>(const_cast<char*>(of.data()));
    };
    values_.push_back({bytes(name), bytes(value), name.size(), value.size(), NGHTTP2_NV_FLAG_NONE});
}

void field_block::add(std::span<const field_view> fields) {
    for (const field_view& one : fields)
        if (!is_connection_specific(one.name, one.value)) add(one.name, one.value);
}

stream_record* session::state::find(std::int32_t stream) noexcept {
    const auto at = records.find(stream);
    return at == records.end() ? nullptr : &at->second;
}

event& session::state::note(event::kind what, std::int32_t stream, error_code code) {
    event& made = events.emplace_back();
    made.what = what;
    made.stream = stream;
    made.code = code;
    return made;
}

void session::state::announce(stream_record& record) noexcept {
    if (!std::exchange(record.announced, true)) ++in_work;
}

// Made by hand: nghttp2 sends nothing any more after the errors that it calls fatal, and ours are
// such to it.
void session::state::fail(error_code why) {
    if (failed) return;
    failed = true;
    failure = why;
    goaway_made = true;
    const auto last = static_cast<std::uint32_t>(nghttp2_session_get_last_proc_stream_id(session));
    const auto code = static_cast<std::uint32_t>(why);
    goaway_frame = {};
    goaway_frame[2] = std::byte{8};
    goaway_frame[3] = std::byte{NGHTTP2_GOAWAY};
    for (unsigned i = 0; i < 4; ++i) {
        goaway_frame[9 + i] = static_cast<std::byte>(last >> (24 - 8 * i));
        goaway_frame[13 + i] = static_cast<std::byte>(code >> (24 - 8 * i));
    }
    note(event::kind::failed, 0, why);
}

bool session::state::charge_frame() {
    if (frames.take()) return true;
    fail(error_code::enhance_your_calm);
    return false;
}

bool session::state::charge_stream() {
    if (which == role::client || useless.take()) return true;
    fail(error_code::enhance_your_calm);
    return false;
}

void session::state::useful(std::uint64_t bytes) noexcept {
    moved += bytes;
    const std::uint64_t count = std::min<std::uint64_t>(moved / bytes_a_frame, 1U << 20);
    frames.give(static_cast<std::uint32_t>(count));
    moved %= bytes_a_frame;
}

void session::state::give_back(std::int32_t stream, stream_record& record,
                               std::uint64_t bytes) noexcept {
    bytes = std::min(bytes, record.unconsumed);
    if (bytes == 0) return;
    record.unconsumed -= bytes;
    useful(bytes);
    // The only failure of both is a lack of memory, upon which the peer's window stays shut.
    if (record.closed || record.released ||
        nghttp2_session_consume(session, stream, bytes) == NGHTTP2_ERR_INVALID_ARGUMENT)
        nghttp2_session_consume_connection(session, bytes);
}

// Rules that nghttp2 does not hold its peer to, or not in every case; and what costs. A frame on a
// stream that this side has reset is let pass, as it may have been under way.
int session::state::begin_frame(const nghttp2_frame_hd& header) {
    const auto refuse = [&](error_code why) {
        fail(why);
        return NGHTTP2_ERR_CALLBACK_FAILURE;
    };
    const bool ends = (header.flags & NGHTTP2_FLAG_END_STREAM) != 0;
    bool useless_frame = false;
    switch (header.type) {
        case NGHTTP2_DATA:
            useless_frame = header.length == 0 && !ends;
            if (past_of(header.stream_id) == past::ended_by_peer)
                return refuse(error_code::stream_closed);
            break;
        case NGHTTP2_HEADERS:
            continuations = 0;
            if (which == role::server && header.stream_id <= last_begun &&
                !is_open(header.stream_id)) {
                const past was = past_of(header.stream_id);
                if (was == past::unknown) return refuse(error_code::protocol_error);
                if (was == past::ended_by_peer) return refuse(error_code::stream_closed);
            }
            break;
        case NGHTTP2_CONTINUATION:
            // nghttp2 asks here for those alone whose stream goes on; it limits the others.
            if (++continuations > settings.continuations)
                return refuse(error_code::enhance_your_calm);
            break;
        // A client says that it takes none before its first request.
        case NGHTTP2_PUSH_PROMISE:
            return refuse(error_code::protocol_error);
        case NGHTTP2_PRIORITY:
            if (header.stream_id == 0) return refuse(error_code::protocol_error);
            [[fallthrough]];
        default:
            useless_frame = true;
    }
    return !useless_frame || charge_frame() ? 0 : NGHTTP2_ERR_CALLBACK_FAILURE;
}

bool session::state::is_open(std::int32_t stream) noexcept {
    const stream_record* record = find(stream);
    return record != nullptr && !record->closed;
}

session::state::past session::state::past_of(std::int32_t stream) const noexcept {
    for (const auto& [id, how] : recent)
        if (id == stream) return how;
    return past::unknown;
}

void session::state::remember(std::int32_t stream, past how) noexcept {
    recent[next_recent++ % recent.size()] = {stream, how};
}

int session::state::begin_headers(const nghttp2_frame& frame) {
    const std::int32_t stream = frame.hd.stream_id;
    stream_record* record = find(stream);
    if (frame.headers.cat == NGHTTP2_HCAT_REQUEST) {
        last_begun = stream;
        // Whoever was told that this side takes no more may send what it has begun elsewhere.
        if (in_work >= settings.concurrent_streams || goaway_asked) {
            remember(stream, past::reset_here);
            nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, stream, NGHTTP2_REFUSED_STREAM);
            return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
        }
        record = &records[stream];
    }
    if (record == nullptr) return 0;
    record->incoming = std::make_unique<message>();
    record->incoming->fields.reserve(8, 200);
    record->incoming_size = 0;
    return 0;
}

int session::state::header(const nghttp2_frame& frame, std::string_view name,
                           std::string_view value) {
    stream_record* record = find(frame.hd.stream_id);
    if (record == nullptr || record->incoming == nullptr) return 0;
    message& head = *record->incoming;
    record->incoming_size += name.size() + value.size() + 32;
    const limits& most = settings.of_messages;
    if (record->incoming_size > bomb * most.head) {
        fail(error_code::enhance_your_calm);
        return NGHTTP2_ERR_CALLBACK_FAILURE;
    }
    if (head.refused != defect::none) return 0;
    if (record->incoming_size > most.head)
        head.refused = defect::head_too_large;
    else if (name.size() + value.size() + 4 > most.line)
        head.refused = defect::line_too_long;
    else if (head.fields.size() == most.fields && !name.starts_with(':'))
        head.refused = defect::too_many_fields;
    if (head.refused != defect::none) return 0;
    // nghttp2 has checked which of these there may be, and their order.
    if (name == ":method")
        head.method = value;
    else if (name == ":scheme")
        head.scheme = value;
    else if (name == ":authority")
        head.authority = value;
    else if (name == ":path")
        head.path = value;
    else if (name == ":protocol")
        head.protocol = value;
    else if (name == ":status")
        head.status = decimal_status(value);
    else if (!head.fields.try_add(name, value))
        return malformed(frame.hd.stream_id);
    return 0;
}

// nghttp2 would pass over a field that is not valid, and hand on the rest; RFC 9113, 8.1.1 has the
// message malformed.
int session::state::malformed(std::int32_t stream) {
    nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, stream, NGHTTP2_PROTOCOL_ERROR);
    return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
}

int session::state::headers_complete(const nghttp2_frame& frame) {
    const std::int32_t stream = frame.hd.stream_id;
    stream_record* record = find(stream);
    if (record == nullptr || record->incoming == nullptr) return 0;
    std::unique_ptr<message> head = std::move(record->incoming);
    const bool trailers = record->had_head;
    if (!trailers && which == role::server && head->refused == defect::none &&
        check_request(*head) != defect::none) {
        nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, stream, NGHTTP2_PROTOCOL_ERROR);
        return 0;
    }
    if (which == role::server || head->status >= 200) record->had_head = true;
    announce(*record);
    if (record->released) return 0;
    event& told = note(trailers ? event::kind::trailers : event::kind::head, stream);
    told.head = std::move(head);
    told.is_whole = (frame.hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
    return 0;
}

int session::state::received(const nghttp2_frame& frame) {
    const std::int32_t stream = frame.hd.stream_id;
    switch (frame.hd.type) {
        case NGHTTP2_HEADERS:
            headers_complete(frame);
            [[fallthrough]];
        case NGHTTP2_DATA: {
            if ((frame.hd.flags & NGHTTP2_FLAG_END_STREAM) == 0) return 0;
            stream_record* record = find(stream);
            if (record == nullptr) return 0;
            record->got_end = true;
            if (record->announced && !record->released) note(event::kind::end, stream);
            return 0;
        }
        case NGHTTP2_RST_STREAM:
            if (stream_record* record = find(stream)) record->reset_by_peer = true;
            return 0;
        case NGHTTP2_SETTINGS:
            if ((frame.hd.flags & NGHTTP2_FLAG_ACK) == 0) note(event::kind::settings, 0);
            return 0;
        case NGHTTP2_GOAWAY:
            note(event::kind::goaway, frame.goaway.last_stream_id,
                 static_cast<error_code>(frame.goaway.error_code));
            return 0;
        default:
            return 0;
    }
}

int session::state::data(std::int32_t stream, std::span<const std::byte> bytes) {
    stream_record* record = find(stream);
    if (record == nullptr || !record->announced || record->released) {
        nghttp2_session_consume_connection(session, bytes.size());
        return 0;
    }
    record->unconsumed += bytes.size();
    note(event::kind::content, stream).content = bytes;
    return 0;
}

int session::state::sent(const nghttp2_frame& frame) {
    if (frame.hd.type == NGHTTP2_GOAWAY) {
        const auto code = static_cast<error_code>(frame.goaway.error_code);
        if (code == error_code::no_error || code == goaway_asked || failed) return 0;
        failed = true;
        failure = code;
        note(event::kind::failed, 0, code);
        return 0;
    }
    // nghttp2 resets the stream alone where a window overflows. For settings that let one do so,
    // RFC 9113, 6.9.2 has the connection end; for the rest 5.4 leaves it to us.
    if (frame.hd.type == NGHTTP2_RST_STREAM &&
        frame.rst_stream.error_code == NGHTTP2_FLOW_CONTROL_ERROR) {
        fail(error_code::flow_control_error);
        return 0;
    }
    if (frame.hd.type != NGHTTP2_DATA && frame.hd.type != NGHTTP2_HEADERS) return 0;
    stream_record* record = find(frame.hd.stream_id);
    if (frame.hd.type == NGHTTP2_DATA) {
        useful(frame.hd.length);
        if (record != nullptr && record->released) content_sent += frame.hd.length;
    }
    if (record == nullptr || (frame.hd.flags & NGHTTP2_FLAG_END_STREAM) == 0) return 0;
    record->sent_end = true;
    if (record->reset_after_end && !record->got_end)
        nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, frame.hd.stream_id, NGHTTP2_NO_ERROR);
    return 0;
}

int session::state::closed(std::int32_t stream, error_code code) {
    stream_record* record = find(stream);
    if (record == nullptr) return charge_stream() ? 0 : NGHTTP2_ERR_CALLBACK_FAILURE;
    record->closed = true;
    record->offered = {};
    record->has_offer = false;
    const bool complete = record->sent_end && record->got_end;
    remember(stream, complete || record->reset_by_peer ? past::ended_by_peer : past::reset_here);
    const bool asked = record->asked || record->reset_after_end;
    if (complete) {
        useless.give(1);
        frames.give(frames_a_stream);
    } else if (record->announced && !record->released) {
        note(event::kind::reset, stream, code);
    }
    if (record->released || !record->announced) records.erase(stream);
    return complete || asked || charge_stream() ? 0 : NGHTTP2_ERR_CALLBACK_FAILURE;
}

ssize_t session::state::take(std::int32_t stream, std::span<std::uint8_t> into,
                             std::uint32_t& flags) {
    stream_record* record = find(stream);
    if (record == nullptr) return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
    const std::size_t count = std::min(into.size(), record->offered.size());
    std::ranges::copy(record->offered.first(count), std::as_writable_bytes(into).begin());
    record->offered = record->offered.subspan(count);
    if (!record->offered.empty()) return static_cast<ssize_t>(count);
    if (record->has_offer) {
        record->has_offer = false;
        if (!record->released) note(event::kind::offer_taken, stream);
    }
    if (record->trailers != nullptr) {
        flags |= NGHTTP2_DATA_FLAG_EOF | NGHTTP2_DATA_FLAG_NO_END_STREAM;
        field_block block;
        block.add(record->trailers->views());
        if (nghttp2_submit_trailer(session, stream, block.data(), block.size()) != 0)
            return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
        record->trailers.reset();
    } else if (record->end_asked) {
        flags |= NGHTTP2_DATA_FLAG_EOF;
    } else if (count == 0) {
        return NGHTTP2_ERR_DEFERRED;
    }
    return static_cast<ssize_t>(count);
}

}  // namespace priz::http::http2
