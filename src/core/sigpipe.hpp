// sigpipe.hpp: no SIGPIPE from a system call that has no MSG_NOSIGNAL.
//
// sendfile(2) and splice(2) write to a socket without flags, write(2) to a pipe: a peer that is
// gone raises SIGPIPE, also where part of the data went out and the call says so rather than EPIPE.
// The signal is the calling thread's own (send_sig(SIGPIPE, current)). So it is blocked in this
// thread around the call, and what the call has raised is taken away before it is let through
// again. A SIGPIPE that was pending before is the program's and stays.
#pragma once

#include <signal.h>

#include "priz/export.hpp"

namespace priz::detail {

class PRIZ_API without_sigpipe {
public:
    without_sigpipe() noexcept;
    without_sigpipe(const without_sigpipe&) = delete;
    without_sigpipe& operator=(const without_sigpipe&) = delete;
    ~without_sigpipe();

private:
    ::sigset_t pipe_;
    ::sigset_t before_;
    bool was_pending_ = false;
};

}  // namespace priz::detail
