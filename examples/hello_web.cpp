// A web server with two routes; SIGTERM or Ctrl-C ends it when what is under way has been answered.
//
//     hello_web [endpoint]              localhost:8080 unless said otherwise
#include <iostream>
#include <priz/http/server.hpp>

namespace http = priz::http;

int main(int argc, char** argv) try {
    http::server web;
    web.get("/", [] { return "Hello, World!"; });
    web.get("/greet/{name}", [](http::request& r) { return "Hello, " + r.parameter("name"); });
    web.run(argc > 1 ? argv[1] : "localhost:8080");
    return 0;
} catch (const priz::error& e) {
    std::cerr << e.what() << '\n';
    return 1;
}
