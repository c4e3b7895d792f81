// session.hpp: HTTP/2 without I/O. Bytes of a connection in, events out; bytes to send are pulled.
//
// Frames, HPACK, the states of streams and the windows are nghttp2's. What stands here: the rules
// that nghttp2 leaves to its user, limits, the answers to floods, and windows that are given back
// only when the content was taken. Whoever drives it does so:
//
//     peer.receive(bytes);                      // events refer to `bytes`
//     while (auto what = peer.next_event()) …   // content is read from its span before the next
//     for (auto out = peer.output(); !out.empty(); out = peer.output()) co_await sendall(out);
//
// A session belongs to one thread and knows no clock: idle and header times are its driver's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "http/http2/error_code.hpp"
#include "http/http2/message.hpp"
#include "priz/http/limits.hpp"

namespace priz::http::http2 {

enum class role : std::uint8_t { server, client };

struct options {
    limits of_messages;  // line, head and fields hold for each head and each trailers
    std::uint32_t concurrent_streams = 100;
    std::uint32_t stream_window = 256 * 1024;
    std::uint32_t connection_window = 1024 * 1024;
    std::uint32_t continuations = 8;
    // Frames without use, and streams that came to nothing (budget.hpp).
    std::uint32_t useless_frames = 1000;
    std::uint32_t useless_streams = 200;
    // Frames that may wait for a peer that does not read.
    std::uint32_t waiting_frames = 1000;
    bool extended_connect = false;  // a server that takes RFC 8441's CONNECT
};

struct event {
    enum class kind : std::uint8_t {
        settings,  // the peer's settings came
        head,      // a request, or a response; of the latter several, the last not of 1xx
        content,   // give back with consumed()
        trailers,
        end,          // the peer sends nothing more on the stream
        reset,        // the stream is over before its end; `code` says why
        offer_taken,  // what offer() was given has been framed
        goaway,       // the peer takes no stream above `stream`
        failed,       // the connection is over: send what output() gives, and close
    };
    kind what = kind::settings;
    std::int32_t stream = 0;
    error_code code = error_code::no_error;
    std::span<const std::byte> content;
    std::unique_ptr<message> head;  // of head and trailers
    bool is_whole = false;          // of head: nothing follows it, but for the event `end`
};

class session {
public:
    explicit session(role which, options how = {});
    session(const session&) = delete;
    session& operator=(const session&) = delete;
    ~session();

    // Reads bytes of the peer. A peer that breaks the rules of the connection makes the event
    // `failed`; nothing is read from then on.
    void receive(std::span<const std::byte> bytes);

    // The next of what receive() and output() have found.
    std::optional<event> next_event();

    // Bytes to send, valid until the next call of any member; empty when there are none now.
    std::span<const std::byte> output();

    // The consumer took so many bytes of a stream's content: the peer may send as many more.
    void consumed(std::int32_t stream, std::size_t bytes);

    // Nobody wants to know of the stream any more. One that is not over is reset; its content that
    // was not consumed is given back to the connection. Each stream that had a head is released
    // once: until then it counts as one of the concurrent ones, also if the peer has reset it, as
    // it is the work that a limit is to bound.
    void release(std::int32_t stream, error_code why = error_code::cancel);

    // Begins an exchange; nothing where the connection takes no more streams, now or ever.
    // Fields of the connection, such as Connection, are left out.
    std::optional<std::int32_t> send_request(const message& head, bool end);
    // Each of these: false where the stream is over. Fields of the connection are left out.
    bool send_response(std::int32_t stream, int status, std::span<const field_view> fields,
                       bool end);
    // The same with all of its content, which the session keeps: the stream may be released.
    bool send_whole_response(std::int32_t stream, int status, std::span<const field_view> fields,
                             std::string content);
    bool send_informational(std::int32_t stream, int status);
    // Content, which stays where it is until the event offer_taken, or the stream's reset. One
    // offer a stream at a time; an empty one with `end` ends the stream.
    bool offer(std::int32_t stream, std::span<const std::byte> content, bool end);
    // Takes back what was offered and not framed yet: nothing refers to it any more.
    void withdraw(std::int32_t stream) noexcept;
    // Ends the stream with fields, behind what has been offered.
    bool send_trailers(std::int32_t stream, const headers& fields);

    // A server's first step of a graceful end: "no new streams soon". Then goaway().
    void announce_shutdown();
    // No streams beyond those that have begun; these go on.
    void goaway(error_code why = error_code::no_error);

    // Whether output() would give something.
    bool has_output() const noexcept;
    // How many streams the peer lets this side begin now.
    std::size_t room() const noexcept;
    // Streams that have begun and were not released.
    std::size_t streams() const noexcept;
    // Those, and the ones that were released and of which something is still to be sent.
    std::size_t open_streams() const noexcept;
    // Bytes of content that were framed so far, of streams that were released by then.
    std::uint64_t content_sent() const noexcept;
    // Resets the streams that were released and of which something is still to be sent.
    void reset_released();
    // A head has begun to come and is not whole: for a limit to how long that takes.
    bool is_in_head() const noexcept;
    std::uint64_t heads_begun() const noexcept;
    bool has_failed() const noexcept;
    error_code failure() const noexcept;
    // Whether the peer is a server that takes RFC 8441's CONNECT.
    bool peer_takes_extended_connect() const noexcept;
    // Neither side has anything more to say on this connection.
    bool is_over() const noexcept;

    struct state;

private:
    std::unique_ptr<state> state_;
};

}  // namespace priz::http::http2
