// A web server that sends everybody on to another origin: from HTTP to HTTPS.
//
//     recipe_to_https ORIGIN [endpoint]     such as https://www.example.org any:80
#include <priz/http/server.hpp>

#include <iostream>
#include <string>

namespace http = priz::http;

int main(int argc, char** argv) try {
    if (argc < 2) return 2;
    const std::string origin = argv[1];
    http::server_options options;
    options.hosts = {"*"};  // whoever is asked for, the answer is the same
    http::server web(options);
    web.any("/{path...}", [&](http::request& r) {
        return http::reply(308).with("Location", origin + std::string(r.target()));
    });
    web.run(argc > 2 ? argv[2] : "localhost:8080");
    return 0;
} catch (const priz::error& why) {
    std::cerr << why.what() << '\n';
    return 1;
}
