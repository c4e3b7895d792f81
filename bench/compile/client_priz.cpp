// The smallest TCP client: connect by name, send, receive.
#include <priz/socket.hpp>

#include <cstdio>

int main(int, char** argv) {
    priz::socket s = priz::create_connection(argv[1], argv[2]);
    s.sendall("Hello, world");
    const priz::bytes answer = s.recv(1024);
    std::fwrite(answer.data(), 1, answer.size(), stdout);
}
