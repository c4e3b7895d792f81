// Asio with coroutines: co_await async_read_some, co_await async_write, a coroutine a connection.
//
// The context is told that one thread alone uses it, so that Asio takes no locks.
#include "server.hpp"

#include <asio.hpp>

#include <memory>

namespace {

using asio::ip::tcp;

asio::awaitable<void> serve(tcp::socket socket) {
    const auto buffer = std::make_unique_for_overwrite<char[]>(echo::buffer_size);
    try {
        for (;;) {
            const std::size_t size = co_await socket.async_read_some(
                asio::buffer(buffer.get(), echo::buffer_size), asio::use_awaitable);
            co_await asio::async_write(socket, asio::buffer(buffer.get(), size),
                                       asio::use_awaitable);
        }
    } catch (const std::system_error&) {
        co_return;  // the peer has ended the connection
    }
}

asio::awaitable<void> accept_all(tcp::acceptor& acceptor) {
    for (;;) {
        tcp::socket socket = co_await acceptor.async_accept(asio::use_awaitable);
        socket.set_option(tcp::no_delay(true));
        asio::co_spawn(acceptor.get_executor(), serve(std::move(socket)), asio::detached);
    }
}

}  // namespace

int main(int count, char** arguments) {
    asio::io_context context(ASIO_CONCURRENCY_HINT_UNSAFE);
    const int listener = echo::listen_on(echo::port_argument(count, arguments), 0);
    tcp::acceptor acceptor(context, tcp::v4(), listener);
    asio::co_spawn(context, accept_all(acceptor), asio::detached);
    echo::announce(listener);
    context.run();
}
