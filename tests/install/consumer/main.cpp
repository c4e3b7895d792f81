#include <priz/socket.hpp>

#include <cstdio>

int main() {
    auto [here, there] = priz::socketpair();
    here.sendall("Merhaba\n");
    here.close();
    for (auto received = there.recv(4096); !received.empty(); received = there.recv(4096))
        std::fwrite(received.data(), 1, received.size(), stdout);
}
