// Fetches a page through a proxy, but for those of this machine and of a company's own network.
//
//     recipe_proxy PROXY URL            such as http://user:secret@localhost:3128, socks5h://host
#include <priz/http/session.hpp>

#include <iostream>

namespace http = priz::http;

int main(int argc, char** argv) try {
    if (argc != 3) return 2;
    http::client_options options;
    options.proxies =
        http::proxy_settings(http::parse_proxy(argv[1]), "localhost,intranet.example");
    http::session s(options);
    std::cout << s.get(argv[2]).text();
} catch (const priz::error& why) {
    std::cerr << why.what() << '\n';
    return 1;
}
