// The smallest TCP client: connect by name, send, receive.
#include <asio.hpp>

#include <cstdio>

int main(int, char** argv) {
    asio::io_context context;
    asio::ip::tcp::socket s(context);
    asio::connect(s, asio::ip::tcp::resolver(context).resolve(argv[1], argv[2]));
    asio::write(s, asio::buffer("Hello, world", 12));
    char answer[1024];
    const std::size_t size = s.read_some(asio::buffer(answer));
    std::fwrite(answer, 1, size, stdout);
}
