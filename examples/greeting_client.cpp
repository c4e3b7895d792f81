// The client of greeting_server: connects and prints what it is told.
//
//     greeting_client [host] [port]      localhost and 12345 unless said otherwise
#include <priz/socket.hpp>

#include <iostream>

int main(int argc, char** argv) try {
    priz::socket s;
    s.settimeout(10);
    s.connect(argc > 1 ? argv[1] : "localhost", argc > 2 ? argv[2] : "12345");
    // One recv() may bring less than the whole greeting; an empty one means that all of it is here.
    for (auto data = s.recv(1024); !data.empty(); data = s.recv(1024)) std::cout << data;
    std::cout << '\n';
    return 0;
} catch (const priz::error& e) {
    std::cerr << e.what() << '\n';
    return 1;
}
