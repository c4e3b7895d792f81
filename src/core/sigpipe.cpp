#include "core/sigpipe.hpp"

#include <cerrno>

#include "core/sys.hpp"

namespace priz::detail {

// A signal that is not blocked is never found pending by the thread it is for.
without_sigpipe::without_sigpipe() noexcept {
    ::sigemptyset(&pipe_);
    ::sigaddset(&pipe_, SIGPIPE);
    sys::pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
    if (::sigismember(&before_, SIGPIPE) == 0) return;
    ::sigset_t pending;
    was_pending_ = sys::sigpending(&pending) == 0 && ::sigismember(&pending, SIGPIPE) == 1;
}

without_sigpipe::~without_sigpipe() {
    const int cause = errno;
    const ::timespec at_once{};
    while (!was_pending_ && sys::sigtimedwait(&pipe_, nullptr, &at_once) < 0 && errno == EINTR)
        continue;
    sys::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
    errno = cause;
}

}  // namespace priz::detail
