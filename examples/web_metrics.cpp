// A web server that counts what it does, and tells it to Prometheus at /metrics.
//
//     web_metrics [endpoint]            localhost:8080 unless said otherwise
#include <iostream>
#include <priz/http.hpp>

namespace http = priz::http;

int main(int argc, char** argv) try {
    http::metrics counts;
    http::server_options options;
    options.observer = &counts;
    http::server web(options);
    web.get("/", [] { return "Hello, World!"; });
    web.get("/metrics", [&] { return counts.page(); });
    web.run(argc > 1 ? argv[1] : "localhost:8080");
    return 0;
} catch (const priz::error& e) {
    std::cerr << e.what() << '\n';
    return 1;
}
