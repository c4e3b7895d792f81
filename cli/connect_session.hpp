// cli/connect_session.hpp: bytes both ways between standard input and output and one socket.
#pragma once

#include <priz/deadline.hpp>
#include <priz/socket.hpp>

#include <cstdint>
#include <optional>

#include "support/event_loop.hpp"
#include "support/outbox.hpp"
#include "support/report.hpp"
#include "support/signals.hpp"

namespace priz::cli {

struct session_options {
    std::optional<duration> idle = {};
    std::optional<duration> wait = {};
};

// Neither direction waits for the other, and neither is kept in more memory than an outbox and a
// sink have: who is slow slows down who fills it.
class connect_session {
public:
    connect_session(socket line, const session_options& options, report& out);

    // Until both sides have ended, or a signal; returns the exit code.
    int run();

private:
    void input_ready();
    void line_ready(interest ready);
    void receive();
    void received(std::string_view data);
    void input_has_ended();
    void peer_has_ended();
    void flush();
    void rearm();
    void refresh();
    void finish();
    void signalled();
    void moved();
    void wait_for_a_pause();
    void watch_idleness();
    void announce();

    socket line_;
    session_options options_;
    report& report_;
    event_loop loop_;
    sink_attachment output_;
    signals signals_;
    outbox unsent_;
    escaper escaper_;
    bool keeps_messages_;
    bool datagrams_;
    bool input_ended_ = false;
    bool end_told_ = false;
    bool peer_ended_ = false;
    std::optional<event_loop::timer> waiting_;
    deadline idle_until_;
    std::string buffer_;
    std::uint64_t sent_ = 0;
    std::uint64_t received_ = 0;
};

}  // namespace priz::cli
