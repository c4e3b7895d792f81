// server.hpp: what the echo servers in C++ have in common: their command line, the listening
// socket, the announcement.
//
// Each takes `--port N` (0: the kernel's choice), prints `listening PORT` when connections are
// welcome, and serves on one thread until a signal ends it. What a server does with its connections
// is in its own file, whole.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace echo {

inline constexpr std::size_t buffer_size =
    std::size_t{64} * 1024;  // one receive takes at most this

[[noreturn]] inline void fail(const char* what) {
    std::perror(what);
    std::exit(1);
}

// `result` of a call that names -1 its failure.
inline int check(int result, const char* what) {
    if (result < 0) fail(what);
    return result;
}

// As many descriptors as the hard limit allows.
inline void raise_descriptor_limit() {
    rlimit limit{};
    check(getrlimit(RLIMIT_NOFILE, &limit), "getrlimit");
    limit.rlim_cur = limit.rlim_max;
    check(setrlimit(RLIMIT_NOFILE, &limit), "setrlimit");
}

inline void set_no_delay(int descriptor) {
    const int on = 1;
    check(setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on), "TCP_NODELAY");
}

inline std::uint16_t port_argument(int count, char** arguments) {
    if (count == 1) return 0;
    if (count == 3 && std::strcmp(arguments[1], "--port") == 0) {
        return static_cast<std::uint16_t>(std::strtoul(arguments[2], nullptr, 10));
    }
    std::fprintf(stderr, "usage: %s [--port N]\n", arguments[0]);
    std::exit(2);
}

// A listening socket on 127.0.0.1. `flags`: SOCK_NONBLOCK or none.
inline int listen_on(std::uint16_t port, int flags) {
    raise_descriptor_limit();
    const int listener = check(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | flags, 0), "socket");
    const int on = 1;
    check(setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on), "SO_REUSEADDR");
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    check(bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof address), "bind");
    check(listen(listener, SOMAXCONN), "listen");
    return listener;
}

// Says on standard output that connections are welcome, and where.
inline void announce(int listener) {
    sockaddr_in address{};
    socklen_t size = sizeof address;
    check(getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size), "getsockname");
    std::printf("listening %d\n", ntohs(address.sin_port));
    std::fflush(stdout);
}

}  // namespace echo
