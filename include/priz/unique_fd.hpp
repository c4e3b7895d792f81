// priz/unique_fd.hpp: a file descriptor with one owner, who closes it.
//
// What descriptors from SCM_RIGHTS, dup() and the poll objects are held in. Moves, does not copy.
// Elsewhere: sockets, which own theirs themselves (socket_object.hpp).
#pragma once

#include <utility>

#include "priz/export.hpp"

namespace priz {

class PRIZ_API unique_fd {
public:
    constexpr unique_fd() noexcept = default;
    constexpr explicit unique_fd(int fd) noexcept : fd_(fd) {}
    unique_fd(unique_fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    unique_fd& operator=(unique_fd&& other) noexcept {
        if (this != &other) reset(std::exchange(other.fd_, -1));
        return *this;
    }
    ~unique_fd() {
        if (fd_ >= 0) reset();
    }

    // -1 when there is none.
    int get() const noexcept { return fd_; }
    int fileno() const noexcept { return fd_; }
    explicit operator bool() const noexcept { return fd_ >= 0; }

    // Gives the descriptor away; the caller closes it.
    [[nodiscard]] int release() noexcept { return std::exchange(fd_, -1); }

    // Closes what is held and holds `fd` from now on. An error of close(2) cannot be acted upon and
    // is dropped: the descriptor is gone in any case.
    void reset(int fd = -1) noexcept;

private:
    int fd_ = -1;
};

}  // namespace priz
