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
#include <vector>

namespace {

constexpr std::size_t clients_max = 500;

struct client {
    priz::socket connection;
    priz::bytes unsent = {};
};

struct echo_server {
    std::vector<priz::socket> listeners = {};
    std::map<int, client> clients = {};  // by descriptor
    priz::default_selector selector = {};
};

priz::result<priz::socket> try_listen(const priz::address_info& way, std::uint16_t port) {
    auto s = priz::socket::try_make(way.family, way.type, way.proto);
    if (!s) return s;
    priz::result<void> done = s->try_setsockopt(SOL_SOCKET, SO_REUSEADDR, 1);
    // A socket of each family: the IPv6 one is not to take IPv4's port as well.
    if (done && way.family == AF_INET6) done = s->try_setsockopt(IPPROTO_IPV6, IPV6_V6ONLY, 1);
    if (done) done = s->try_bind(way.address.with_port(port));
    if (done) done = s->try_listen();
    if (done) done = s->try_setblocking(false);
    if (!done) return std::unexpected(done.error());
    return s;
}

// Listens on every address that this machine can be reached at.
std::vector<priz::socket> listen_everywhere(const char* service) {
    std::vector<priz::socket> listeners;
    for (const auto& way :
         priz::getaddrinfo(nullptr, service, AF_UNSPEC, SOCK_STREAM, 0, AI_PASSIVE)) {
        // The port that the system chose for the first one is right for the others.
        const auto& like = listeners.empty() ? way.address : listeners.front().getsockname();
        auto s = try_listen(way, static_cast<std::uint16_t>(like.port()));
        if (s)
            listeners.push_back(std::move(*s));
        else
            std::cerr << s.error().message() << '\n';
    }
    return listeners;
}

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
    echo_server server;
    server.listeners = listen_everywhere(argc > 1 ? argv[1] : "50007");
    if (server.listeners.empty()) {
        std::cerr << "could not open socket\n";
        return 1;
    }
    std::cout << "Listening on";
    for (auto& listener : server.listeners) {
        std::cout << ' ' << listener.getsockname().str();
        server.selector.register_(listener, priz::EVENT_READ);
    }
    std::cout << std::endl;
    serve(server);
    return 0;
} catch (const priz::error& e) {
    std::cerr << e.what() << '\n';
    return 1;
}
