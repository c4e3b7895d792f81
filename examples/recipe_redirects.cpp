// Shows where a redirection leads to, without following it and with.
//
//     recipe_redirects URL
#include <priz/http/session.hpp>

#include <iostream>

namespace http = priz::http;

int main(int argc, char** argv) try {
    if (argc != 2) return 2;
    http::session s;
    const auto first = s.get(argv[1], {.allow_redirects = false});
    std::cout << first.status << " to " << first.headers.get("Location").value_or("-") << '\n';

    const auto last = s.get(argv[1], {.redirects_max = 3});
    for (const http::url& passed : last.history) std::cout << "passed " << passed.str() << '\n';
    std::cout << last.status << " at " << last.url.str() << '\n';
} catch (const priz::error& why) {
    std::cerr << why.what() << '\n';
    return 1;
}
