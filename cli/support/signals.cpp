#include "signals.hpp"

#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace priz::cli {

signals::signals() {
    ::sigset_t ours;
    ::sigemptyset(&ours);
    for (const int number : {SIGINT, SIGTERM, SIGHUP}) ::sigaddset(&ours, number);
    ::sigprocmask(SIG_BLOCK, &ours, &before_);
    fd_.reset(::signalfd(-1, &ours, SFD_CLOEXEC | SFD_NONBLOCK));
    if (!fd_) throw std::system_error(errno, std::system_category(), "signalfd");
}

signals::~signals() { ::sigprocmask(SIG_SETMASK, &before_, nullptr); }

int signals::take() const noexcept {
    ::signalfd_siginfo info = {};
    return ::read(fd_.get(), &info, sizeof info) == sizeof info ? static_cast<int>(info.ssi_signo)
                                                                : 0;
}

const char* signal_name(int number) noexcept {
    switch (number) {
        case SIGINT:
            return "SIGINT";
        case SIGTERM:
            return "SIGTERM";
        case SIGHUP:
            return "SIGHUP";
        default:
            return "a signal";
    }
}

}  // namespace priz::cli
