// Two sockets that are connected to each other: the smallest conversation there is.
//
// It prints:
//     b received "hello"
//     a received "hello to you"
//     b received "", the end of the stream
#include <priz/socket.hpp>

#include <iostream>

int main(int, char**) {
    auto [a, b] = priz::socketpair();
    a.sendall("hello");
    std::cout << "b received \"" << b.recv(1024) << "\"\n";
    b.sendall("hello to you");
    std::cout << "a received \"" << a.recv(1024) << "\"\n";
    a.close();
    std::cout << "b received \"" << b.recv(1024) << "\", the end of the stream\n";
    return 0;
}
