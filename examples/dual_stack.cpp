// One server for both kinds of Internet addresses.
//
// It prints:
//     listening on [::]:…
//     a client from 127.0.0.1 shows up as ::ffff:127.0.0.1
//     a client from ::1 shows up as ::1
#include <priz/socket.hpp>

#include <iostream>

namespace {

void visit(priz::socket& server, const char* host) {
    const auto client = priz::create_connection(host, server.getsockname().port(), {.timeout = 10});
    const auto arrived = server.accept();
    std::cout << "a client from " << host << " shows up as " << arrived.remote.host() << '\n';
}

}  // namespace

int main(int, char**) {
    auto server = priz::create_server({"", 0}, {.family = AF_INET6, .dualstack_ipv6 = true});
    std::cout << "listening on " << server.getsockname().str() << '\n';
    visit(server, "127.0.0.1");
    visit(server, "::1");
    return 0;
}
