// Fetches one page over HTTP and prints all that the server answers, headers included.
//
//     web_client [host] [port] [path]      example.com, 80 and / unless said otherwise
#include <priz/socket.hpp>

#include <iostream>
#include <string>

namespace {

// A line of HTTP ends in CR LF, and the server has to be told whose page is meant.
std::string request(const std::string& host, const std::string& port, const std::string& path) {
    const bool is_ipv6 = host.find(':') != std::string::npos;
    std::string name = is_ipv6 ? "[" + host + "]" : host;
    if (port != "80") name += ":" + port;
    return "GET " + path +
           " HTTP/1.1\r\n"
           "Host: " +
           name +
           "\r\n"
           "Connection: close\r\n"
           "\r\n";
}

bool is_one_word(const std::string& text) {
    for (const char c : text)
        if ((c >= 0 && c <= ' ') || c == 0x7f) return false;
    return !text.empty();
}

}  // namespace

int main(int argc, char** argv) try {
    const std::string host = argc > 1 ? argv[1] : "example.com";
    const std::string port = argc > 2 ? argv[2] : "80";
    const std::string path = argc > 3 ? argv[3] : "/";
    if (!is_one_word(host) || !is_one_word(path)) {
        std::cerr << "a host and a path are one word each: a space would end them\n";
        return 2;
    }

    auto s = priz::create_connection(host, port, {.timeout = 20});
    s.sendall(request(host, port, path));
    s.shutdown(SHUT_WR);  // nothing more to ask; the answer can still come
    for (auto data = s.recv(4096); !data.empty(); data = s.recv(4096)) std::cout << data;
    return 0;
} catch (const priz::error& e) {
    std::cerr << e.what() << '\n';
    return 1;
}
