// cli/support/signals.hpp: Ctrl-C and SIGTERM as something to read, in place of handlers.
#pragma once

#include <priz/unique_fd.hpp>

#include <csignal>

namespace priz::cli {

// While one lives, SIGINT, SIGTERM and SIGHUP do not end the process: they make fileno() readable.
// Afterwards they have their old effect again. For the main thread of a program without others.
class signals {
public:
    signals();
    signals(const signals&) = delete;
    signals& operator=(const signals&) = delete;
    ~signals();

    int fileno() const noexcept { return fd_.get(); }
    // The signal that came, 0 when there was none.
    int take() const noexcept;

private:
    ::sigset_t before_;
    unique_fd fd_;
};

// "SIGINT" and the like.
const char* signal_name(int number) noexcept;

}  // namespace priz::cli
