// Datagrams: no connection, no order, no certainty, but each message stays one message.
//
// It prints:
//     the server received "first", then "second"
//     the client received "got second"
//     of a longer one, "a long"
#include <priz/socket.hpp>

#include <iostream>

int main(int, char**) {
    priz::socket server(AF_INET, SOCK_DGRAM);
    server.bind("127.0.0.1", 0);  // port 0: the system chooses
    server.settimeout(10);

    priz::socket client(AF_INET, SOCK_DGRAM);
    client.settimeout(10);
    client.sendto("first", server.getsockname());
    client.sendto("second", server.getsockname());

    auto [first, from] = server.recvfrom(1024);
    auto second = server.recvfrom(1024);
    std::cout << "the server received \"" << first << "\", then \"" << second.data << "\"\n";

    server.sendto("got " + second.data, second.from);
    std::cout << "the client received \"" << client.recvfrom(1024).data << "\"\n";

    client.sendto("a long message", server.getsockname());
    std::cout << "of a longer one, \"" << server.recvfrom(6).data << "\"\n";
    return 0;
}
