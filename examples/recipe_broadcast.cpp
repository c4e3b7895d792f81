// A WebSocket server that passes what one client says on to all of them.
//
//     recipe_broadcast [endpoint]       localhost:8080 unless said otherwise
#include <priz/http/server.hpp>
#include <priz/http/websocket.hpp>
#include <priz/io/channel.hpp>
#include <priz/io/scope.hpp>

#include <iostream>
#include <set>
#include <stdexcept>
#include <string>

namespace http = priz::http;
namespace io = priz::io;

struct member;
std::set<member*> members;

struct member {
    io::channel<std::string> inbox{100};
    member() { members.insert(this); }
    ~member() { members.erase(this); }
};

io::task<> pass_on(member& to, http::websocket& ws) {
    while (auto text = co_await to.inbox.recv()) co_await ws.send(*text);
    throw std::runtime_error("a client that is a hundred messages behind is let go");
}

io::task<> chat(http::websocket& ws) {
    member self;
    co_await io::with_scope([&](io::scope& group) -> io::task<> {
        group.spawn(pass_on(self, ws));
        while (const auto said = co_await ws.recv())
            for (member* each : members)
                if (!each->inbox.send_nowait(std::string(said->text()))) each->inbox.close();
        group.cancel();
    });
}

int main(int argc, char** argv) try {
    http::server web;
    web.get("/", http::websockets(chat));
    web.run(argc > 1 ? argv[1] : "localhost:8080");
    return 0;
} catch (const priz::error& why) {
    std::cerr << why.what() << '\n';
    return 1;
}
