// kernel_pairs.hpp: connected streams of the kernel's, for tests.
#pragma once

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <utility>

#include "priz/io/listener.hpp"
#include "priz/io/stream.hpp"
#include "priz/io/task.hpp"
#include "priz/socket.hpp"
#include "priz/testing/check_stream.hpp"

namespace priz::testing {

// `buffer` is the size of each socket's buffers, as the kernel understands it; 0: its own choice.
inline io::task<stream_pair> tcp_pair(int buffer = 0) {
    io::listener server = io::listen("127.0.0.1:0");
    const address where = server.getsockname();
    socket client(AF_INET, SOCK_STREAM);
    if (buffer != 0) {
        client.setsockopt(SOL_SOCKET, SO_RCVBUF, buffer);
        client.setsockopt(SOL_SOCKET, SO_SNDBUF, buffer);
    }
    client.connect(where);
    io::accepted other = co_await server.accept();
    if (buffer != 0) {
        other.connection.setsockopt(SOL_SOCKET, SO_RCVBUF, buffer);
        other.connection.setsockopt(SOL_SOCKET, SO_SNDBUF, buffer);
    }
    // As served and awaited connections have it. Without it a second small write waits until the
    // peer's kernel confirms the first, which is 40 ms later.
    client.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1);
    other.connection.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1);
    co_return stream_pair(io::stream(std::move(client)), std::move(other.connection));
}

inline io::task<stream_pair> unix_pair(int buffer = 0) {
    auto [left, right] = socketpair();
    if (buffer != 0) {
        left.setsockopt(SOL_SOCKET, SO_SNDBUF, buffer);
        right.setsockopt(SOL_SOCKET, SO_SNDBUF, buffer);
    }
    co_return stream_pair(io::stream(std::move(left)), io::stream(std::move(right)));
}

}  // namespace priz::testing
