// simulated_pair.hpp: two connected streams on the simulated host 10.0.0.1: a kit's pair belongs to
// one loop.
#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <utility>

#include "priz/address.hpp"
#include "priz/io/listener.hpp"
#include "priz/io/task.hpp"
#include "priz/testing/check_stream.hpp"
#include "sim/test_sockets.hpp"

namespace priz::testing {

// `buffer` is the size of each socket's buffers; 0: the simulator's own.
inline io::task<stream_pair> simulated_pair(int buffer) {
    io::listener all = io::listen("any:0");
    const auto port = static_cast<std::uint16_t>(all.getsockname().port());
    io::stream near = co_await sim::connect(address::ipv4("10.0.0.1", port));
    io::accepted other = co_await all.accept();
    for (io::stream* const end : {&near, &other.connection})
        if (buffer != 0) {
            end->setsockopt(SOL_SOCKET, SO_SNDBUF, buffer);
            end->setsockopt(SOL_SOCKET, SO_RCVBUF, buffer);
        }
    co_return stream_pair(std::move(near), std::move(other.connection));
}

}  // namespace priz::testing
