// An echo server, for one client after another.
//
//     short_echo_server [port]      50007 unless said otherwise; 0 lets the system choose
#include <priz/socket.hpp>

#include <iostream>

int main(int argc, char** argv) {
    auto server = priz::create_server({"", argc > 1 ? argv[1] : "50007"});
    std::cout << "Listening on " << server.getsockname().str() << std::endl;
    while (true) {
        auto client = server.accept().connection;
        for (auto data = client.try_recv(999); data && *data != ""; data = client.try_recv(999))
            if (!client.try_sendall(*data)) break;
    }
    return 0;
}
