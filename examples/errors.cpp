// An error says what was done, where, and why it failed; each verb throws it, or returns it as its
// try_ twin.
//
// It prints:
//     refused: connect tcp …-> 127.0.0.1:…: connection refused
//     without an exception: connect tcp …-> 127.0.0.1:…: connection refused
//     the same cause: yes
#include <priz/socket.hpp>

#include <iostream>

namespace {

// A port on which nothing listens: bound, so that nobody else gets it, but not listening.
priz::address closed_door(priz::socket& s) {
    s.bind("127.0.0.1", 0);
    return s.getsockname();
}

}  // namespace

int main(int, char**) {
    priz::socket holder;
    const auto door = closed_door(holder);

    try {
        priz::socket s;
        s.connect(door);
    } catch (const priz::connection_refused& e) {
        std::cout << "refused: " << e.what() << '\n';
    } catch (const priz::error& e) {
        std::cout << "any other error: " << e.what() << '\n';
    }

    priz::socket s;
    if (auto connected = s.try_connect(door); !connected) {
        const priz::failure& why = connected.error();
        std::cout << "without an exception: " << why.message() << '\n';
        const bool same = why.code() == std::errc::connection_refused && *why.remote() == door;
        std::cout << "the same cause: " << (same ? "yes" : "no") << '\n';
    }
    return 0;
}
