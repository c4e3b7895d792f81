// A web server over TLS that reads its certificate anew at SIGHUP; who is there is not disturbed.
//
//     recipe_reload_certificate certificate.pem key.pem [endpoint]
#include <signal.h>

#include <priz/http/server.hpp>
#include <priz/io/run.hpp>
#include <priz/io/scope.hpp>
#include <priz/io/signals.hpp>

#include <iostream>
#include <string>

namespace http = priz::http;
namespace io = priz::io;

io::task<> reload_at_hangup(priz::tls::context serving) {
    io::signal_set hangup{SIGHUP};
    for (;;) {
        static_cast<void>(co_await hangup.wait());
        const auto done = serving.try_reload();
        std::cout << (done ? "reloaded" : done.error().message()) << std::endl;
    }
}

io::task<> serve(http::server& web, std::string where) {
    co_await io::with_scope([&](io::scope& group) -> io::task<> {
        group.spawn(reload_at_hangup(*web.options().tls));
        co_await web.serve(where);
        group.cancel();
    });
}

int main(int argc, char** argv) try {
    if (argc < 3) return 2;
    http::server_options options;
    options.tls = priz::tls::context::server(argv[1], argv[2]);
    http::server web(options);
    web.get("/", [] { return "Hello, World!"; });
    io::run(serve(web, argc > 3 ? argv[3] : "localhost:8443"));
    return 0;
} catch (const priz::error& why) {
    std::cerr << why.what() << '\n';
    return 1;
}
