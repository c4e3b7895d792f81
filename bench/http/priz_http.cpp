// priz_http.cpp: a web server on priz, as a program would write it.
//
//     priz_http --port N [--backend uring|epoll] [--tls CERTIFICATE KEY] [--root DIR]
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>
#include <string_view>

#include "../echo/server.hpp"
#include "priz/address.hpp"
#include "priz/http/files.hpp"
#include "priz/http/server.hpp"
#include "priz/io.hpp"

namespace {

struct arguments {
    std::uint16_t port = 0;
    priz::io::backend_kind backend = priz::io::backend_kind::automatic;
    std::string certificate;
    std::string key;
    std::string root;
};

[[noreturn]] void explain_usage(const char* program) {
    std::fprintf(stderr, "usage: %s --port N [--backend uring|epoll] [--tls CERTIFICATE KEY]\n",
                 program);
    std::exit(2);
}

arguments parse(int count, char** words) {
    arguments parsed;
    for (int i = 1; i < count;) {
        const std::string_view option = words[i];
        const std::string_view value = i + 1 < count ? words[i + 1] : "";
        if (option == "--port" && !value.empty()) {
            parsed.port = static_cast<std::uint16_t>(std::strtoul(words[i + 1], nullptr, 10));
        } else if (option == "--backend" && value == "uring") {
            parsed.backend = priz::io::backend_kind::uring;
        } else if (option == "--backend" && value == "epoll") {
            parsed.backend = priz::io::backend_kind::epoll;
        } else if (option == "--root" && !value.empty()) {
            parsed.root = value;
        } else if (option == "--tls" && i + 2 < count) {
            parsed.certificate = value;
            parsed.key = words[i + 2];
            ++i;
        } else {
            explain_usage(words[0]);
        }
        i += 2;
    }
    return parsed;
}

priz::io::task<> serve(priz::http::server& web, std::uint16_t port) {
    priz::io::listener here = priz::io::listen(priz::address::ipv4(INADDR_LOOPBACK, port));
    echo::announce(here.fileno());
    co_await web.serve(std::move(here));
}

}  // namespace

int main(int count, char** words) try {
    const arguments given = parse(count, words);
    echo::raise_descriptor_limit();
    priz::http::server_options options;
    options.serving.drain_timeout = 0;
    if (!given.certificate.empty())
        options.tls = priz::tls::context::server(given.certificate, given.key);
    priz::http::server web(options);
    web.get("/", [] { return "Hello, World!"; });
    if (!given.root.empty()) web.get("/{path...}", priz::http::files(given.root));
    priz::io::run(serve(web, given.port), {.backend = given.backend});
} catch (const std::exception& failed) {
    std::fprintf(stderr, "%s: %s\n", words[0], failed.what());
    return 1;
}
