// A request over UDP, repeated until it is answered.
//
//     short_udp_request [port]      9999 unless said otherwise, on this machine
#include <priz/socket.hpp>

#include <iostream>

int main(int argc, char** argv) {
    priz::socket s(AF_INET, SOCK_DGRAM);
    s.connect("127.0.0.1", argc > 1 ? argv[1] : "9999");
    s.settimeout(0.25);
    for (int tries = 0; tries < 4; ++tries) {
        s.send("what time is it?");
        if (const auto answer = s.try_recv(1024)) {
            std::cout << *answer << '\n';
            return 0;
        }
    }
    std::cout << "no answer\n";
    return 1;
}
