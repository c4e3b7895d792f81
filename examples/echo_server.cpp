// Sends back whatever it receives, over IPv4 and IPv6, to many clients at once.
//
//     echo_server [port]      50007 unless said otherwise; 0 lets the system choose
//
// Try it with echo_client, or: nc localhost 50007. Ctrl-C ends it.
//
// One loop serves everybody: it waits until some of its sockets are ready, and never for a single
// one of them. What a client does not read in time waits in `unsent`, and nothing more is read from
// that client until it is gone.
#include <priz/selectors.hpp>
#include <priz/socket.hpp>

#include <iostream>
#include <map>

namespace {

constexpr std::size_t clients_max = 500;

struct client {
    priz::socket connection;
    priz::bytes unsent = {};
};

struct echo_server {
    std::map<int, client> clients = {};  // by descriptor
    priz::default_selector selector = {};
};

void welcome(echo_server& server, priz::socket& listener) {
    auto next = listener.try_accept();
    if (!next) return;  // it left again before its turn came
    std::cout << "Connected by " << next->remote.str() << std::endl;
    if (server.clients.size() >= clients_max) return;  // full: it is closed again
    auto& connection = next->connection;
    connection.setblocking(false);
    server.selector.register_(connection.fileno(), priz::EVENT_READ);
    server.clients.try_emplace(connection.fileno(), std::move(connection));
}

// Sends what the client takes now; returns whether the connection still stands.
bool send_some(client& c) {
    const auto count = c.connection.try_send(c.unsent);
    if (!count) return count.error().would_block();
    c.unsent.erase(0, *count);
    return true;
}

bool echo_some(client& c) {
    if (c.unsent.empty()) {
        auto data = c.connection.try_recv(65536);
        if (!data) return data.error().would_block();
        if (data->empty()) return false;  // the end of the stream
        c.unsent = std::move(*data);
    }
    return send_some(c);
}

void echo(echo_server& server, int fd, client& c) {
    if (!echo_some(c)) {
        server.selector.unregister(fd);
        server.clients.erase(fd);  // which closes the connection
        return;
    }
    server.selector.modify(fd, c.unsent.empty() ? priz::EVENT_READ : priz::EVENT_WRITE);
}

void serve(echo_server& server) {
    while (true)
        for (const auto& [key, events] : server.selector.select()) {
            const auto found = server.clients.find(key.fd);
            if (found == server.clients.end())
                welcome(server, *key.object<priz::socket>());
            else
                echo(server, key.fd, found->second);
        }
}

}  // namespace

int main(int argc, char** argv) try {
    // No host at all: every interface of this machine, with one socket for each family.
    auto listeners = priz::try_create_servers({nullptr, argc > 1 ? argv[1] : "50007"});
    if (!listeners) {
        std::cerr << "could not open socket: " << listeners.error().message() << '\n';
        return 1;
    }
    echo_server server;
    std::cout << "Listening on";
    for (auto& listener : *listeners) {
        listener.setblocking(false);
        server.selector.register_(listener, priz::EVENT_READ);
        std::cout << ' ' << listener.getsockname().str();
    }
    std::cout << std::endl;
    serve(server);
    return 0;
} catch (const priz::error& e) {
    std::cerr << e.what() << '\n';
    return 1;
}
