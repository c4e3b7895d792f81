// A WebSocket client: sends each argument and prints what comes back, then how it ended.
//
//     websocket_client url [message…]
#include <algorithm>
#include <iostream>
#include <priz/http.hpp>
#include <priz/io.hpp>
#include <string>
#include <vector>

namespace http = priz::http;
namespace io = priz::io;

io::task<> talk(std::string url, std::vector<std::string> messages) {
    http::websocket_options options;
    options.compression = true;
    http::websocket ws = co_await http::connect_websocket(url, options);
    for (const std::string& message : messages) {
        co_await ws.send(message);
        if (const auto answer = co_await ws.recv()) std::cout << answer->text() << '\n';
    }
    co_await ws.close();
    std::cout << "closed with " << ws.close_code() << '\n';
}

int main(int argc, char** argv) try {
    io::run(
        talk(argc > 1 ? argv[1] : "ws://localhost:8080/", {argv + std::min(argc, 2), argv + argc}));
} catch (const priz::error& failed) {
    std::cerr << failed.what() << '\n';
    return 1;
}
