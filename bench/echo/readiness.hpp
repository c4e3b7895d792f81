// readiness.hpp: a connection that is told when it is ready, at edges; shared by plain_epoll.cpp
// and plain_uring_poll.cpp, which differ only in who tells it.
//
// A receive that does not fill the buffer has emptied the socket, and the next bytes are a new
// edge; only where the peer has ended the stream no edge follows, so that one then goes on to the
// zero. POLLOUT is asked for from the beginning: the kernel reports it only after a send that fell
// short.
#pragma once

#include "server.hpp"

#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <utility>

namespace echo {

inline constexpr std::uint32_t edges = POLLIN | POLLOUT | POLLRDHUP;
inline constexpr std::uint32_t endings = POLLRDHUP | POLLHUP | POLLERR;

inline char shared_buffer[buffer_size];

class connection {
public:
    explicit connection(int descriptor) : descriptor_(descriptor) { set_no_delay(descriptor); }
    connection(const connection&) = delete;
    connection& operator=(const connection&) = delete;
    ~connection() { close(descriptor_); }

    int descriptor() const { return descriptor_; }

    // Echoes what there is. False: the connection has ended.
    bool serve(std::uint32_t events) {
        if (!unsent_.empty() && !resend()) return false;
        while (unsent_.empty()) {
            const ssize_t got =
                recv(descriptor_, shared_buffer, sizeof shared_buffer, MSG_DONTWAIT);
            if (got < 0) return errno == EAGAIN;
            if (got == 0) return false;
            const auto size = static_cast<std::size_t>(got);
            if (!send_or_keep(shared_buffer, size)) return false;
            if (size < sizeof shared_buffer && (events & endings) == 0) return true;
        }
        return true;
    }

private:
    bool send_or_keep(const char* data, std::size_t size) {
        const ssize_t sent = send(descriptor_, data, size, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent < 0 && errno != EAGAIN) return false;
        const std::size_t taken = sent < 0 ? 0 : static_cast<std::size_t>(sent);
        if (taken < size) unsent_.assign(data + taken, size - taken);
        return true;
    }

    bool resend() {
        const std::string rest = std::exchange(unsent_, {});
        return send_or_keep(rest.data(), rest.size());
    }

    int descriptor_;
    std::string unsent_;  // what the socket did not take; nothing is received before it is gone
};

}  // namespace echo
