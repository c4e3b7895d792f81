// connect_fixture.hpp: for tests: servers that do not answer as one would wish.
#pragma once

#include <netinet/in.h>

#include "priz/serve.hpp"
#include "priz/socket_object.hpp"

namespace priz::test {

// A listener with a backlog of 0 that is full with one connection: further ones are neither
// accepted nor refused.
class deaf_server {
public:
    explicit deaf_server(const char* host) : listener_(create_server({host, 0}, {.backlog = 0})) {
        first_.connect(where());
    }
    address where() const { return listener_.getsockname(); }
    int port() const { return static_cast<int>(where().port()); }

private:
    socket listener_;
    socket first_;
};

// A port that refuses, on every address of the machine: bound, so that nobody else takes it, and
// not listened on.
class refusing_port {
public:
    refusing_port() : holder_(AF_INET6) {
        holder_.setsockopt(IPPROTO_IPV6, IPV6_V6ONLY, 0);
        holder_.bind("::", 0);
    }
    int number() const { return static_cast<int>(holder_.getsockname().port()); }

private:
    socket holder_;
};

}  // namespace priz::test
