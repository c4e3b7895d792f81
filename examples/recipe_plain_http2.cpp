// Speaks HTTP/2 without TLS, from the first byte, to a server of which that is known.
//
//     recipe_plain_http2 URL
#include <priz/http/session.hpp>

#include <iostream>

namespace http = priz::http;

int main(int argc, char** argv) try {
    if (argc != 2) return 2;
    http::client_options options;
    options.http2 = http::http2_use::always;
    http::session s(options);
    const auto answer = s.get(argv[1]);
    std::cout << answer.version << ' ' << answer.status << ' ' << answer.text() << '\n';
} catch (const priz::error& why) {
    std::cerr << why.what() << '\n';
    return 1;
}
