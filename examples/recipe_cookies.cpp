// Asks for pages one after the other, as one visitor: what a server sets, it is told again; prints
// what the jar has at the end.
//
//     recipe_cookies URL…
#include <priz/http/client.hpp>
#include <priz/io/run.hpp>

#include <iostream>
#include <memory>
#include <string>
#include <vector>

namespace http = priz::http;
namespace io = priz::io;

io::task<> visit(std::vector<std::string> urls) {
    http::client_options options;
    options.cookies = std::make_shared<http::cookie_jar>();
    http::client c(options);
    for (const std::string& url : urls) {
        const http::response page = co_await c.get(url);
        std::cout << page.status << ' ' << page.text() << '\n';
    }
    for (const http::cookie& one : options.cookies->all())
        std::cout << one.name << '=' << one.value << " for " << one.domain << one.path << '\n';
}

int main(int argc, char** argv) try {
    io::run(visit({argv + 1, argv + argc}));
} catch (const priz::error& why) {
    std::cerr << why.what() << '\n';
    return 1;
}
