// Connecting to a name, within ten seconds whatever happens.
//
//     short_connect [host] [port]      localhost and 50007 unless said otherwise
#include <priz/socket.hpp>

#include <iostream>

int main(int argc, char** argv) {
    const char* host = argc > 1 ? argv[1] : "localhost";
    const char* port = argc > 2 ? argv[2] : "50007";
    auto s = priz::create_connection(host, port, {.timeout = 10});
    std::cout << "connected to " << s.getpeername().str() << '\n';
    return 0;
}
