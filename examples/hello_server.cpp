// A server whose greeting a web browser shows: Merhaba dünya!
//
//     hello_server [port]      0, which lets the system choose, unless said otherwise
//
// Open the address that it prints in a browser. It prints what the browser sends: a request in
// HTTP. Ctrl-C ends it.
#include <signal.h>
#include <sys/signalfd.h>
#include <priz/select.hpp>
#include <priz/socket.hpp>

#include <iostream>
#include <string>
#include <vector>

namespace {

constexpr std::size_t clients_max = 100;
constexpr std::size_t request_size_max = 65536;

struct client {
    priz::socket connection;
    priz::deadline until = priz::deadline::after(10);  // for the whole conversation
    std::string request = {};
    bool answered = false;
    bool over = false;
};

std::string answer() {
    const std::string page =
        "<!DOCTYPE html>\n<meta charset=\"utf-8\">\n<title>priz</title>\n<p>Merhaba dünya!</p>\n";
    return "HTTP/1.1 200 OK\r\n"
           "Content-Type: text/html; charset=utf-8\r\n"
           "Content-Length: " +
           std::to_string(page.size()) +
           "\r\n"
           "Connection: close\r\n"
           "\r\n" +
           page;
}

// What a stranger sends may hold bytes that command a terminal; these are shown as dots.
std::string printable(std::string text) {
    std::erase(text, '\r');  // at the end of every line of HTTP
    for (char& c : text)
        if ((c >= 0 && c < ' ' && c != '\n' && c != '\t') || c == 0x7f) c = '.';
    return text;
}

priz::socket listen_on_own_name(const char* port) {
    priz::socket server;
    server.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1);
    if (auto bound = server.try_bind(priz::gethostname(), port); !bound) {
        std::cerr << bound.error().message() << "\nlistening on localhost instead\n";
        server.bind("127.0.0.1", port);
    }
    server.listen();
    server.setblocking(false);
    return server;
}

// Ctrl-C as something to wait for, beside the sockets.
priz::unique_fd interrupts() {
    ::sigset_t signals;
    ::sigemptyset(&signals);
    ::sigaddset(&signals, SIGINT);
    ::sigprocmask(SIG_BLOCK, &signals, nullptr);
    return priz::unique_fd(::signalfd(-1, &signals, SFD_CLOEXEC));
}

// Takes what has come; returns whether the conversation goes on.
bool converse(client& c) {
    const auto data = c.connection.try_recv(4096);
    if (!data || data->empty()) return false;
    if (c.answered) return true;
    c.request += *data;
    if (c.request.size() > request_size_max) return false;
    if (!c.request.contains("\r\n\r\n")) return true;
    std::cout << printable(c.request) << std::flush;
    c.answered = true;
    return c.connection.try_sendall(answer()) && c.connection.try_shutdown(SHUT_WR);
}

void welcome(priz::socket& server, std::vector<client>& clients) {
    auto next = server.try_accept();
    if (!next) return;  // it left again before its turn came
    std::cout << next->remote.str() << " bağlandı" << std::endl;
    clients.push_back({std::move(next->connection)});
}

// Browsers open connections before they need them: whoever is silent must not keep others waiting.
void serve(priz::socket& server, const priz::unique_fd& stop) {
    std::vector<client> clients;  // the oldest first, whose time is over first
    while (true) {
        priz::selectables awaited{stop};
        for (auto& c : clients) awaited.push_back(c.connection);
        if (clients.size() < clients_max) awaited.push_back(server);

        const auto until = clients.empty() ? priz::deadline() : clients.front().until;
        const auto ready = priz::select(awaited, {}, {}, until.remaining()).readable;
        if (ready.contains(stop)) return;
        for (auto& c : clients)
            if (c.until.has_passed() || (ready.contains(c.connection) && !converse(c)))
                c.over = true;
        std::erase_if(clients, [](const client& c) { return c.over; });
        if (ready.contains(server)) welcome(server, clients);
    }
}

}  // namespace

int main(int argc, char** argv) try {
    auto server = listen_on_own_name(argc > 1 ? argv[1] : "0");
    const auto stop = interrupts();
    std::cout << server.getsockname().str() << " dinleniyor..." << std::endl;
    serve(server, stop);
    return 0;
} catch (const priz::error& e) {
    std::cerr << e.what() << '\n';
    return 1;
}
