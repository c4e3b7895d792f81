// An echo client that does not block its thread; looking up and connecting have ten seconds
// together.
//
//     async_echo_client [host:port]      localhost:7000 unless said otherwise
#include <priz/io.hpp>

#include <iostream>
#include <string>

namespace io = priz::io;

io::task<> talk(std::string server) {
    io::stream s = co_await io::fail_after(10, io::connect(server));
    co_await s.sendall("Hello, world");
    std::cout << (co_await s.recv()).text() << '\n';
}

int main(int argc, char** argv) { io::run(talk(argc > 1 ? argv[1] : "localhost:7000")); }
