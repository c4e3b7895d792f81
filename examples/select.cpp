// Waiting for several sockets at once: select() says which of them have something to say.
//
// It prints:
//     nobody: 0 of 2
//     2 says "me first"
//     1 says "here I am"
//     2 says "again"
#include <priz/select.hpp>
#include <priz/socket.hpp>

#include <iostream>

namespace {

void hear(priz::socket& one, priz::socket& two) {
    const auto ready = priz::select({one, two}, {}, {}, 10);
    if (ready.readable.contains(one)) std::cout << "1 says \"" << one.recv(1024) << "\"\n";
    if (ready.readable.contains(two)) std::cout << "2 says \"" << two.recv(1024) << "\"\n";
}

}  // namespace

int main(int, char**) {
    auto [one, one_far] = priz::socketpair();
    auto [two, two_far] = priz::socketpair();

    auto ready = priz::select({one, two}, {}, {}, 0);
    std::cout << "nobody: " << ready.readable.size() << " of 2\n";

    two_far.sendall("me first");
    hear(one, two);
    one_far.sendall("here I am");
    two_far.sendall("again");
    hear(one, two);
    return 0;
}
