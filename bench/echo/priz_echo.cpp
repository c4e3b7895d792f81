// priz_echo.cpp: echo on priz, as a program would write it: serve(), recv(), sendall().
//
// `--backend uring|epoll` chooses what the loop stands on.
#include <cstdint>
#include <string_view>

#include "priz/address.hpp"
#include "priz/io.hpp"
#include "server.hpp"

namespace {

struct arguments {
    std::uint16_t port = 0;
    priz::io::backend_kind backend = priz::io::backend_kind::automatic;
};

[[noreturn]] void explain_usage(const char* program) {
    std::fprintf(stderr, "usage: %s [--port N] [--backend uring|epoll]\n", program);
    std::exit(2);
}

arguments parse(int count, char** words) {
    arguments parsed;
    for (int i = 1; i < count; i += 2) {
        const std::string_view option = words[i];
        const std::string_view value = i + 1 < count ? words[i + 1] : "";
        if (option == "--port" && !value.empty()) {
            parsed.port = static_cast<std::uint16_t>(std::strtoul(words[i + 1], nullptr, 10));
        } else if (option == "--backend" && value == "uring") {
            parsed.backend = priz::io::backend_kind::uring;
        } else if (option == "--backend" && value == "epoll") {
            parsed.backend = priz::io::backend_kind::epoll;
        } else {
            explain_usage(words[0]);
        }
    }
    return parsed;
}

priz::io::task<> echo(priz::io::stream s) {
    while (auto data = co_await s.recv()) co_await s.sendall(data);
}

priz::io::task<> serve(std::uint16_t port) {
    priz::io::listener here = priz::io::listen(priz::address::ipv4(INADDR_LOOPBACK, port));
    echo::announce(here.fileno());
    co_await priz::io::serve(std::move(here), echo, {.drain_timeout = 0});
}

}  // namespace

int main(int count, char** words) try {
    const arguments given = parse(count, words);
    echo::raise_descriptor_limit();
    priz::io::run(serve(given.port), {.backend = given.backend});
} catch (const std::exception& failed) {
    std::fprintf(stderr, "%s: %s\n", words[0], failed.what());
    return 1;
}
