// The three modes of a socket: wait as long as it takes, wait for a while, never wait.
//
// It prints:
//     a new socket waits as long as it takes
//     waited for a while: recv unix: timed out
//     did not wait: recv: resource temporarily unavailable
//     would block: yes
//     and with data there: hello
#include <priz/socket.hpp>

#include <iostream>

int main(int, char**) {
    auto [a, b] = priz::socketpair();
    if (!b.gettimeout()) std::cout << "a new socket waits as long as it takes\n";

    b.settimeout(0.05);  // seconds; a std::chrono duration does as well
    try {
        b.recv(1024);
    } catch (const priz::timeout& e) {
        std::cout << "waited for a while: " << e.what() << '\n';
    }

    b.settimeout(0);  // the same as b.setblocking(false)
    if (auto data = b.try_recv(1024); !data) {
        std::cout << "did not wait: " << data.error().message() << '\n';
        std::cout << "would block: " << (data.error().would_block() ? "yes" : "no") << '\n';
    }

    a.sendall("hello");
    b.settimeout(std::nullopt);  // as at first
    std::cout << "and with data there: " << b.recv(1024) << '\n';
    return 0;
}
