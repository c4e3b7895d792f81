// An echo client.
//
//     short_echo_client [port]      50007 unless said otherwise, on this machine
#include <priz/socket.hpp>

#include <iostream>

int main(int argc, char** argv) {
    auto s = priz::create_connection("localhost", argc > 1 ? argv[1] : "50007");
    s.sendall("Hello, world");
    std::cout << s.recv_exactly(12) << '\n';
    return 0;
}
