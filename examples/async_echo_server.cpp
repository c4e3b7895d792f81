// An echo server for many clients at once, in one thread; SIGTERM or Ctrl-C ends it when those that
// are there have finished.
//
//     async_echo_server [endpoint]      any:7000 unless said otherwise, port 7000 of every
//     interface
#include <priz/io.hpp>
#include <priz/io/serve.hpp>

namespace io = priz::io;

io::task<> echo(io::stream s) {
    while (auto data = co_await s.recv()) co_await s.sendall(data);
}

int main(int argc, char** argv) { io::run(io::serve(argc > 1 ? argv[1] : "any:7000", echo)); }
