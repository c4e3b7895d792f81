// socket_options.hpp: the options that a simulated socket knows.
#pragma once

#include <sys/socket.h>
#include <sys/time.h>

#include <cstddef>
#include <map>
#include <utility>

namespace priz::sim::detail {

struct socket_options {
    bool reuse_address = false;
    bool reuse_port = false;
    bool v6_only = false;
    bool resets_on_close = false;  // SO_LINGER with a time of zero
    // What fits; the options' values are twice that, as Linux counts its own overhead.
    std::size_t send_buffer = 64 * 1024;
    std::size_t receive_buffer = 64 * 1024;

    bool no_delay() const noexcept;  // TCP_NODELAY

    // Zero or a negative errno.
    int get(int level, int option, void* value, ::socklen_t& size) const;
    int set(int level, int option, const void* value, ::socklen_t size);

private:
    ::linger linger_{};
    ::timeval patience_[2] = {};  // SO_RCVTIMEO, SO_SNDTIMEO: of calls that wait
    // By level and option: what is remembered, and changes nothing here save TCP_NODELAY.
    std::map<std::pair<int, int>, int> others_;
};

int give_option(int value, void* target, ::socklen_t& size) noexcept;

}  // namespace priz::sim::detail
