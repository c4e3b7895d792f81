// A WebSocket echo server.
//
//     websocket_echo [endpoint]         localhost:8080 unless said otherwise
#include <iostream>
#include <priz/http.hpp>

namespace http = priz::http;
namespace io = priz::io;

int main(int argc, char** argv) try {
    http::server web;
    web.get("/", http::websockets([](http::websocket& ws) -> io::task<> {
                while (auto m = co_await ws.recv()) co_await ws.send(*m);
            }));
    web.run(argc > 1 ? argv[1] : "localhost:8080");
    return 0;
} catch (const priz::error& e) {
    std::cerr << e.what() << '\n';
    return 1;
}
