// session_state.hpp: what a session keeps, and what nghttp2's callbacks do with it.
//
// nghttp2 is C: a callback that throws would unwind through frames that know nothing of it. Each
// of ours is noexcept; what it throws inside ends the connection with INTERNAL_ERROR.
#pragma once

#include <nghttp2/nghttp2.h>

#include <array>
#include <deque>
#include <forward_list>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/http2/budget.hpp"
#include "http/http2/frame_tracker.hpp"
#include "http/http2/pool.hpp"
#include "http/http2/session.hpp"

namespace priz::http::http2 {

// Fields as nghttp2 wants them: names in small letters, none of the connection's. They refer to
// what was added.
class field_block {
public:
    void add(std::string_view name, std::string_view value);
    void add(std::span<const field_view> fields);
    const nghttp2_nv* data() const noexcept { return values_.data(); }
    std::size_t size() const noexcept { return values_.size(); }

private:
    std::vector<nghttp2_nv> values_;
    std::forward_list<std::string> small_;
};

struct stream_record {
    std::unique_ptr<message> incoming;  // a head or trailers whose fields are coming in
    std::size_t incoming_size = 0;      // as RFC 9113, 6.5.2 counts it
    std::span<const std::byte> offered;
    std::string whole;                  // that `offered` lies in, where the session keeps it
    std::unique_ptr<headers> trailers;  // to send behind what was offered
    std::uint64_t unconsumed = 0;
    bool announced = false;  // its consumer knows of it, and will release it
    bool had_head = false;   // the head that counts; the next is trailers
    bool answered = false;   // of a server: the head is submitted
    bool got_end = false;
    bool has_offer = false;
    bool end_asked = false;  // the last of what this side sends is submitted
    bool sent_end = false;
    bool asked = false;  // the reset is this side's wish
    bool released = false;
    bool reset_after_end = false;
    bool reset_by_peer = false;
    bool closed = false;
};

struct session::state {
    state(role the_role, const options& how);
    state(const state&) = delete;
    state& operator=(const state&) = delete;
    ~state();

    stream_record* find(std::int32_t stream) noexcept;
    event& note(event::kind what, std::int32_t stream, error_code code = error_code::no_error);
    void announce(stream_record& record) noexcept;
    // Ends the connection: what nghttp2 has queued is dropped in favour of a GOAWAY.
    void fail(error_code why);
    void give_back(std::int32_t stream, stream_record& record, std::uint64_t bytes) noexcept;
    // False where the peer has overdrawn.
    bool charge_frame();
    bool charge_stream();
    void useful(std::uint64_t bytes) noexcept;

    // How the last streams ended: what may still come on them depends on it.
    enum class past : std::uint8_t { unknown, ended_by_peer, reset_here };
    bool is_open(std::int32_t stream) noexcept;
    past past_of(std::int32_t stream) const noexcept;
    void remember(std::int32_t stream, past how) noexcept;

    // The callbacks' bodies; what they give is nghttp2's.
    int begin_frame(const nghttp2_frame_hd& header);
    int begin_headers(const nghttp2_frame& frame);
    int header(const nghttp2_frame& frame, std::string_view name, std::string_view value);
    int malformed(std::int32_t stream);
    int received(const nghttp2_frame& frame);
    int headers_complete(const nghttp2_frame& frame);
    int data(std::int32_t stream, std::span<const std::byte> bytes);
    int sent(const nghttp2_frame& frame);
    int closed(std::int32_t stream, error_code code);
    ssize_t take(std::int32_t stream, std::span<std::uint8_t> into, std::uint32_t& flags);

    const role which;
    const options settings;
    nghttp2_session* session = nullptr;
    std::map<std::int32_t, stream_record, std::less<>,
             pool_allocator<std::pair<const std::int32_t, stream_record>>>
        records;
    std::deque<event> events;
    budget frames;
    budget useless;
    std::uint64_t moved = 0;  // bytes of content that have not yet given a frame back
    std::array<std::pair<std::int32_t, past>, 256> recent{};
    std::size_t next_recent = 0;
    std::int32_t last_begun = 0;
    std::uint32_t continuations = 0;
    std::size_t in_work = 0;  // announced and not released
    bool failed = false;
    bool out_of_memory = false;
    bool goaway_made = false;
    bool goaway_given = false;
    std::optional<error_code> goaway_asked;
    std::uint64_t content_sent = 0;
    frame_tracker incoming;
    error_code failure = error_code::no_error;
    std::array<std::byte, 17> goaway_frame{};
};

}  // namespace priz::http::http2
