// Sends a greeting to an echo server and prints what comes back.
//
//     echo_client [host] [port]      localhost and 50007 unless said otherwise
#include <priz/socket.hpp>

#include <iostream>
#include <string_view>

int main(int argc, char** argv) try {
    const char* host = argc > 1 ? argv[1] : "localhost";
    const char* port = argc > 2 ? argv[2] : "50007";
    const std::string_view greeting = "Hello, world";

    // Ten seconds for everything together: the look-up of the name, the connection to whichever of
    // its addresses answers first, and the echo.
    const auto until = priz::deadline::after(10);
    auto s = priz::create_connection(host, port, {.timeout = until.remaining()});
    s.settimeout(until.remaining());
    s.sendall(greeting);
    s.settimeout(until.remaining());
    std::cout << "Received \"" << s.recv_exactly(greeting.size()) << "\"\n";
    return 0;
} catch (const priz::error& e) {
    std::cerr << e.what() << '\n';
    return 1;
}
