// frames.hpp: WebSocket's frames (RFC 6455, 5) as messages, without I/O.
//
// A reader is given the bytes as they come, in whatever pieces, and tells one event at a time. It
// unmasks while it copies, so that each byte is touched once; text is checked as it comes, so that
// a message that can never become UTF-8 ends the connection at once, and not when it is whole. What
// a peer can make long has a limit.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "http/websocket/deflate.hpp"
#include "http/websocket/utf8.hpp"
#include "priz/http/websocket.hpp"

namespace priz::http::detail {

enum class opcode : std::uint8_t {
    continuation = 0,
    text = 1,
    binary = 2,
    close = 8,
    ping = 9,
    pong = 10,
};

using mask_key = std::array<unsigned char, 4>;

// Appends a frame. A client's has a key, nobody else's.
void append_frame(std::string& out, opcode what, bool is_last, bool is_compressed,
                  std::string_view payload, const mask_key* key);

// Whether a close frame may carry that code (RFC 6455, 7.4).
bool may_be_sent(int close_code) noexcept;

class frame_reader {
public:
    // `inflater` is null unless compression was agreed on; it outlives the reader.
    frame_reader(bool is_server, const websocket_limits& most, message_inflater* inflater) noexcept
        : most_(most), inflater_(inflater), is_server_(is_server) {}

    enum class event : std::uint8_t {
        more,     // all of the input was taken
        message,  // message() is whole; is_text()
        ping,     // control() is its content
        pong,     // likewise
        close,    // close_code(), and control() is the reason
        failed,   // close_code() is what to end with, why() the sentence
    };

    // Takes bytes off the beginning of `input` until there is something to tell.
    event next(std::string_view& input);

    // Of the last message; the caller may move it away.
    std::string& message() noexcept { return message_; }
    bool is_text() const noexcept { return kind_ == opcode::text; }
    const std::string& control() const noexcept { return control_; }
    // 1005: the close frame had none.
    int close_code() const noexcept { return close_code_; }
    const char* why() const noexcept { return why_; }

private:
    bool collect_head(std::string_view& input) noexcept;
    event begin_frame() noexcept;
    event begin_data(bool is_compressed) noexcept;
    event take_payload(std::string_view& input);
    event take_data(std::string_view piece);
    event end_frame();
    event end_close() noexcept;
    event fail(int code, const char* why) noexcept;
    void append_unmasked(std::string& to, std::string_view piece);
    bool is_control() const noexcept { return static_cast<int>(frame_) >= 8; }

    websocket_limits most_;
    message_inflater* inflater_;
    std::string message_;
    std::string control_;
    std::string masked_;  // of a compressed piece, unmasked
    std::array<unsigned char, 14> head_{};
    std::size_t head_have_ = 0;
    std::size_t head_size_ = 0;  // 0: not known yet
    std::uint64_t left_ = 0;     // of the payload
    std::uint64_t fragments_ = 0;
    std::uint64_t wire_ = 0;     // bytes of the message's frames
    std::uint64_t checked_ = 0;  // bytes of message_ that the check has seen
    mask_key key_{};
    unsigned key_at_ = 0;
    const char* why_ = "";
    int close_code_ = 1005;
    opcode frame_ = opcode::continuation;
    opcode kind_ = opcode::continuation;  // of the message that has begun; continuation: none
    utf8_check utf8_;
    bool is_server_;
    bool is_last_ = false;
    bool is_compressed_ = false;  // the message
    bool in_payload_ = false;
    bool was_told_ = false;  // the last message
    bool has_failed_ = false;
};

}  // namespace priz::http::detail
