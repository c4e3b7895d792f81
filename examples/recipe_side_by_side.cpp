// Fetches many pages side by side, all of them within twenty seconds, and prints their sizes.
//
//     recipe_side_by_side URL…
#include <priz/http/client.hpp>
#include <priz/io/cancel_scope.hpp>
#include <priz/io/run.hpp>
#include <priz/io/when.hpp>

#include <iostream>
#include <string>
#include <vector>

namespace http = priz::http;
namespace io = priz::io;

io::task<> fetch(std::vector<std::string> urls) {
    http::client c;
    std::vector<io::task<http::response>> asked;
    for (const std::string& url : urls) asked.push_back(c.get(url));
    const auto answers = co_await io::fail_after(20, io::when_all(std::move(asked)));
    for (const http::response& answer : answers)
        std::cout << answer.content.size() << ' ' << answer.url.str() << '\n';
}

int main(int argc, char** argv) try {
    io::run(fetch({argv + 1, argv + argc}));
} catch (const priz::error& why) {
    std::cerr << why.what() << '\n';
    return 1;
}
