// Prints the lines that clients send, one client after another.
//
//     line_server [port]      10001 unless said otherwise; 0 lets the system choose
//
// Try it with: nc localhost 10001. The line `disconnect` ends the client, the line `stop` ends the
// server, and a client that sends nothing for five seconds is dropped.
#include <priz/socket.hpp>

#include <iostream>
#include <string>
#include <string_view>

namespace {

constexpr std::size_t line_size_max = 8192;
constexpr int patience = 5;  // seconds

enum class next { line, client, nothing };

std::string_view stripped(std::string_view line) {
    const auto first = line.find_first_not_of(" \t\r\n");
    if (first == line.npos) return {};
    return line.substr(first, line.find_last_not_of(" \t\r\n") - first + 1);
}

// What a stranger sends may hold bytes that command a terminal; these are shown as dots.
std::string printable(std::string_view line) {
    std::string text(line);
    for (char& c : text)
        if ((c >= 0 && c < ' ' && c != '\t') || c == 0x7f) c = '.';
    return text;
}

next obey(std::string_view line) {
    line = stripped(line);
    if (line == "disconnect") return next::client;
    if (line == "stop") return next::nothing;
    std::cout << printable(line) << std::endl;
    return next::line;
}

// Obeys the whole lines in `received` and leaves the beginning of the next one in it.
next obey_lines(std::string& received) {
    for (auto end = received.find('\n'); end != received.npos; end = received.find('\n')) {
        const next then = obey(std::string_view(received).substr(0, end));
        if (then != next::line) return then;
        received.erase(0, end + 1);
    }
    return received.size() > line_size_max ? next::client : next::line;
}

// A line may come in several pieces, and several lines in one.
next serve(priz::socket client) {
    client.settimeout(patience);
    std::string received;
    while (true) {
        const auto data = client.try_recv(4096);
        if (!data) return next::client;  // silent for too long, or gone
        if (data->empty()) return received.empty() ? next::client : obey(received);
        received += *data;
        if (const next then = obey_lines(received); then != next::line) return then;
    }
}

}  // namespace

int main(int argc, char** argv) try {
    priz::socket server;
    server.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1);
    server.bind("", argc > 1 ? argv[1] : "10001");  // "" means all interfaces
    server.listen();
    std::cout << "Listening on " << server.getsockname().str() << std::endl;
    auto then = next::client;
    while (then != next::nothing) {
        then = serve(server.accept().connection);
        std::cout << "----------------" << std::endl;
    }
    return 0;
} catch (const priz::error& e) {
    std::cerr << e.what() << '\n';
    return 1;
}
