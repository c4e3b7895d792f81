// cli/support/output_task.hpp: standard output on the runtime.
#pragma once

#include <priz/epoll.hpp>
#include <priz/io.hpp>
#include <priz/io/event.hpp>

#include "sink.hpp"

namespace priz::cli {

// While one lives, text waits in the sink, and run() writes it whenever the descriptor takes some.
// The descriptor stays as it is, blocking: it is shared with whoever started the tool.
class output_task {
public:
    explicit output_task(sink& which);

    // Until it is cancelled. Throws stop_here (write error).
    io::task<> run();

    // Waits while the sink is full.
    io::task<> wait_for_room();

    // As those of sink_hold.
    void finish() { hold_.finish(); }
    void hurry() noexcept { hold_.hurry(); }

private:
    sink& sink_;
    epoll set_;  // of the descriptor alone: what the loop waits for in its place
    bool always_ready_;
    io::event pends_;
    io::event room_;
    sink_hold hold_;
};

}  // namespace priz::cli
