// Asio with completion handlers: async_read_some, then async_write, a session a connection.
//
// The context is told that one thread alone uses it, so that Asio takes no locks.
#include "server.hpp"

#include <asio.hpp>

#include <memory>

namespace {

using asio::ip::tcp;

class session : public std::enable_shared_from_this<session> {
public:
    explicit session(tcp::socket socket) : socket_(std::move(socket)) {}

    void receive() {
        socket_.async_read_some(
            asio::buffer(buffer_.get(), echo::buffer_size),
            [self = shared_from_this()](const asio::error_code& error, std::size_t size) {
                if (!error) self->send(size);
            });
    }

private:
    void send(std::size_t size) {
        asio::async_write(socket_, asio::buffer(buffer_.get(), size),
                          [self = shared_from_this()](const asio::error_code& error, std::size_t) {
                              if (!error) self->receive();
                          });
    }

    tcp::socket socket_;
    std::unique_ptr<char[]> buffer_ = std::make_unique_for_overwrite<char[]>(echo::buffer_size);
};

void accept_next(tcp::acceptor& acceptor) {
    acceptor.async_accept([&acceptor](const asio::error_code& error, tcp::socket socket) {
        if (!error) {
            socket.set_option(tcp::no_delay(true));
            std::make_shared<session>(std::move(socket))->receive();
        }
        accept_next(acceptor);
    });
}

}  // namespace

int main(int count, char** arguments) {
    asio::io_context context(ASIO_CONCURRENCY_HINT_UNSAFE);
    const int listener = echo::listen_on(echo::port_argument(count, arguments), 0);
    tcp::acceptor acceptor(context, tcp::v4(), listener);
    accept_next(acceptor);
    echo::announce(listener);
    context.run();
}
