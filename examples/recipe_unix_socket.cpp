// Asks a server that listens at a Unix socket.
//
//     recipe_unix_socket PATH URL       such as /var/run/docker.sock http://localhost/version
#include <priz/http/session.hpp>

#include <iostream>

namespace http = priz::http;

int main(int argc, char** argv) try {
    if (argc != 3) return 2;
    http::client_options options;
    options.unix_path = argv[1];
    http::session s(options);
    std::cout << s.get(argv[2]).text();
} catch (const priz::error& why) {
    std::cerr << why.what() << '\n';
    return 1;
}
