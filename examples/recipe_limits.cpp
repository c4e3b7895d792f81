// A web server that refuses what is large or slow, and ends soon when it is told to.
//
//     recipe_limits [endpoint [seconds]]    localhost:8080 and 5 unless said otherwise
#include <priz/http/server.hpp>

#include <iostream>
#include <string>

namespace http = priz::http;
namespace io = priz::io;

io::task<std::string> measure(http::request& r) {
    const std::string text = co_await r.text();
    co_return std::to_string(text.size()) + " bytes\n";
}

int main(int argc, char** argv) try {
    const double seconds = argc > 2 ? std::stod(argv[2]) : 5;
    http::server_options options;
    options.limits.content = 100'000;         // bytes of content; 413
    options.limits.head = 16 * 1024;          // of the request's line and its fields; 431
    options.header_time = seconds;            // for all of the head; 408
    options.read_time = seconds;              // for the next piece of content; 408
    options.content_rate_min = 10'000;        // bytes a second, in the long run; 408
    options.serving.connections_max = 1'000;  // further ones wait to be accepted
    options.serving.drain_timeout = seconds;  // for what is under way at SIGTERM
    http::server web(options);
    web.put("/", measure);
    web.run(argc > 1 ? argv[1] : "localhost:8080");
    return 0;
} catch (const priz::error& why) {
    std::cerr << why.what() << '\n';
    return 1;
}
