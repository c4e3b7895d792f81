#include "output_task.hpp"

#include <fcntl.h>

#include <cerrno>
#include <system_error>

namespace priz::cli {

namespace {

unique_fd duplicate(int fd) {
    unique_fd made(::fcntl(fd, F_DUPFD_CLOEXEC, 0));
    if (!made) throw std::system_error(errno, std::system_category(), "fcntl");
    return made;
}

}  // namespace

// A regular file is always ready, and cannot be waited for.
output_task::output_task(sink& which)
    : sink_(which),
      always_ready_(!set_.try_register_(which.fileno(), EPOLLOUT)),
      hold_(which, [this] { pends_.set(); }) {}

io::task<> output_task::run() {
    io::descriptor ready(duplicate(set_.fileno()));
    for (;;) {
        while (sink_.empty()) {
            pends_.clear();
            co_await pends_.wait();
        }
        if (always_ready_)
            co_await io::yield();
        else
            co_await ready.wait_readable();
        hold_.write_ready();
        if (!sink_.is_full()) room_.set();
    }
}

io::task<> output_task::wait_for_room() {
    while (sink_.is_full()) {
        room_.clear();
        co_await room_.wait();
    }
}

}  // namespace priz::cli
