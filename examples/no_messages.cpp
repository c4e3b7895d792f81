// A stream carries bytes, not messages: how often send() was called cannot be seen by recv().
//
// It prints:
//     recv(1024): onetwothree
//     recv(4): four
//     recv(4): five
//     recv_exactly(8): foureigh
//     recv_exactly(8) again: recv_exactly unix: the stream ended too early: …
//     1 of 8 bytes had come
#include <priz/socket.hpp>

#include <iostream>

int main(int, char**) {
    auto [a, b] = priz::socketpair();

    a.sendall("one");
    a.sendall("two");
    a.sendall("three");
    std::cout << "recv(1024): " << b.recv(1024) << '\n';

    a.sendall("fourfive");
    std::cout << "recv(4): " << b.recv(4) << '\n';
    std::cout << "recv(4): " << b.recv(4) << '\n';

    a.sendall("foureight");
    a.shutdown(SHUT_WR);
    std::cout << "recv_exactly(8): " << b.recv_exactly(8) << '\n';
    if (auto rest = b.try_recv_exactly(8); !rest) {
        std::cout << "recv_exactly(8) again: " << rest.error().message() << '\n';
        std::cout << rest.error().transferred() << " of 8 bytes had come\n";
    }
    return 0;
}
