// A server that thanks everyone who connects.
//
//     greeting_server [port]      port 12345 unless said otherwise; 0 lets the system choose
//
// Then, in another terminal: greeting_client localhost 12345, or nc localhost 12345. Ctrl-C ends
// it.
#include <priz/socket.hpp>

#include <iostream>

namespace {

void greet(priz::socket client) {
    if (auto sent = client.try_sendall("Thank you for connecting"); !sent)
        std::cerr << sent.error().message() << '\n';
}  // the socket closes itself here; that is how the client knows that the greeting is complete

}  // namespace

int main(int argc, char** argv) try {
    priz::socket server;
    server.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1);
    server.bind("localhost", argc > 1 ? argv[1] : "12345");  // "" would let other machines connect
    server.listen();
    std::cout << "Listening on " << server.getsockname().str() << std::endl;
    while (true) {
        auto [client, remote] = server.accept();
        std::cout << "Got connection from " << remote.str() << std::endl;
        greet(std::move(client));
    }
} catch (const priz::error& e) {
    std::cerr << e.what() << '\n';
    return 1;
}
