// The echo server and its client in the simulator: two hosts and a name server in memory, a tenth
// of all packets lost, on a clock that takes no time. The same seed gives the same run.
//
// It prints:
//     Hello, world
//     after 0.3 s of the network's time
#include <priz/io.hpp>
#include <priz/io/serve.hpp>
#include <priz/sim.hpp>

#include <iostream>
#include <string>

namespace io = priz::io;

namespace {

io::task<> echo(io::stream s) {
    while (auto data = co_await s.recv()) co_await s.sendall(data);
}

io::task<> talk(std::string server) {
    io::stream s = co_await io::fail_after(10, io::connect(server));
    co_await s.sendall("Hello, world");
    std::cout << (co_await s.recv()).text() << '\n';
}

}  // namespace

int main() {
    priz::sim::network net({.seed = 7, .link = {.latency = 0.05, .loss = 0.1}});
    net.add_name_server("10.0.0.53");
    net.add_host("server", "10.0.0.1").spawn_daemon(io::serve("any:7000", echo));
    net.add_host("client", "10.0.0.2").spawn(talk("server:7000"));
    net.run();
    std::cout << "after " << net.now().seconds() << " s of the network's time\n";
}
