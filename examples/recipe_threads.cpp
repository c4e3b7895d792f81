// A web server that runs in one thread for each core, and counts its visitors in all of them.
//
//     recipe_threads [endpoint]         localhost:8080 unless said otherwise
#include <priz/http/server.hpp>

#include <atomic>
#include <iostream>
#include <string>

namespace http = priz::http;

int main(int argc, char** argv) try {
    std::atomic<int> visitors = 0;
    http::server_options options;
    options.threads = 0;  // one for each core
    http::server web(options);
    web.get("/", [&] { return "You are visitor " + std::to_string(++visitors) + '\n'; });
    web.run(argc > 1 ? argv[1] : "localhost:8080");
    return 0;
} catch (const priz::error& why) {
    std::cerr << why.what() << '\n';
    return 1;
}
