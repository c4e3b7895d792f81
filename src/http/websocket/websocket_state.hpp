// websocket_state.hpp: a WebSocket that is open.
//
// Writing. Frames go out one after the other: who sends holds `sending`. A ping is answered by
// whoever can: recv() itself where nobody sends, otherwise the one who does, behind its frame. Only
// the latest ping is answered, as RFC 6455, 5.5.3 allows, so that a peer that sends pings and reads
// nothing makes nothing grow.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "http/websocket/deflate.hpp"
#include "http/websocket/frames.hpp"
#include "priz/deadline.hpp"
#include "priz/http/websocket.hpp"
#include "priz/io/chunk.hpp"
#include "priz/io/event.hpp"
#include "priz/io/mutex.hpp"
#include "priz/io/stream.hpp"

namespace priz::http::detail {

class websocket_state {
public:
    websocket_state(io::stream s, bool server, std::string received, const websocket_options& given,
                    const websocket_agreement& agreed);

    io::task<std::optional<websocket_message>> recv();
    io::task<> send(opcode what, std::string payload);
    io::task<> close(int code, std::string reason);

    std::string protocol;
    std::string close_reason;
    int close_code = 1006;

private:
    using event = frame_reader::event;

    io::task<event> receive_event();
    io::task<result<io::chunk>> receive_some();
    io::task<result<io::chunk>> receive_last();
    io::task<> ask_for_life();
    io::task<> note_close();
    io::task<> answer_ping();
    io::task<> write(opcode what, bool is_compressed, std::string_view payload);
    io::task<> say_close(int code, std::string_view reason);
    io::task<> await_close();
    io::task<> say_and_await_close(int code, std::string_view reason);

    io::stream stream_;
    websocket_options options_;
    std::unique_ptr<message_deflater> deflater_;
    std::unique_ptr<message_inflater> inflater_;
    frame_reader reader_;
    io::chunk chunk_;
    std::string early_;
    std::string_view input_;
    io::mutex sending_;
    io::event has_ended_;  // the peer has closed, or nothing more is received
    std::optional<std::string> ping_;
    io::server* accepts_;                    // null: nothing tells of a drain
    std::optional<deadline> leaving_until_;  // it has told one
    bool is_server_;
    bool is_receiving_ = false;
    bool has_closed_ = false;  // we
    bool is_closed_ = false;   // the peer
};

}  // namespace priz::http::detail
