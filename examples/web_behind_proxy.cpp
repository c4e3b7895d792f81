// A web server behind a proxy on this machine: tells each client what the proxy says of it.
//
//     web_behind_proxy [endpoint [how]]  localhost:8080 unless said otherwise; how: proxy-protocol
//                                        (the default), forwarded, x-forwarded-for
#include <iostream>
#include <priz/http/server.hpp>
#include <string_view>

namespace http = priz::http;

http::trusted_proxies proxies_that_say(std::string_view how) {
    using field = http::trusted_proxies::client_field;
    http::trusted_proxies proxies;
    proxies.networks = {"127.0.0.1", "::1"};
    if (how == "forwarded")
        proxies.field = field::forwarded;
    else if (how == "x-forwarded-for")
        proxies.field = field::x_forwarded_for;
    else
        proxies.proxy_protocol = true;
    return proxies;
}

int main(int argc, char** argv) try {
    http::server_options options;
    options.proxies = proxies_that_say(argc > 2 ? argv[2] : "proxy-protocol");
    http::server web(options);
    web.get("/", [](http::request& r) {
        return "You are " + r.peer().str() + ", by " + std::string(r.scheme()) + ".\n";
    });
    web.run(argc > 1 ? argv[1] : "localhost:8080");
    return 0;
} catch (const priz::error& e) {
    std::cerr << e.what() << '\n';
    return 1;
}
