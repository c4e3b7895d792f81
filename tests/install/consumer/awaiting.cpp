// What main.cpp does, awaited; in a simulated network besides.
#include <priz/io.hpp>
#include <priz/sim.hpp>

#include <cstdio>

namespace io = priz::io;

io::task<> greet(io::stream to) {
    co_await to.sendall("Merhaba\n");
    co_await to.close();
}

io::task<priz::bytes> hear(priz::address from) {
    io::stream s = co_await io::connect(from);
    priz::bytes all;
    while (auto data = co_await s.recv()) all += data.text();
    co_return all;
}

io::task<priz::bytes> talk() {
    io::listener all = io::listen("127.0.0.1:0");
    auto both = co_await io::when_all(hear(all.getsockname()), [&]() -> io::task<int> {
        co_await greet((co_await all.accept()).connection);
        co_return 0;
    }());
    co_return std::get<0>(std::move(both));
}

int main() {
    const priz::bytes said = io::run(talk());
    priz::bytes simulated;
    priz::sim::network net(1);
    net.add_host("server", "10.0.0.1").spawn_daemon(io::serve("any:7000", greet));
    net.add_host("client", "10.0.0.2").spawn([&]() -> io::task<> {
        simulated = co_await hear(priz::address::ipv4("10.0.0.1", 7000));
    }());
    net.run();
    if (simulated != said) return 1;
    std::fwrite(said.data(), 1, said.size(), stdout);
}
