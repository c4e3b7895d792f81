// priz/blocking_hook.hpp: what happens around system calls that may block, and when a signal
// interrupts one.
//
// A plain program needs none: an interrupted call is taken up again with the time that is left
// (Python's PEP 475). A program in which a signal has to end a wait, or a language binding that
// releases a lock around system calls and runs signal handlers, derives from this and gives it to
// the sockets concerned (socket::set_blocking_hook) and to the functions that take one. The hook is
// called on the thread that makes the call, and has to outlive everything it was given to.
#pragma once

#include <system_error>

#include "priz/export.hpp"

namespace priz {

class PRIZ_API blocking_hook {
public:
    blocking_hook() = default;
    blocking_hook(const blocking_hook&) = delete;
    blocking_hook& operator=(const blocking_hook&) = delete;
    virtual ~blocking_hook();

    // Directly before and after each system call that may block, and around each look-up of a name.
    virtual void before_call() noexcept;
    virtual void after_call() noexcept;

    // A signal handler may have run: after a system call that said EINTR, and after each part of a
    // longer transfer (sendall, sendfile, recv_exactly), where the kernel does not say so. An empty
    // code means go on (with the time that is left, where there is a timeout);
    // any other ends the verb with that code.
    virtual std::error_code interrupted() noexcept = 0;
};

}  // namespace priz
